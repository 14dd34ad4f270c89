"""What a document says about when to read it again: ttl, skipHours, skipDays, sy:updatePeriod.

Read from the document's own text, because feedparser keeps the last hour and day only. They count
only outside of entries.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

from aggregator.core.source import NO_HINTS, FeedHints

_ANY = re.compile(
    rb"<(?:ttl|skipHours|skipDays|[\w.-]+:update(?:Period|Frequency))[\s>]", re.IGNORECASE
)
_FIRST_ENTRY = re.compile(rb"<(?:item|entry)[\s>]", re.IGNORECASE)
_HIDDEN = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->", re.DOTALL)
_MOST_BYTES = 64 << 10  # before the first entry, and after the last
_ELEMENT = r"<(?:[\w.-]+:)?{0}(?:\s[^<>]*)?>(.*?)</(?:[\w.-]+:)?{0}\s*>"
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NONE = timedelta(0)


def feed_hints(document: bytes) -> FeedHints:
    """Read the hints of an RSS or RDF document; what cannot be right is left out."""
    if not _ANY.search(document):
        return NO_HINTS
    head = _HIDDEN.sub("", _around_entries(document).decode("latin-1"))
    hours = frozenset(
        int(one) % 24 for one in _values(head, "hour", within="skipHours") if one.isdigit()
    )
    days = frozenset(
        _DAYS.index(one[:3]) for one in _values(head, "day", within="skipDays") if one[:3] in _DAYS
    )
    return FeedHints(
        every=max(_ttl(head), _update_period(head)),
        skip_hours=hours if len(hours) < 24 else frozenset(),
        skip_days=days if len(days) < 7 else frozenset(),
    )


def _around_entries(document: bytes) -> bytes:
    first = _FIRST_ENTRY.search(document)
    if first is None:
        return document[:_MOST_BYTES]
    last = max(document.rfind(b"</item"), document.rfind(b"</entry"), first.end())
    return (
        document[: min(first.start(), _MOST_BYTES)]
        + document[max(last, len(document) - _MOST_BYTES) :]
    )


def _ttl(head: str) -> timedelta:
    minutes = next(_values(head, "ttl"), "")
    return timedelta(minutes=int(minutes[:7])) if minutes.isdigit() else _NONE


def _update_period(head: str) -> timedelta:
    """Read the syndication module; a period without a frequency is once, the other way daily."""
    period, frequency = (
        next(_values(head, f"update{name}"), "") for name in ("Period", "Frequency")
    )
    if period not in _PERIODS and not (frequency and not period):
        return _NONE
    times = int(frequency[:7]) if frequency.isdigit() else 1
    return _PERIODS.get(period, _PERIODS["daily"]) / max(times, 1)


def _values(head: str, name: str, within: str = "") -> Iterator[str]:
    texts = [head]
    if within:
        texts = re.findall(_ELEMENT.format(within), head, re.DOTALL | re.IGNORECASE)
    for text in texts:
        for value in re.findall(_ELEMENT.format(name), text, re.DOTALL | re.IGNORECASE):
            yield unescape(value).strip().lower()
