"""An output: a feed we generate, as feeds.toml describes it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

Alternatives = tuple[str, ...]
CONTENTS = ("full", "summary")
FIELDS = ("title", "summary", "body", "tags")  # where terms are looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLeast:
    """So many different terms of a list."""

    n: int
    of: Alternatives


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A term of each list in one field, with `within` units between them at most.

    A unit is one character of Chinese or one word of another script.
    """

    a: Alternatives
    b: Alternatives
    within: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What the weights of the terms found have to come to; a term counts once, by the highest
    factor of the fields it is in. The factor of a field that is not named is 1."""

    threshold: float
    factors: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What an output keeps; terms as written in feeds.toml with every `@list` already opened.

    All that is stated has to fit. `base` is another output, which has to keep the article as well.
    Terms are looked for in `fields`, in all of them where none is named. `since` is included,
    `until` is not.
    """

    sources: frozenset[str] = frozenset()
    not_sources: frozenset[str] = frozenset()
    lang: Alternatives = ()
    author: Alternatives = ()
    category: Alternatives = ()
    has_image: bool | None = None
    min_chars: int = 0
    max_chars: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    base: str = ""
    fields: tuple[str, ...] = ()
    none: Alternatives = ()
    all: tuple[Alternatives, ...] = ()
    any: Alternatives = ()
    at_least: AtLeast | None = None
    near: tuple[Near, ...] = ()
    weights: tuple[tuple[str, float], ...] = ()
    score: Score | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A generated feed; `max_age` and `limit` bound what of the kept articles it shows.

    `private` puts a token into its address, `auth` asks for user and password. `content` is one of
    `CONTENTS`. `hubs` are None where those of all outputs hold.
    """

    id: str
    title: str
    description: str
    rule: Rule
    max_age: timedelta | None = None
    limit: int = 100
    content: str = CONTENTS[0]
    proxy_images: bool = False
    private: bool = False
    auth: tuple[str, str] | None = field(default=None, repr=False)
    hubs: tuple[str, ...] | None = None

    @property
    def is_hidden(self) -> bool:
        """Say whether nobody may learn of it who has no leave to read it."""
        return self.private or self.auth is not None

    def told_to(self, hubs: tuple[str, ...]) -> tuple[str, ...]:
        """List the hubs that are told of its changes: its own, else those of all, which learn of
        nothing that is hidden."""
        if self.hubs is not None:
            return self.hubs
        return () if self.is_hidden else hubs
