"""Marking the terms of a rule in an article's HTML."""

import re
from collections.abc import Iterable, Iterator
from html import escape, unescape

from aggregator.core.highlight import Span, spans
from aggregator.core.text import INLINE

_TAG = re.compile(r"""(<(?:[^<>"']|"[^"]*"|'[^']*')*>)""")
# A term may go across these.
_INLINE = re.compile(rf"</?{INLINE}[\s/>]")


def marked_text(text: str, terms: Iterable[str]) -> str:
    """Give a text as HTML, with <mark> around the terms in it."""
    return "".join(_pieces(text, 0, _joined(terms, text)))


def marked_html(markup: str, terms: Iterable[str]) -> str:
    """Put <mark> around the terms in the words of safe HTML; tags and attributes stay as they are.

    A term may go across inline elements, and is marked in each of them.
    """
    parts = _TAG.split(markup)
    texts = [unescape(part) for part in parts[::2]]
    gaps = ["" if _INLINE.match(tag) else "\n" for tag in parts[1::2]]
    whole = "".join(text + gap for text, gap in zip(texts, [*gaps, ""], strict=True))
    found = _joined(terms, whole)
    if not found:
        return markup
    written, at = [], 0
    for text, gap, tag in zip(texts, [*gaps, ""], [*parts[1::2], ""], strict=True):
        written += [*_pieces(text, at, found), tag]
        at += len(text) + len(gap)
    return "".join(written)


def _joined(terms: Iterable[str], text: str) -> list[Span]:
    """List the places of all terms in order, those that overlap as one."""
    joined: list[Span] = []
    for start, end in sorted(place for term in terms for place in spans(term, text)):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _pieces(text: str, at: int, found: Iterable[Span]) -> Iterator[str]:
    """Write a text that begins at a place of the whole, what is found in it marked."""
    done = 0
    for start, end in found:
        start, end = max(start - at, 0), min(end - at, len(text))
        if start >= end:
            continue
        yield escape(text[done:start], quote=False)
        yield f"<mark>{escape(text[start:end], quote=False)}</mark>"
        done = end
    yield escape(text[done:], quote=False)
