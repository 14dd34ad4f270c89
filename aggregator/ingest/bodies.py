"""Carry long bodies around feedparser instead of through it: half the time of a cold parse.

A body that is one run of text in its element, CDATA or escaped, is replaced by a short token before
the parse and put back after it, read by expat alone, as feedparser would have had it read. Whatever
is not plainly of that kind goes through feedparser, and a document whose tokens do not all come
back as values of their own is parsed whole.
"""

import re
from hashlib import blake2b
from xml.parsers import expat

_ELEMENT = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->"
    rb"|<(?P<name>description|content:encoded|content|summary)"
    rb"""(?P<attributes>\s(?>(?:[^<>"']|"[^"<]*"|'[^'<]*')*))?>"""
    rb"(?P<payload>\s*<!\[CDATA\[(?P<cdata>(?>[^\]]*(?:\](?!\]>)[^\]]*)*))\]\]>\s*"
    rb"|(?P<escaped>[^<]*))</(?P=name)\s*>",
    re.DOTALL,
)
_IS_HTML = re.compile(rb"""\stype\s*=\s*["'](?:html|text/html)["']""")
_HTML_BY_NAME = (b"description", b"content:encoded")
_DOUBTFUL_ATTRIBUTE = re.compile(rb"\b(?:mode|src)\s*=")
_LEAST_BYTES = 256
# What expat takes and feedparser changes, or that cannot be stored: code points of Windows-1252 and
# DEL. References may stand for either.
_DOUBTFUL = re.compile(rb"\xc2[\x80-\x9f]")
_DELETE, _REFERENCE = b"\x7f", b"&#"


class Carrier:
    """Holds the bodies of one document while feedparser reads the rest; the document is UTF-8.

    `seed` depends on all of the document, so that no document can hold a token of its own.
    """

    def __init__(self, seed: bytes) -> None:
        self._seed = blake2b(seed, digest_size=8).hexdigest()
        self._bodies: dict[str, str] = {}
        self._delivered: set[str] = set()

    def take_out(self, piece: bytes) -> bytes:
        """Give an entry's bytes with tokens in place of its long bodies."""
        return _ELEMENT.sub(self._replace, piece)

    def put_back(self, value: str) -> str:
        """Give the body that a value stands for, which is storable, or the value itself."""
        body = self._bodies.get(value)
        if body is None:
            return value
        self._delivered.add(value)
        return body

    @property
    def is_empty_handed(self) -> bool:
        """Say whether every body was put back."""
        return len(self._delivered) == len(self._bodies)

    def _replace(self, match: re.Match[bytes]) -> bytes:
        body = _body(match)
        if body is None:
            return match[0]
        token = f"{self._seed}-{len(self._bodies)}"
        self._bodies[token] = body
        start, end = (place - match.start() for place in match.span("payload"))
        return match[0][:start] + token.encode() + match[0][end:]


def _body(match: re.Match[bytes]) -> str | None:
    """Read a body; None where there is none, it is short, or there is any doubt how to read it."""
    is_cdata = match["cdata"] is not None
    payload = match["cdata"] if is_cdata else match["escaped"]
    if payload is None or len(payload) < _LEAST_BYTES or not _holds_html(match):
        return None
    if _DELETE in payload or _DOUBTFUL.search(payload):
        return None
    if not is_cdata and _REFERENCE in payload:
        return None
    text = _read(match["payload"])
    return None if text is None or _looks_twice_encoded(text) else text.strip()


def _read(payload: bytes) -> str | None:
    """Read what stands in an element; None where expat refuses it."""
    parser = expat.ParserCreate("utf-8")
    parts: list[str] = []
    # In one part: as many bytes are room enough.
    parser.buffer_text, parser.buffer_size = True, len(payload)
    parser.CharacterDataHandler = parts.append
    try:
        parser.Parse(b"<a>%b</a>" % payload, True)
    except expat.ExpatError:
        return None
    return "".join(parts)


def _holds_html(match: re.Match[bytes]) -> bool:
    attributes = match["attributes"] or b""
    if _DOUBTFUL_ATTRIBUTE.search(attributes):
        return False
    if match["name"] in _HTML_BY_NAME:
        return b"type" not in attributes
    return _IS_HTML.search(attributes) is not None


def _looks_twice_encoded(text: str) -> bool:
    """Say whether feedparser would undo UTF-8 that was read as Latin-1."""
    if text.isascii():
        return False
    try:
        text.encode("iso-8859-1").decode("utf-8")
    except UnicodeError:
        return False
    return True
