"""What a document is encoded in, by its own word, the server's, and the look of it."""

import re

_DECLARED = re.compile(rb"""^<\?xml[^>]*?\sencoding\s*=\s*["']([^"']+)""")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_UTF8 = re.compile(rb"utf-?8", re.IGNORECASE)
_PAIR = re.compile(rb"[\x81-\xfe][\x40-\xfe]")


def encodings(document: bytes, content_type: str) -> list[bytes]:
    """List what the document and its content type call its encoding."""
    declared = _DECLARED.match(document.removeprefix(b"\xef\xbb\xbf"))
    charset = _CHARSET.search(content_type)
    return [*([declared[1]] if declared else []), *([charset[1].encode()] if charset else [])]


def is_utf8(document: bytes, named: list[bytes]) -> bool:
    """Say whether nothing calls the document anything but UTF-8, and it is valid as such."""
    return all(map(_UTF8.fullmatch, named)) and _is_valid_utf8(document)


def mend(document: bytes, content_type: str) -> bytes:
    """Give GB18030 that is declared as UTF-8, or as nothing, in UTF-8; any other as it is.

    It is told by its commonest characters, those of GB 2312's first level.
    """
    named = encodings(document, content_type)
    if not all(map(_UTF8.fullmatch, named)) or b"\0" in document or _is_valid_utf8(document):
        return document
    pairs = _PAIR.findall(document)
    common = sum(0xB0 <= pair[0] <= 0xD7 and pair[1] >= 0xA1 for pair in pairs)
    if common * 10 < len(pairs) * 6:
        return document
    try:
        return document.decode("gb18030").encode()
    except UnicodeDecodeError:
        return document


def _is_valid_utf8(document: bytes) -> bool:
    try:
        document.decode()
    except UnicodeDecodeError:
        return False
    return True
