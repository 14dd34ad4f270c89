"""Whether a changed entry says something else than before, or only looks different."""

import re2

from aggregator.core.article import Article
from aggregator.core.text import fold, one_line, plain_text, units

_UNITS = 100_000
_MARKUP = 200_000  # characters that are compared by their words; what is beyond, by each character
_COUNTED = (
    "阅读|浏览|点击|播放|评论|回复|点赞|收藏|转发|分享"
    "|views?|reads?|plays?|comments?|replies|likes?|shares?|claps?"
)
_NUMBER = r"\d[\d.,]*\s*(?:万|亿|[km]\b)?"
# By re2 both, because its time is linear in the text, which is anybody's.
_COUNTER = re2.compile(
    rf"(?:{_COUNTED})(?:数|量|次数)?\s*[:(]?\s*{_NUMBER}"
    rf"|{_NUMBER}\s*(?:次|条|个|人)?\s*(?:{_COUNTED})"
)
_ADVERTISEMENT = re2.compile(
    r"(?i)<(div|ins|aside|section|p|span|figure)\s[^<>]*?\b(?:class|id)\s*=\s*"
    r"[\"']?[^\"'<>]*?\b(?:ads?|adsbygoogle|advert\w*|sponsor\w*|promo\w*)\b[^<>]*>"
)


def is_real(before: Article, after: Article) -> bool:
    """Say whether a reader would want to know: the title, the words or the files are others.

    Not so for white space, markup, pictures, tracking in links, counters of views and the like, or
    what stands in an advertisement.
    """
    return _said(before) != _said(after)


def _said(article: Article) -> tuple[list[str], ...]:
    return (
        units(fold(article.title), _UNITS),
        _words(article.body[:_MARKUP]),
        _words(article.summary[:_MARKUP]),
        [article.body[_MARKUP:], article.summary[_MARKUP:]],
        [enclosure.url.partition("?")[0] for enclosure in article.enclosures],
    )


def _words(markup: str) -> list[str]:
    text = fold(one_line(plain_text(_without_advertisements(markup))))
    return units(str(_COUNTER.sub("", text)), _UNITS)


def _without_advertisements(markup: str) -> str:
    """Leave out elements that say of themselves that they are advertisements.

    One that holds another of its name is left alone: where it ends, only a parser could tell.
    """
    kept, at = [], 0
    for start in _ADVERTISEMENT.finditer(markup):
        end_tag = f"</{start[1]}"
        end = markup.find(end_tag, start.end())
        if start.start() < at or end < 0 or f"<{start[1]}" in markup[start.end() : end]:
            continue
        kept.append(markup[at : start.start()])
        at = end + len(end_tag)
    return "".join((*kept, markup[at:]))
