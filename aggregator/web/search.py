"""The search page."""

import json
import re
from contextlib import closing
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from aggregator.store.search import typed
from aggregator.store.search_results import MOST, Results, results
from aggregator.web.frame import Frame
from aggregator.web.river import entry

_PORTION = 25
_LONGEST = 200  # characters of a query
_MOST_PAGES = 200
_MONTH = re.compile(r"\d{4}-\d{2}")
_SYNTAX = ("re:", "@")  # begin what is no plain word in a rule


class SearchPage:
    """Answers requests for the search page."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def respond(self, request: Request) -> Response:
        """Answer `/search`, with `q`, `source`, `month` and `page` in the query."""
        query = request.query_params
        words = query.get("q", "").strip()[:_LONGEST]
        source, month = query.get("source", ""), query.get("month", "")
        month = month if _MONTH.fullmatch(month) else ""
        number = _number(query.get("page", "1"))
        with closing(self._frame.site.open_database()) as database:
            found = results(database, words, source, month, (number - 1) * _PORTION, _PORTION)
        return self._frame.page(
            request, "search.html", words=words, chosen=source, month=month, most=MOST,
            **self._values(found, words, {"source": source, "month": month}, number),
        )  # fmt: skip

    def _values(
        self, found: Results, words: str, chosen: dict[str, str], number: int
    ) -> dict[str, Any]:
        terms = tuple(one for one in typed(words) if not one.startswith(_SYNTAX))
        kept = {"q": words} | {name: value for name, value in chosen.items() if value}
        last = -(-found.total // _PORTION)
        return {
            "found": found,
            "entries": [entry(self._frame, one, terms) for one in found.articles],
            "older": urlencode(kept | {"page": str(number + 1)}) if number < last else "",
            "newer": urlencode(kept | {"page": str(number - 1)}) if number > 1 else "",
            "as_output": _as_output(words, chosen["source"]),
        }


def _number(text: str) -> int:
    return min(int(text), _MOST_PAGES) if re.fullmatch("[1-9][0-9]{0,5}", text) else 1


def _as_output(words: str, source: str) -> str:
    """Write the output that keeps what a search finds, as it would stand in feeds.toml."""
    terms = [one for one in typed(words) if not one.startswith(_SYNTAX)]
    if not terms:
        return ""

    def text(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)  # TOML's strings and lists are JSON's as well

    lines = ["[outputs.my-search]", f"title = {text(words)}", f"all = {text(terms)}"]
    return "\n".join([*lines, f"sources = {text([source])}"] if source else lines)
