"""Rows ↔ records: nothing outside the store sees a row."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from aggregator.core.article import Article
from aggregator.core.entry import Enclosure, Origin
from aggregator.core.source import NO_HINTS, FeedHints, SourceState, Validators

if TYPE_CHECKING:
    from aggregator.core.rules import Verdict

Row = Mapping[str, Any]


def moment(seconds: int | None) -> datetime | None:
    """Read a stored moment."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def seconds(value: datetime | None) -> int | None:
    """Store a moment."""
    return None if value is None else int(value.timestamp())


def article_row(article: Article) -> dict[str, Any]:
    """Give the columns that an article itself fills."""
    return {
        "id": article.id,
        "source": article.source,
        "guid": article.guid,
        "link": article.link,
        "title": article.title,
        "summary": article.summary,
        "image": article.image,
        "language": article.language,
        "authors": _json(article.authors),
        "tags": _json(article.tags),
        "enclosures": _json(
            [[one.url, one.type, one.length, one.duration] for one in article.enclosures]
        ),
        "origin": _origin_json(article.origin),
        "season": article.season,
        "episode": article.episode,
        "published": seconds(article.published),
        "updated": seconds(article.updated),
        "first_seen": seconds(article.first_seen),
        "content_hash": article.content_hash,
        "body": article.body,
    }


def article(row: Row) -> Article:
    """Read an article back."""
    return Article(
        id=row["id"],
        source=row["source"],
        guid=row["guid"],
        link=row["link"],
        title=row["title"],
        body=row["body"],
        summary=row["summary"],
        image=row["image"],
        language=row["language"],
        authors=_list(row["authors"]),
        tags=_list(row["tags"]),
        enclosures=tuple(
            Enclosure(url=url, type=kind, length=length, duration=duration)
            for url, kind, length, duration in _list(row["enclosures"])
        ),
        origin=_origin(row["origin"]),
        season=row["season"],
        episode=row["episode"],
        published=moment(row["published"]),
        updated=moment(row["updated"]),
        first_seen=stored_moment(row["first_seen"]),
        content_hash=row["content_hash"],
    )


def verdict_row(verdict: "Verdict") -> tuple[float | None, str]:
    """Give the columns `score` and `why` of a listing."""
    # Not at the top, here and below: polls that bring nothing store and read no verdicts.
    from aggregator.core.findings import pack

    return verdict.score, _json(pack(verdict.findings))


def verdict(score: float | None, why: str) -> "Verdict":
    """Read a verdict back."""
    from aggregator.core.findings import unpack
    from aggregator.core.rules import Verdict

    return Verdict(kept=True, findings=unpack(json.loads(why)), score=score)


def source_state(row: Row) -> SourceState:
    """Read where a source stands."""
    return SourceState(
        id=row["id"],
        url=row["url"],
        moved_to=row["moved_to"],
        validators=Validators(
            etag=row["etag"], last_modified=row["last_modified"], body_hash=row["body_hash"]
        ),
        hints=_hints(row["every"], row["skip_hours"], row["skip_days"]),
        known=row["known"],
        title=row["title"],
        next_poll_at=moment(row["next_poll_at"]),
        last_poll_at=moment(row["last_poll_at"]),
        last_ok_at=moment(row["last_ok_at"]),
        failures=row["failures"],
        status=row["status"],
        error=row["error"],
        hint=row["hint"],
        health=row["health"],
        health_since=moment(row["health_since"]),
        entries=row["entries"],
        newest_at=moment(row["newest_at"]),
        cadence=timedelta(seconds=row["cadence"]),
        answers_in=row["answers_in"],
    )


def source_row(state: SourceState) -> dict[str, Any]:
    """Give the columns that every poll may change."""
    return {
        "moved_to": state.moved_to,
        "title": state.title,
        "etag": state.validators.etag,
        "last_modified": state.validators.last_modified,
        "body_hash": state.validators.body_hash,
        "next_poll_at": seconds(state.next_poll_at),
        "last_poll_at": seconds(state.last_poll_at),
        "last_ok_at": seconds(state.last_ok_at),
        "failures": state.failures,
        "status": state.status,
        "error": state.error,
        "hint": state.hint,
        "health": state.health,
        "health_since": seconds(state.health_since),
        "newest_at": seconds(state.newest_at),
        "cadence": int(state.cadence.total_seconds()),
        "answers_in": state.answers_in,
    }


def reading_row(state: SourceState) -> dict[str, Any]:
    """Give the columns that only a document that was read changes."""
    return {
        "entries": state.entries,
        "every": int(state.hints.every.total_seconds()),
        "skip_hours": sum(1 << hour for hour in state.hints.skip_hours),
        "skip_days": sum(1 << day for day in state.hints.skip_days),
        "known": state.known,
    }


def _hints(every: int, hours: int, days: int) -> FeedHints:
    if not (every or hours or days):
        return NO_HINTS
    return FeedHints(
        every=timedelta(seconds=every),
        skip_hours=frozenset(hour for hour in range(24) if hours >> hour & 1),
        skip_days=frozenset(day for day in range(7) if days >> day & 1),
    )


def _origin_json(origin: Origin | None) -> str:
    return _json([origin.title, origin.url, origin.link]) if origin else ""


def _origin(stored: str) -> Origin | None:
    if not stored:
        return None
    title, url, link = json.loads(stored)
    return Origin(title=title, url=url, link=link)


# `json.dumps` makes an encoder for each call.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_EMPTY = "[]"  # as most lists are


def _json(values: Sequence[object]) -> str:
    return _encode(values) if values else _EMPTY


def _list(stored: str) -> tuple[Any, ...]:
    return () if stored == _EMPTY else tuple(json.loads(stored))


def stored_moment(value: int) -> datetime:
    """Read a moment of a column that is never null."""
    return datetime.fromtimestamp(value, UTC)
