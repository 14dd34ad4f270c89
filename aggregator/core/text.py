"""Text as matching and comparing see it: plain, folded, counted in units."""

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC

# A full NFKC and casefold of 3,000 Chinese characters takes 525 µs. Characters of these ranges are
# their own folded form and never combine with what follows, so only the others are looked at
# (40 µs with the replacements below): ASCII without capitals, CJK, kana, hangul syllables, the
# commonest punctuation.
_FOLDED_ALREADY = (
    "\x00-\x40\x5b-\x7f\u2010\u2013-\u2015\u2018-\u201f\u2022"
    "\u3001-\u3029\u3041-\u3096\u30a1-\u30fa\u30fb\u30fc\uac00-\ud7a3"
)
_HAN = range(0x4E00, 0xA000)
# A `replace` costs 2 µs, a hit of the pattern 0.3: this is what every Chinese text is full of.
_COMMON = (*zip("，！？：；（）％～\u3000\u00a0", ",!?:;()%~  ", strict=True), ("…", "..."))
# Characters people cannot see and that break words apart: soft hyphen, zero widths, bidi marks,
# word joiner, variation selectors, byte order mark.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]"
)
_COMBINING = frozenset(("Mn", "Mc", "Me"))
_JAMO = range(0x1160, 0x1200)

# Elements that cut no word, as a pattern of their names. Told by the first letter alone, most tags
# (p, li, h2) take no time: half of it in all.
INLINE = (
    "(?=[a-gikmqstuvw])"
    "(?:a|abbr|b|bdi|bdo|big|cite|code|del|dfn|em|font|i|ins|kbd|mark|q|s|samp|small|span|strike"
    "|strong|sub|sup|tt|u|var|wbr)"
)
_INLINE_TAG = re.compile(rf"</?{INLINE}(?:\s[^<>]*)?/?>", re.IGNORECASE)
_UNSEEN_ELEMENT = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|template)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(r"</?[A-Za-z!?][^<>]*>")
_CJK = "\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"


class _Combines(Exception):  # noqa: N818 - a signal, not an error
    """A character that may melt into its neighbour: only the whole text can be folded."""


class _FoldTable(dict[str, str]):
    """Fold of single characters, filled as they are met."""

    def __missing__(self, char: str) -> str:
        folded = _fold_whole(char)
        if _may_combine(char) or (folded and _may_combine(folded[0])):
            raise _Combines
        self[char] = folded
        return folded


_FOLDED = _FoldTable()


def folding() -> str:
    """Say by what texts are folded. What is kept folded is folded anew where this differs, so the
    number goes up with every change of `fold`, `plain_text` or what `core.subject` takes for a
    field."""
    from opencc import __version__

    return f"1 {unicodedata.unidata_version} {__version__}"


def _may_combine(char: str) -> bool:
    return unicodedata.category(char) in _COMBINING or ord(char) in _JAMO


def _fold_whole(text: str) -> str:
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold())


def fold(text: str) -> str:
    """Fold width, case, invisible characters and Traditional to Simplified, for matching.

    NFKC (Unicode UAX #15), casefold, then OpenCC's tw2sp, which also turns Taiwan's words into the
    mainland's; text without a Traditional character is left as it is.
    """
    if text.isascii():
        return text.lower()
    folded = text.lower()
    for char, narrow in _COMMON:
        folded = folded.replace(char, narrow)
    if not _unusual().search(folded):
        return folded
    try:
        folded = _to_fold().sub(lambda match: _FOLDED[match[0]], folded)
    except _Combines:
        folded = _fold_whole(text)
    return simplify(folded)


def fold_characters(text: str) -> str:
    """Fold width, case and invisible characters, and leave Traditional characters as they are."""
    return _fold_whole(text)


def simplify_characters(text: str) -> str:
    """Turn each Traditional character into its Simplified one; the length stays as it is."""
    return "".join(map(_simplified, text)) if _traditional().search(text) else text


@cache
def _simplified(character: str) -> str:
    return str(_converter("t2s").convert(character))


