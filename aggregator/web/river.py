"""The page of an output: all that it ever kept, the terms marked by which it did."""

import re
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from aggregator.core.article import Article
from aggregator.core.highlight import marked, spans
from aggregator.core.output import Output
from aggregator.core.text import one_line, plain_text
from aggregator.store import listings, overview, rivers
from aggregator.web.charts import calendar
from aggregator.web.frame import Frame
from aggregator.web.phrases import phrases

_PORTION = 30  # articles a page
_HALF_YEAR = timedelta(days=190)
_RECENT = 2000  # articles whose sources can be chosen
_AROUND = 90  # characters on each side of the first term
_PLACE = re.compile(r"(\d{1,12})\.(\d{1,12})")


class River:
    """Answers requests for the pages of outputs."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._outputs = {output.id: output for output in frame.site.public}

    def respond(self, request: Request) -> Response:
        """Answer `/outputs/NAME`, with `source`, `day` and `after` in the query."""
        output = self._outputs.get(request.path_params["output"])
        if output is None:
            return self._frame.not_found(request, "There is no such output.")
        query = request.query_params
        day, source = _day(query.get("day", "")), query.get("source", "")
        bounds = rivers.Bounds(
            after=_place(query.get("after", "")),
            source=source,
            since=day,
            until=day + timedelta(days=1) if day else None,
        )
        return self._frame.page(
            request,
            "output.html",
            output=output,
            day=f"{day:%Y-%m-%d}" if day else "",
            chosen=source,
            is_first=bounds.after is None,
            **self._found(output, bounds),
        )

    def _found(self, output: Output, bounds: rivers.Bounds) -> dict[str, Any]:
        site = self._frame.site
        now = site.clock()
        with closing(site.open_database()) as database:
            stretch = rivers.stretch(
                database, output.id, bounds, _PORTION, site.prefer, dedupe=output.dedupe
            )
            terms = listings.matched(database, output.id, stretch.articles)
            days = overview.days_of_output(database, output.id, now - _HALF_YEAR)
            sources = overview.sources_of_output(database, output.id, _RECENT)
        kept = {"source": bounds.source} if bounds.source else {}
        day = {"day": f"{bounds.since:%Y-%m-%d}"} if bounds.since else {}
        end = stretch.end
        return {
            "entries": [entry(self._frame, one, terms.get(one.id, ())) for one in stretch.articles],
            "more": urlencode(kept | day | {"after": f"{end.at}.{end.n}"}) if end else "",
            "phrases": phrases(output, site.names),
            "sources": sources,
            "calendar": calendar(days, now, f"?{urlencode(kept | {'day': ''})}"),
            "feed": f"{site.public_url}/feeds/{output.id}",
        }


def entry(frame: Frame, article: Article, terms: tuple[str, ...]) -> dict[str, Any]:
    """Give what a list of articles shows of one, with terms marked."""
    return {
        "article": article,
        "title": frame.title(article, terms),
        "excerpt": _excerpt(article, terms),
        "terms": terms,
    }


def _excerpt(article: Article, terms: tuple[str, ...]) -> Markup:
    """Give the words around the first term, else the first words."""
    words = one_line(plain_text(article.summary or article.body))
    found = sorted(place for term in terms for place in spans(term, words))
    pieces = [
        Markup("<mark>{}</mark>").format(piece) if is_term else Markup("{}").format(piece)
        for piece, is_term in marked(words, found, _AROUND)
    ]
    begins = not found or found[0][0] <= _AROUND
    shown = Markup("").join(pieces)
    length = sum(len(piece) for piece, _ in marked(words, found, _AROUND))
    ends = length >= len(words)
    return Markup("{}{}{}").format("" if begins else "… ", shown, "" if ends else " …")


def _day(text: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    return None


def _place(text: str) -> rivers.Place | None:
    match = _PLACE.fullmatch(text)
    return rivers.Place(at=int(match[1]), n=int(match[2])) if match else None
