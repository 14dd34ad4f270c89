"""What the simulated publishers write: entries that appear as time goes by."""

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime

from bench.soak.clock import START

WINDOW = 10  # entries in a document
NAMESPACES = (
    'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
)


def newest(number: int, at: float) -> int:
    """Number the newest entry of a source at a moment; one comes every 25 to 55 minutes."""
    return WINDOW + int(at // (1500 + number % 7 * 300))


def window(number: int, at: float) -> range:
    """Number the entries of a source's document at a moment."""
    last = newest(number, at)
    return range(last - WINDOW + 1, last + 1)


def title(number: int, entry: int) -> str:
    """Write the title that an entry is known by; it has letters that encodings differ in."""
    return f"第{number}號 Überblick {number}.{entry}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a document is written; `mark` goes into guids."""

    head: str = ""
    mark: str = ""
    encoding: str = "utf-8"
    stated: str = ""


PLAIN = Style()


def document(number: int, entries: Iterable[int], style: Style = PLAIN) -> bytes:
    """Write the document of a source, newest entry first."""
    items = "\n".join(_item(number, entry, style.mark) for entry in reversed(list(entries)))
    text = (
        f'<?xml version="1.0" encoding="{style.stated or style.encoding}"?>\n'
        f'<rss version="2.0" {NAMESPACES}><channel><title>Publisher {number}</title>'
        f"<link>https://p{number}.example/</link><description>News</description>{style.head}\n"
        f"{items}\n</channel></rss>\n"
    )
    return text.encode(style.encoding)


def _item(number: int, entry: int, mark: str) -> str:
    moment = START + timedelta(minutes=30 * (entry - WINDOW), seconds=number % 1800)
    said = f"<p>Publisher {number} tells story {entry}: what is new, and why it matters.</p>"
    return (
        f"<item><title>{title(number, entry)}</title>"
        f"<link>https://p{number}.example/{entry}</link>"
        f'<guid isPermaLink="false">{number}.{entry}{mark}</guid>'
        f"<pubDate>{format_datetime(moment, usegmt=True)}</pubDate>"
        f"<description><![CDATA[{said * 8}]]></description></item>"
    )


def packed(body: bytes) -> bytes:
    """Compress a body, always to the same bytes."""
    return gzip.compress(body, 1, mtime=0)
