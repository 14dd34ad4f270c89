"""The feed `_health`: changes of sources' health as articles."""

from hashlib import blake2b
from html import escape

from aggregator.core.article import Article
from aggregator.core.health import Health
from aggregator.core.output import Output, Rule
from aggregator.core.source import Source
from aggregator.store.health import FEED, HealthEvent

HEALTH = Output(
    id=FEED,
    title="Health of the sources",
    description="Tells once when a source breaks, falls silent, moves, or works again.",
    rule=Rule(),
)
_IN_WORDS = {
    Health.OK: "works again",
    Health.SLOW: "slow to answer",
    Health.FAILING: "cannot be polled",
    Health.STALE: "fallen silent",
    Health.EMPTY: "has no entries",
    Health.BLOCKED: "refuses us",
    Health.NOT_A_FEED: "not a feed",
    Health.GONE: "gone for good",
    Health.MOVED: "moved",
}


def health_article(event: HealthEvent, source: Source) -> Article:
    """Put a change of health into an article; the same event is the same article for ever."""
    title = f"{source.name}: {_IN_WORDS[Health(event.health)]}"
    sentences = [event.what, event.hint, _next(event), _before(event)]
    body = "".join(f"<p>{escape(_sentence(one))}</p>" for one in sentences if one)
    return Article(
        id=f"health:{source.id}:{event.n}",
        source=source.id,
        guid=f"health:{event.n}",
        link=source.public_url,
        title=title,
        body=body,
        summary="",
        image="",
        language="en",
        authors=(),
        tags=(event.health,),
        enclosures=(),
        published=event.at,
        updated=None,
        first_seen=event.at,
        content_hash=blake2b(f"{title}\n{body}".encode(), digest_size=16).digest(),
    )


def _next(event: HealthEvent) -> str:
    if not Health(event.health).is_broken:
        return ""
    if event.next_poll_at is None or event.health == Health.GONE:
        return "it is not polled any more"
    return f"it is tried next at {event.next_poll_at:%Y-%m-%d %H:%M} UTC"


def _before(event: HealthEvent) -> str:
    return f"it was {event.before.replace('_', ' ')} before" if event.before else ""


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:].rstrip('.')}."
