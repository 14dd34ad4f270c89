"""Bytes → entries: only what is new of a document goes through feedparser."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b

from aggregator.core.entry import SLICE_HASH_BYTES, ParsedFeed
from aggregator.core.polling import Status
from aggregator.errors import ParseError
from aggregator.ingest import charset, jsonfeed, slices
from aggregator.ingest.bodies import Carrier
from aggregator.ingest.reading import Reading

_HTML_PAGE = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_FEED_ROOT = re.compile(rb"<(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\b", re.IGNORECASE)
_NESTED_ENTITY = re.compile(rb"""<!ENTITY[^<>"']*(?:"[^"]*[&%][\w.:-]+;|'[^']*[&%][\w.:-]+;)""")
_LONG_ENTITY = re.compile(rb"""<!ENTITY[^<>"']*(?:"[^"]{500}|'[^']{500})""")


def parse(
    document: bytes,
    *,
    url: str,
    content_type: str = "",
    zone: str = "",
    known: frozenset[bytes] = frozenset(),
) -> ParsedFeed:
    """Read a feed document of any format; entries that are `known` from the last
    poll's ParsedFeed are left out.

    `url` is what relative links are relative to, `zone` the time zone of dates that name none.
    Raises ParseError where there is no feed in it.
    """
    settled = charset.settle(document, content_type)
    document, content_type = settled.document, settled.content_type
    if jsonfeed.is_json(document):
        return jsonfeed.parse(document, url, zone)
    _refuse_page(document)
    cut = slices.cut(settled)
    _refuse_bomb(b"".join(cut.gaps) if cut else document)  # nothing is declared in an entry
    reading = Reading(url, content_type, zone)
    if cut and (parsed := _read_cut(reading, document, cut, known)):
        return parsed
    parsed, is_clean = reading.read(document)
    if cut and is_clean and len(parsed.entries) == len(cut.slices):
        return replace(parsed, known=_known(cut.hashes, _guids(parsed), {}))
    return parsed


def _read_cut(
    reading: Reading, document: bytes, cut: slices.Cut, known: frozenset[bytes]
) -> ParsedFeed | None:
    """Read only what is new of a document, its long bodies apart; None where any doubt comes up."""
    seen = {one[:SLICE_HASH_BYTES]: one[SLICE_HASH_BYTES:] for one in known}
    carrier = Carrier(b"".join((*cut.gaps, *cut.hashes)))
    rest = cut.without(seen, carrier.take_out if cut.is_utf8 else bytes)
    if len(rest) == len(document):
        return None
    try:
        parsed, is_clean = reading.read(rest, carrier.put_back)
    except ParseError:
        return None
    news = [name for name in cut.hashes if name not in seen]
    if not is_clean or len(parsed.entries) != len(news) or not carrier.is_empty_handed:
        return None
    still_there = {name: seen[name] for name in cut.hashes if name in seen}
    guids = _guids(parsed)
    if not set(guids).isdisjoint(still_there.values()):
        return None  # a guid used twice can be told apart only where both entries are seen
    return replace(parsed, partial=bool(still_there), known=_known(news, guids, still_there))


def _guids(parsed: ParsedFeed) -> list[bytes]:
    return [
        blake2b((one.guid or one.link).encode(), digest_size=SLICE_HASH_BYTES).digest()
        for one in parsed.entries
    ]


def _known(
    hashes: Sequence[bytes], guids: Sequence[bytes], others: Mapping[bytes, bytes]
) -> frozenset[bytes]:
    """Give what to know of a document next time; nothing where its guids name several entries."""
    pairs = [*zip(hashes, guids, strict=True), *others.items()]
    if len({guid for _, guid in pairs}) < len(pairs):
        return frozenset()
    return frozenset(name + guid for name, guid in pairs)


def _refuse_page(document: bytes) -> None:
    if not document.strip():
        raise ParseError(Status.NOT_A_FEED, "the response is empty")
    start = document[:4096].removeprefix(b"\xef\xbb\xbf")
    if _HTML_PAGE.match(start) and not _FEED_ROOT.search(start):
        raise ParseError(
            Status.NOT_A_FEED,
            "an HTML page, not a feed",
            hint="look in the page for its feed, or whether it wants a login",
        )


def _refuse_bomb(document: bytes) -> None:
    """Stop at entities made of entities, and at long ones: feeds have none, bombs are made so."""
    if b"<!ENTITY" not in document:
        return
    what = ""
    if _NESTED_ENTITY.search(document):
        what = "entities made of entities"
    elif _LONG_ENTITY.search(document):
        what = "an entity of great length"
    if what:
        raise ParseError(
            Status.BROKEN,
            f"the document declares {what}, as XML bombs do",
            hint="tell the publisher",
        )
