"""An output: a feed we generate, as feeds.toml describes it."""

from dataclasses import dataclass
from datetime import timedelta

Alternatives = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What an output keeps; terms as written in feeds.toml with every `@list` already opened.

    An article is kept when the metadata fits, no term of `none` matches, one alternative of each
    member of `all` matches, and one term of `any` matches (or `any` is empty).
    """

    any: Alternatives = ()
    all: tuple[Alternatives, ...] = ()
    none: Alternatives = ()
    sources: frozenset[str] = frozenset()
    not_sources: frozenset[str] = frozenset()
    lang: Alternatives = ()
    min_chars: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A generated feed; `max_age` and `limit` bound what of the kept articles it shows."""

    id: str
    title: str
    description: str
    rule: Rule
    max_age: timedelta | None = None
    limit: int = 100
