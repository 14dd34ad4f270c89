"""Records for tests, with everything filled in that a test does not care about."""

from datetime import UTC, datetime

from aggregator.core.article import Article
from aggregator.core.dedup import Candidate
from aggregator.core.entry import Entry, ParsedFeed
from aggregator.core.identity import identity_keys
from aggregator.core.likeness import anchors_of
from aggregator.core.normalize import normalize
from aggregator.core.output import Output, Rule
from aggregator.core.source import Source
from aggregator.core.subject import Subject
from aggregator.core.urls import UrlBook, UrlRules

URLS = UrlBook(UrlRules(drop=("utm_*", "fbclid", "gclid", "spm")))
SEEN_AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_source(name: str = "paper", **settings: object) -> Source:
    """Make a source; `settings` are fields of Source."""
    return Source(id=name, url=f"https://{name}.example/feed", name=name, **settings)  # type: ignore[arg-type]


def an_output(name: str = "out", **clauses: object) -> Output:
    """Make an output; `clauses` are fields of Rule."""
    return Output(id=name, title=name, description=name, rule=Rule(**clauses))  # type: ignore[arg-type]


def articles(
    *entries: Entry, source: Source | None = None, seen_at: datetime = SEEN_AT, **feed: str
) -> tuple[Article, ...]:
    """Normalize entries; `feed` are fields of ParsedFeed."""
    parsed = ParsedFeed(kind="rss20", entries=entries, **feed)  # type: ignore[arg-type]
    return normalize(parsed, source or a_source(), seen_at, URLS)


def article(
    entry: Entry, source: Source | None = None, seen_at: datetime = SEEN_AT, **feed: str
) -> Article:
    """Normalize one entry."""
    return articles(entry, source=source, seen_at=seen_at, **feed)[0]


def candidate(one: Article) -> Candidate:
    """Give an article its identity keys, as a poll does."""
    subject = Subject.of(one)
    return Candidate(
        article=one,
        keys=identity_keys(one.link, subject.body, URLS),
        anchors=anchors_of(subject),
    )
