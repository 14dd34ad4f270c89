"""What the head of a response says about when to ask again."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_NONE = timedelta(0)
# A larger number counts as this one (RFC 9111 §1.2.2).
_MOST_SECONDS = 2**31
_DIRECTIVE = re.compile(r"""([^\s,=;"]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,;"]*)))?""")


def fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta:
    """Tell for how long a response stays fresh (RFC 9111 §4.2); nothing for none or nonsense.

    `max-age` wins over Expires, which is read against the server's own Date.
    """
    directives = dict(_directives(headers.get("cache-control", "")))
    if "no-cache" in directives or "no-store" in directives:
        return _NONE
    if "max-age" in directives:
        age = _seconds(headers.get("age", "")) or _NONE
        return max((_seconds(directives["max-age"]) or _NONE) - age, _NONE)
    expires = _moment(headers.get("expires", ""))
    if expires is None:
        return _NONE
    return max(expires - (_moment(headers.get("date", "")) or now), _NONE)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Read Retry-After (RFC 9110 §10.2.3), seconds or a date; None for none or nonsense."""
    stated = headers.get("retry-after", "").strip()
    if (seconds := _seconds(stated)) is not None:
        return seconds if seconds < timedelta(seconds=_MOST_SECONDS) else None
    moment = _moment(stated)
    return moment - now if moment and moment > now else None


def _directives(value: str) -> Iterator[tuple[str, str]]:
    """List the directives of Cache-Control, the first of a name last, so that it wins."""
    for match in reversed(list(_DIRECTIVE.finditer(value))):
        yield match[1].lower(), match[2] or match[3] or ""


def _seconds(value: str) -> timedelta | None:
    value = value.strip()
    if not (value.isascii() and value.isdigit()):
        return None
    return timedelta(seconds=min(int(value[:20]), _MOST_SECONDS))


def _moment(value: str) -> datetime | None:
    if not value:
        return None
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