def simplify(text: str) -> str:
    """Turn Traditional Chinese, Taiwan's words included, into Simplified."""
    return text if _traditional().search(text) is None else mainland_words(text)


def mainland_words(text: str) -> str:
    """Turn a text that is taken for Taiwan's, whatever its characters, into the mainland's."""
    return str(_converter("tw2sp").convert(text))


def island_words(text: str) -> str:
    """Give a Simplified text in Taiwan's words, in Simplified characters all the same."""
    return str(_converter("t2s").convert(_converter("s2twp").convert(text)))


# Not at the top: most runs fold nothing, and this and the largest patterns take 5 ms to load.
@cache
def _converter(name: str) -> "OpenCC":
    from opencc import OpenCC

    return OpenCC(name)


@cache
def _to_fold() -> re.Pattern[str]:
    return re.compile(f"[^{_FOLDED_ALREADY}{chr(_HAN[0])}-{chr(_HAN[-1])}]")


@cache
def _unusual() -> re.Pattern[str]:
    """Match one character that folding changes; most texts have none, and one look tells."""
    # As the stretches between the traditional ones: single characters take five times as long.
    stops = [ord(char) for char in _traditional_characters() if ord(char) in _HAN]
    starts = [_HAN.start, *(stop + 1 for stop in stops)]
    stretches = zip(starts, [*stops, _HAN.stop], strict=True)
    usual = "".join(f"{chr(start)}-{chr(stop - 1)}" for start, stop in stretches if start < stop)
    return re.compile(f"[^{_FOLDED_ALREADY}{usual}]")


@cache
def _traditional() -> re.Pattern[str]:
    """Match one character that only Traditional Chinese uses (19 µs for 3,000 characters)."""
    return re.compile(f"[{_traditional_characters()}]")


@cache
def _traditional_characters() -> str:
    chars = "".join(map(chr, range(0x3400, 0xA000)))
    simplified = _converter("t2s").convert(chars)
    return "".join(a for a, b in zip(chars, simplified, strict=True) if a != b)


def plain_text(markup: str) -> str:
    """Give the text of an HTML fragment: blocks parted by a newline, inline tags leave no trace."""
    text = markup
    if "<" in text:
        text = _UNSEEN_ELEMENT.sub("", text)
        text = _TAG.sub("\n", _INLINE_TAG.sub("", text))
    if "&" in text:
        from html import unescape  # not at the top: its table of 2,231 names takes a while

        text = unescape(text)
    return text


def one_line(text: str) -> str:
    """Collapse every run of white space, line and paragraph separators included, to one space."""
    return " ".join(text.split())


def has_units(text: str, least: int) -> bool:
    """Say whether text has `least` units: one CJK character or one word of another script each."""
    return len(units(text, least)) == least


@cache
def _unit() -> re.Pattern[str]:
    return re.compile(f"[{_CJK}]|[^\\W_{_CJK}]+")


def unit_starts(text: str) -> list[int]:
    """Tell where the units of a text begin."""
    return [match.start() for match in _unit().finditer(text)]


def units(text: str, most: int) -> list[str]:
    """List the first units of a folded text, `most` of them at most; see `has_units`."""
    unit = _unit()
    # A list of all in a stretch is made twice as fast as one match after the other.
    reach = 1 + most * 5 // 4  # enough of Chinese; the next of English
    while reach < len(text):
        found = unit.findall(text, 0, reach)
        if len(found) > most:  # the last may be cut
            return found[:most]
        # As far as that takes where the rest is as dense, with a quarter to spare.
        reach = max(2 * reach, reach * most * 5 // (4 * (len(found) + 1)))
    return unit.findall(text)[:most]


_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def storable(text: str) -> str:
    """Drop what XML 1.0 §2.2 does not allow and UTF-8 cannot carry: controls, lone surrogates."""
    # Most texts are short and printable, which is told faster.
    is_sound = text.isprintable() or not _FORBIDDEN.search(text)
    return text if is_sound else _FORBIDDEN.sub("", text)
