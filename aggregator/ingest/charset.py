"""What a document is encoded in, by its own word, the server's, and the look of it.

feedparser believes the server before the document, takes each name for exactly the encoding that
has it, and reads a document with one broken byte as Windows-1252. So documents in encodings of East
Asia, and UTF-8 under another name, are put into UTF-8 before feedparser sees them; any other
encoding is feedparser's to read.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

_BOM = b"\xef\xbb\xbf"
_DECLARED = re.compile(rb"""^(<\?xml[^>]*?\sencoding\s*=\s*["'])([^"']+)""")
# XML allows nothing before its declaration (XML 1.0 §2.8); an empty line there is common.
_SPACE_BEFORE = re.compile(rb"(\xef\xbb\xbf)?\s+(?=<\?xml\s)")
_CHARSET = re.compile(r";?\s*charset\s*=\s*[\"']?([\w.:-]+)[\"']?", re.IGNORECASE)
_UTF8 = re.compile(rb"utf-?8", re.IGNORECASE)
_THREE_BYTES = re.compile(rb"[\xe0-\xef][\x80-\xbf]{2}")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")

# What a name is used for: the encoding itself and what its users' systems made of it.
_FAMILIES = {
    "gb2312": ("gb18030",),
    "gbk": ("gb18030",),
    "gb18030": ("gb18030",),
    "big5": ("big5", "cp950", "big5hkscs"),
    "cp950": ("cp950", "big5hkscs"),
    "big5hkscs": ("big5hkscs",),
    "shift_jis": ("cp932", "shift_jis_2004"),
    "cp932": ("cp932", "shift_jis_2004"),
    "euc_jp": ("euc_jp", "euc_jis_2004"),
    "iso2022_jp": ("iso2022_jp", "iso2022_jp_2004", "iso2022_jp_ext"),
    "euc_kr": ("cp949",),
    "cp949": ("cp949",),
    "utf-8": ("utf-8",),
}
_GUESSES = ("gb18030", "big5", "cp932", "euc_jp", "cp949")
_SAMPLE = 2000  # characters that are no ASCII
_LEAST_COMMON = 0.6  # 0.98 and more where the guess is right, of 10 characters and more
_MOST_BROKEN = 0.02
_UTF8_EVIDENCE = 3  # characters of three bytes: two-byte encodings hardly have one by chance


@dataclass(frozen=True, slots=True)
class Settled:
    """A document and its content type, in agreement about the encoding.

    `named` is what the two call it; `is_utf8` says that this is UTF-8 or nothing, and right.
    """

    document: bytes
    content_type: str
    named: tuple[bytes, ...] = ()
    is_utf8: bool = True


def _encodings(document: bytes, content_type: str) -> tuple[bytes, ...]:
    """List what the document and its content type call its encoding."""
    declared = _DECLARED.match(document.removeprefix(_BOM))
    charset = _CHARSET.search(content_type)
    return (*([declared[2]] if declared else []), *([charset[1].encode()] if charset else []))


def settle(document: bytes, content_type: str) -> Settled:
    """Put a document into UTF-8 where it is in an encoding of East Asia, or is UTF-8 already under
    another name; leave any other as it is."""
    if spaced := _SPACE_BEFORE.match(document):
        document = (spaced[1] or b"") + document[spaced.end() :]
    named = _encodings(document, content_type)
    is_utf8 = all(map(_UTF8.fullmatch, named))
    as_it_is = Settled(document, content_type, named, is_utf8)
    if b"\0" in document[:4096] or (document.isascii() and not any(map(_is_stateful, named))):
        return as_it_is
    if _decoded(document, "utf-8") is not None and not document.isascii():
        if is_utf8 or not _is_utf8_on_purpose(document, named):
            return as_it_is
        return _as_utf8(document, content_type)
    text = _read(document, named)
    if text is None:
        return replace(as_it_is, is_utf8=False)
    return _as_utf8(text.encode(), content_type)


def _read(document: bytes, named: tuple[bytes, ...]) -> str | None:
    """Read a document that is not valid UTF-8; None where it is none of ours."""
    families = [_FAMILIES[codec] for name in named if (codec := _codec(name)) in _FAMILIES]
    for encoding in (one for family in families for one in family):
        if (text := _decoded(document, encoding)) is not None:
            return text
    # A character cut in two costs itself and not the whole document.
    tried = (document.decode(family[0], "replace") for family in (*families, _FAMILIES["utf-8"]))
    if text := next((text for text in tried if _is_mostly_whole(text)), ""):
        return text
    is_ours = len(families) == len(named)
    return document.decode(encoding) if is_ours and (encoding := _guess(document)) else None


def _as_utf8(document: bytes, content_type: str) -> Settled:
    document = _DECLARED.sub(rb"\1utf-8", document.removeprefix(_BOM), count=1)
    return Settled(document, _CHARSET.sub("", content_type))


def _is_utf8_on_purpose(document: bytes, named: tuple[bytes, ...]) -> bool:
    """Say whether a document that is valid UTF-8 and called something else is not so by chance."""
    if document.startswith(_BOM) or any(map(_UTF8.fullmatch, named)):
        return True
    if not any(_codec(name) in _FAMILIES for name in named):  # one byte a character
        return True
    return len(list(islice(_THREE_BYTES.finditer(document), _UTF8_EVIDENCE))) == _UTF8_EVIDENCE


def _codec(name: bytes) -> str:
    """Give Python's name of an encoding; empty where it has none."""
    stated = name.decode("ascii", "replace").lower().removeprefix("x-")
    try:
        return codecs.lookup("shift_jis" if stated == "sjis" else stated).name
    except LookupError:
        return ""


def _is_stateful(name: bytes) -> bool:
    return _codec(name).startswith("iso2022_jp")


def _decoded(document: bytes, encoding: str) -> str | None:
    try:
        return document.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_mostly_whole(text: str) -> bool:
    foreign = sum(map(len, _FOREIGN.findall(text)))
    return text.count("\ufffd") <= foreign * _MOST_BROKEN


def _guess(document: bytes) -> str:
    """Tell the encoding by the characters that are common in its language; empty in any doubt."""
    scores = {name: _share_of_common(text, name) for name, text in _readings(document)}
    best = max(scores, key=lambda name: scores[name], default="")
    return best if scores.get(best, 0) >= _LEAST_COMMON else ""


def _readings(document: bytes) -> Iterator[tuple[str, str]]:
    for name in _GUESSES:
        if (text := _decoded(document, name)) is not None:
            yield name, "".join(_FOREIGN.findall(text))[:_SAMPLE]


def _share_of_common(text: str, encoding: str) -> float:
    common = sum(_IS_COMMON[encoding](char) for char in text)
    return common / len(text) if text else 0


def _lead(char: str, encoding: str) -> int:
    """Give the first of a character's two bytes, by which these character sets order what is
    common before what is rare; 0 where it has none."""
    encoded = char.encode(encoding, "ignore")
    return encoded[0] if len(encoded) == 2 else 0


def _is_common_simplified(char: str) -> float:
    return 0xA1 <= (lead := _lead(char, "gb2312")) <= 0xA3 or 0xB0 <= lead <= 0xD7


def _is_common_traditional(char: str) -> float:
    return 0xA1 <= _lead(char, "big5") <= 0xC6 and not _is_kana(char)


def _is_common_japanese(char: str) -> float:
    # More than one: kana make a text Japanese, while its other characters are Chinese ones.
    if _is_kana(char):
        return 1.3
    if "\uff61" <= char <= "\uff9f":  # half width: what other texts look like when read as cp932
        return -0.5
    return (lead := _lead(char, "euc_jp")) == 0xA1 or 0xB0 <= lead <= 0xCF


def _is_common_korean(char: str) -> float:
    if 0xB0 <= (lead := _lead(char, "euc_kr")) <= 0xC8:
        return 1.1
    # All of it: two of three common Chinese characters are hangul when read as cp949.
    return 1 if 0xA1 <= lead <= 0xA3 else -2


def _is_kana(char: str) -> bool:
    return "\u3040" <= char <= "\u30ff"


_IS_COMMON = {
    "gb18030": _is_common_simplified,
    "big5": _is_common_traditional,
    "cp932": _is_common_japanese,
    "euc_jp": _is_common_japanese,
    "cp949": _is_common_korean,
}
