"""Full text from an article's page: when it is read, and what the article is then."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b

from aggregator.core import language, text
from aggregator.core.article import Article
from aggregator.core.images import lead_image
from aggregator.core.normalize import body_of
from aggregator.core.polling import MAX_RETRY_AFTER, Status
from aggregator.core.source import Source

MOST_OF_A_DOCUMENT = 30  # articles of one document whose pages are read
MOST_ROUNDS = 5
_WAITS = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
# Nothing that another try would change.
_FINAL = (Status.GONE, Status.REFUSED, Status.TOO_LARGE, Status.NOT_A_FEED)
_HEADING = re.compile(r"\s*<h([1-3])(?:\s[^<>]*)?>(.*?)</h\1>\s*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """How far the page of an article is.

    `rounds` counts what it was wanted for: the first sight of the article, and changes of its
    entry. `tries` are those of this round. `next_at` is None where it is not tried again.
    `text_hash` is of the text that stands in the article, empty while the feed's own does. `error`
    says why the last try brought none.
    """

    rounds: int = 1
    tries: int = 0
    next_at: datetime | None = None
    tried_at: datetime | None = None
    text_hash: bytes = b""
    error: str = ""

    def wanted(self, now: datetime) -> "PageState":
        """Give the state after a change of the entry: another round, unless there were enough."""
        if self.rounds >= MOST_ROUNDS:
            return self
        return replace(self, rounds=self.rounds + 1, tries=0, next_at=now, error="")

    def read(self, now: datetime, text_hash: bytes, error: str = "") -> "PageState":
        """Give the state after a page was read; `error` says why its text is not taken."""
        return replace(
            self,
            tries=self.tries + 1,
            next_at=None,
            tried_at=now,
            text_hash=self.text_hash if error else text_hash,
            error=error,
        )

    def failed(
        self, now: datetime, status: str, error: str, retry_after: timedelta | None
    ) -> "PageState":
        """Give the state after a page could not be read: when it is tried again, if at all."""
        again = None
        if status not in _FINAL and self.tries < len(_WAITS):
            least = min(retry_after or timedelta(0), MAX_RETRY_AFTER)
            again = now + max(_WAITS[self.tries], least)
        return replace(self, tries=self.tries + 1, next_at=again, tried_at=now, error=error)


def with_full_text(article: Article, markup: str, source: Source, *, has_one: bool) -> Article:
    """Put the text of its page into an article: what the feed said becomes its summary.

    `has_one` says that the body is such a text already. The content hash stays the feed's.
    """
    body = _without_title(body_of(markup), article.title)
    summary = article.summary if has_one else article.summary or article.body
    return replace(
        article,
        body=body,
        summary=summary,
        image=_image(article, body, source),
        language=article.language or language.likely("", text.plain_text(body)),
    )


def _image(article: Article, body: str, source: Source) -> str:
    if article.image and article.image != source.image:
        return article.image
    return lead_image(body, "", article.enclosures) or article.image


def _without_title(body: str, title: str) -> str:
    """Leave out a heading that only repeats the title."""
    heading = _HEADING.match(body)
    if heading is None:
        return body
    said = text.fold(text.one_line(text.plain_text(heading[2])))
    return body[heading.end() :] if said == text.fold(title) else body


def is_fuller(body: str, article: Article, *, has_one: bool) -> bool:
    """Say whether a body from a page says more than the feed does."""
    stated = (article.summary,) if has_one else (article.summary, article.body)
    return _length(body) > max(map(_length, stated))


def _length(markup: str) -> int:
    return len(text.one_line(text.plain_text(markup)))


def text_hash(markup: str) -> bytes:
    """Hash what a text says, by which pages that all say the same are told."""
    said = text.one_line(text.plain_text(markup))
    return blake2b(said.encode(), digest_size=16).digest()
