"""What an output shows of its articles: whole texts or summaries, pictures from us or elsewhere."""

import re
from collections.abc import Callable
from dataclasses import replace
from html import escape, unescape

from aggregator.core.article import Article
from aggregator.core.images import ATTRIBUTE
from aggregator.core.text import one_line, plain_text

_SUMMARY_LENGTH = 400  # characters, where the source gives no summary of its own

_WITH_PICTURE = re.compile(
    r"""<(img|video|source)(?=[\s/])((?:[^<>"']|"[^"]*"|'[^']*')*)>""", re.IGNORECASE
)
# What a reader would load in place of `src`; without it `src` is what there is.
_ALTERNATIVES = frozenset(("srcset", "sizes"))
_SHOWN_BY = {"img": "src", "video": "poster"}


def summarized(article: Article) -> Article:
    """Put the summary in place of the text: the source's own, else the beginning of the text."""
    if article.summary:
        return replace(article, body=article.summary, summary="")
    words = one_line(plain_text(article.body))
    if len(words) > _SUMMARY_LENGTH:
        words = words[:_SUMMARY_LENGTH].rstrip() + "…"
    return replace(article, body=f"<p>{escape(words, quote=False)}</p>" if words else "")


def with_pictures_at(article: Article, address: Callable[[str], str]) -> Article:
    """Give every picture of an article another address."""
    return replace(
        article,
        body=_redirected(article.body, address),
        summary=_redirected(article.summary, address),
        image=address(article.image) if article.image else "",
        enclosures=tuple(
            replace(one, url=address(one.url)) if one.type.startswith("image/") else one
            for one in article.enclosures
        ),
    )


def _redirected(body: str, address: Callable[[str], str]) -> str:
    def tag(match: re.Match[str]) -> str:
        name, attributes = match[1].lower(), match[2]
        if name == "source":
            return "" if "srcset" in attributes.lower() else match[0]
        return f"<{match[1]}{ATTRIBUTE.sub(lambda one: attribute(name, one), attributes)}>"

    def attribute(name: str, match: re.Match[str]) -> str:
        key = match[1].lower()
        if key in _ALTERNATIVES:
            return ""
        url = unescape(match[2] or match[3] or match[4] or "").strip()
        return f'{match[1]}="{escape(address(url))}"' if key == _SHOWN_BY[name] else match[0]

    return _WITH_PICTURE.sub(tag, body)
