"""The page of an article: its words, where it came from, and what each output makes of it."""

import difflib
import re
from contextlib import closing
from itertools import pairwise
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from aggregator.core.article import Article
from aggregator.core.rules import RuleBook
from aggregator.core.subject import Subject
from aggregator.core.text import one_line, plain_text
from aggregator.store import fulltext, listings, ties
from aggregator.store.database import Database, Revision
from aggregator.web.frame import Frame
from aggregator.web.provenance import entry_fields, file_head
from aggregator.web.reasons import in_words

_ID = re.compile(r"[\w-]{1,64}")
_CONTEXT = 12  # words around a change


class ArticlePage:
    """Answers requests for articles."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._book = RuleBook(frame.site.outputs)
        self._public = frozenset(one.id for one in frame.site.public)

    def respond(self, request: Request) -> Response:
        """Answer `/articles/ID`."""
        name = request.path_params["article"]
        with closing(self._frame.site.open_database()) as database:
            article = database.article(name) if _ID.fullmatch(name) else None
            if article is None:
                return self._frame.not_found(request, "There is no such article.")
            values = self._found(database, article)
        return self._frame.page(
            request, "article.html", article=article, in_words=in_words, **values
        )

    def _found(self, database: Database, article: Article) -> dict[str, Any]:
        number = database.number(article.id)
        stored = listings.verdicts(database, [number]).get(number, {})
        subject = Subject.of(article)
        verdicts = [
            {
                "output": output,
                "verdict": self._book.verdict(output.id, subject),
                "is_listed": output.id in stored,
            }
            for output in self._frame.site.public
        ]
        terms = {term for verdict in stored.values() for term in verdict.terms}
        return {
            "body": self._frame.body(article, tuple(sorted(terms))),
            "verdicts": verdicts,
            "members": [one for one in database.members(article.id) if one.id != article.id],
            "related": ties.related(database, number),
            "revisions": _changes(database.revisions(article.id), article),
            "page": fulltext.of_article(database, article.id),
            "entry": entry_fields(article),
            "file": file_head(database, number, self._frame.site.archive_dir, self._public),
        }


def _changes(revisions: list[Revision], article: Article) -> list[dict[str, Any]]:
    """Say what each revision changed, the last first: pieces of text, with "-", "+" or ""."""
    texts = [(one.title, one.body) for one in revisions] + [
        (article.title, article.body or article.summary)
    ]
    found = [
        {"at": revision.replaced_at, "title": title, "pieces": _difference(before, after)}
        for revision, (before, after), (title, _) in zip(
            revisions, pairwise(texts), texts, strict=False
        )
    ]
    return found[::-1]


def _difference(before: tuple[str, str], after: tuple[str, str]) -> list[tuple[str, str]]:
    old, new = (_words(title, body) for title, body in (before, after))
    pieces: list[tuple[str, str]] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(("", _shortened(old[a:b])))
            continue
        pieces += [(sign, "".join(words)) for sign, words in (("-", old[a:b]), ("+", new[c:d]))]
    return [(sign, words) for sign, words in pieces if words]


def _words(title: str, body: str) -> list[str]:
    """Cut a text into words and single characters of Chinese, each with the space behind it."""
    text = f"{title} — {one_line(plain_text(body))}"
    return re.findall(r"[A-Za-z0-9_'’-]+\s*|\S\s*", text)[:5000]


def _shortened(words: list[str]) -> str:
    if len(words) <= 2 * _CONTEXT:
        return "".join(words)
    return f"{''.join(words[:_CONTEXT])} … {''.join(words[-_CONTEXT:])}"
