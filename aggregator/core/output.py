"""An output: a feed we generate, as feeds.toml describes it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from aggregator.core.retention import FOREVER, Keep

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

    All that is stated has to fit; of `sources`, `source_tags` and `outputs`, which are its input,
    one of those stated. `source_tags` names the sources that have each tag, `outputs` are outputs
    of which one has to keep the article, `base` is one that has to keep it as well. Terms are
    looked for in `fields`, in all of them where none is named. `since` is included, `until` is not.
    """

    sources: frozenset[str] = frozenset()
    source_tags: tuple[tuple[str, Alternatives], ...] = ()
    outputs: Alternatives = ()
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


class Order(StrEnum):
    """What an output shows first: the newest by date, what arrived last, or the highest score."""

    NEWEST = "newest"
    FIRST_SEEN = "first_seen"
    SCORE = "score"


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A generated feed; `max_age` and `limit` bound what of the kept articles it shows.

    With `dedupe` it shows one article of each cluster. With `new_only` another rule holds for
    articles that arrive from then on. `keep`, `keep_articles` and `keep_size` protect its articles
    from being purged. `entry_title` is a template (core.titles), "" for the article's own title.
    `content` is one of `CONTENTS`. `private` puts a token into its address, `auth` asks for user
    and password. `hubs` are None where those of all outputs hold.
    """

    id: str
    title: str
    description: str
    rule: Rule
    max_age: timedelta | None = None
    limit: int = 100
    order: Order = Order.NEWEST
    keep: timedelta | None = None
    keep_articles: int | None = None
    keep_size: int | None = None
    dedupe: bool = True
    new_only: bool = False
    entry_title: str = ""
    content: str = CONTENTS[0]
    proxy_images: bool = False
    private: bool = False
    auth: tuple[str, str] | None = field(default=None, repr=False)
    hubs: tuple[str, ...] | None = None

    @property
    def protects(self) -> Keep | None:
        """Give the bounds within which its articles stay whatever their sources say; None where it
        asks for nothing."""
        if (self.keep, self.keep_articles, self.keep_size) == (None, None, None):
            return None
        return Keep(age=self.keep or FOREVER, articles=self.keep_articles, size=self.keep_size)

    def shows_since(self, now: datetime) -> datetime | None:
        """Give the date from which on its feed shows articles; None where any will do."""
        return now - self.max_age if self.max_age else None

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
