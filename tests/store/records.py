"""Polls for tests of the store: entries go in as a poll of a source would bring them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aggregator.core.dedup import Candidate, Decision, Kind, deduplicate
from aggregator.core.entry import KNOWN_SLICE_BYTES, Entry, ParsedFeed
from aggregator.core.health import settle
from aggregator.core.identity import identity_keys
from aggregator.core.likeness import anchors_of
from aggregator.core.normalize import normalize
from aggregator.core.polling import Outcome, Reading, Status
from aggregator.core.rules import Verdict
from aggregator.core.source import Source, Validators
from aggregator.core.subject import Subject
from aggregator.core.urls import UrlBook, UrlRules
from aggregator.store import recording
from aggregator.store.database import Database
from aggregator.store.known import known
from aggregator.store.outcomes import Recorded, record

URLS = UrlBook(UrlRules(drop=("utm_*",)))
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
KNOWN = frozenset((b"1" * KNOWN_SLICE_BYTES, b"2" * KNOWN_SLICE_BYTES))
KEPT = Verdict(kept=True)
LONG = "<p>" + " ".join(f"word{number}" for number in range(60)) + "</p>"


def a_source(name: str = "paper", url: str = "") -> Source:
    return Source(id=name, url=url or f"https://{name}.example/feed", name=name)


def an_entry(name: str = "One", **fields: object) -> Entry:
    """Make an entry whose guid, link, title and words come from its name."""
    slug = name.lower().replace(" ", "-")
    stated: dict[str, object] = {
        "guid": slug,
        "link": f"https://publisher.example/{slug}",
        "title": name,
        "content": f"<p>{name}.</p>",
        "published": NOW - timedelta(hours=1),
    }
    return Entry(**(stated | fields))  # type: ignore[arg-type]


def candidates(
    *entries: Entry, source: str = "paper", at: datetime = NOW, kept_by: Iterable[str] = ("all",)
) -> list[Candidate]:
    parsed = ParsedFeed(kind="rss20", entries=entries)
    return [
        Candidate(
            article=article,
            keys=identity_keys(article.link, Subject.of(article).body, URLS),
            anchors=anchors_of(Subject.of(article)),
            kept_by=dict.fromkeys(kept_by, KEPT),
        )
        for article in normalize(parsed, a_source(source), at, URLS)
    ]


def an_outcome(source: str = "paper", at: datetime = NOW, **fields: object) -> Outcome:
    stated: dict[str, object] = {
        "source": a_source(source),
        "at": at,
        "status": Status.OK,
        "seconds": 0.1,
        "validators": Validators(etag='"1"', last_modified="yesterday", body_hash=b"hash"),
        "reading": Reading(known=KNOWN, title="A feed", entries=1),
    }
    return Outcome(**(stated | fields))  # type: ignore[arg-type]


def poll(
    database: Database,
    *entries: Entry,
    source: str = "paper",
    at: datetime = NOW,
    kept_by: Iterable[str] = ("all",),
) -> Recorded:
    """Record a poll that brought these entries."""
    database.sync_sources([a_source(source)])
    batch = candidates(*entries, source=source, at=at, kept_by=kept_by)
    decisions = deduplicate(batch, known(database, batch))
    with database.transaction():
        return settled(database, an_outcome(source, at), decisions)


def settled(database: Database, outcome: Outcome, decisions: Sequence[Decision] = ()) -> Recorded:
    """Record an outcome from where its source stands."""
    before = database.states()[outcome.source.id]
    arrivals = [one.candidate.article.date for one in decisions if one.kind is Kind.NEW]
    stored = recording.store(database, decisions, outcome.at)
    return record(database, outcome, before, settle(outcome, before, arrivals), stored)


def failure(at: datetime = NOW, source: str = "paper", status: Status = Status.TIMEOUT) -> Outcome:
    """Make the outcome of a poll that failed."""
    return replace(
        an_outcome(source, at),
        status=status,
        validators=None,
        reading=None,
        error="it did not answer",
        hint="wait",
    )
