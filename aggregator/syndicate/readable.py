"""Articles as a document of ours can carry them, whatever they hold."""

import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote, urlsplit, urlunsplit

from aggregator.core.article import Article, Copy
from aggregator.core.entry import Enclosure
from aggregator.core.markup import tidy
from aggregator.core.text import one_line, storable

_URI = re.compile(r"https?://[\w.~%!$&'()*+,;=:@/?-]+(?:#[\w.~%!$&'()*+,;=:@/?-]*)?", re.ASCII)
_AUTHORITY = re.compile(r"[\w.~%!$&'()*+,;=:@-]+|(?:[^@\[\]]*@)?\[[0-9a-f:.]+\](?::\d+)?", re.ASCII)
_STRAY_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_KEPT = "%!$&'()*+,;=:@/?~"
_MEDIA_TYPE = re.compile(r"[\w.+!#$&^-]+/[\w.+!#$&^-]+", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
# What HTML does not allow beside that (its standard's §13.2.3.5): C1 controls, noncharacters. The
# range at the end holds all of those that are not of the first plane; naming each takes six times
# as long.
_NO_TEXT = re.compile("[\x80-\x9f\ufdd0-\ufdef\U0001fffe-\U0010ffff]")
_ANY_TYPE = "application/octet-stream"


def readable(article: Article) -> Article:
    """Give an article whose every field fits into XML and JSON.

    Texts lose what XML 1.0 does not allow; URLs that are no URIs (RFC 3986) are written as such or
    left out; HTML is closed. Nothing else changes.
    """
    return replace(
        article,
        guid=_text(article.guid),
        link=uri(article.link),
        title=_line(article.title) or article.link or article.id,
        body=_body(article.body),
        summary=_text(article.summary),
        image=uri(article.image),
        language=language(article),
        authors=_lines(article.authors),
        tags=_lines(article.tags),
        enclosures=tuple(_enclosures(article.enclosures)),
        also=tuple(_places(article.also)),
    )


def language(article: Article) -> str:
    """Give the language of an article, if it is one that documents can name."""
    return article.language if _LANGUAGE.fullmatch(article.language) else ""


def uri(address: str) -> str:
    """Write an http or https URL as a URI; empty where it is none.

    >>> uri("https://例子.example/新闻?q=a b#%")
    'https://xn--fsqu00a.example/%E6%96%B0%E9%97%BB?q=a%20b#%25'
    """
    if _URI.fullmatch(address) and not _STRAY_PERCENT.search(address):
        return address
    try:
        parts = urlsplit(storable(address))
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    except ValueError:  # UnicodeError as well
        return ""
    if parts.scheme not in ("http", "https") or not _AUTHORITY.fullmatch(host):
        return ""
    path, query, fragment = map(_quoted, parts[2:])
    return urlunsplit((parts.scheme, host, path, query, fragment))


def _quoted(part: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", part), safe=_KEPT)


def _text(text: str) -> str:
    """Drop what XML 1.0 and HTML do not allow; NEL becomes the white space that it is."""
    return _NO_TEXT.sub(lambda match: _instead(match[0]), storable(text))


def _body(markup: str) -> str:
    tidied = tidy(_text(markup))
    # Its references are opened: &#11; is no text either.
    return _text(tidied) if "&#" in markup else tidied


def _instead(character: str) -> str:
    if character > "\U0001fffd" and ord(character) & 0xFFFE != 0xFFFE:
        return character
    return " " if character == "\x85" else ""


def _line(text: str) -> str:
    return one_line(_text(text))


def _lines(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for text in texts if (line := _line(text))))


def _enclosures(enclosures: Iterable[Enclosure]) -> Iterable[Enclosure]:
    for one in enclosures:
        if url := uri(one.url):
            kind = one.type if _MEDIA_TYPE.fullmatch(one.type) else _ANY_TYPE
            yield replace(one, url=url, type=kind, length=max(one.length, 0))


def _places(places: Iterable[Copy]) -> Iterable[Copy]:
    for one in places:
        if link := uri(one.link):
            yield replace(one, link=link)
