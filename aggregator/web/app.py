"""The web application: the generated feeds, and one page that says what there is."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from aggregator.core.health import Health, next_step
from aggregator.core.output import Output
from aggregator.core.picture_links import PictureLinks
from aggregator.core.source import Source, SourceState
from aggregator.core.words import ago, until
from aggregator.store import health, listings
from aggregator.store.database import Database
from aggregator.syndicate.channel import LIST
from aggregator.syndicate.secrets import Tokens
from aggregator.web.feeds import Feeds, documents, no_links
from aggregator.web.history import Histories
from aggregator.web.pictures import Pictures
from aggregator.web.private import PrivateFeeds
from aggregator.web.status import StatusPages, Watch

_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_HEADLINES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the web application shows; `open_database` gives a connection for one request. Without
    a `private_dir` nothing of private outputs is served, `pictures` are served where an output has
    them come through us, `/health` and `/metrics` where there is a `watch`."""

    sources: tuple[Source, ...]
    outputs: tuple[Output, ...]
    feeds_dir: Path
    versions_dir: Path
    public_url: str
    open_database: Callable[[], Database]
    clock: Callable[[], datetime]
    prefer: tuple[str, ...] = ()
    private_dir: Path | None = None
    pictures: Pictures | None = None
    picture_links: PictureLinks | None = None
    link_header: Callable[[str], str] = no_links
    watch: Watch | None = None

    @property
    def public(self) -> tuple[Output, ...]:
        """List the outputs that anybody may know of."""
        return tuple(one for one in self.outputs if not one.is_hidden)


def make_app(site: Site) -> Starlette:
    """Build the application."""
    names = frozenset(one.id for one in site.public)
    files = frozenset((*documents((health.FEED, *names)), LIST))
    feeds = Feeds(site.feeds_dir, site.versions_dir, files, site.link_header)
    histories, private = _histories(site), _private_feeds(site)
    templates = Environment(loader=PackageLoader("aggregator.web"), autoescape=select_autoescape())

    def home(_request: Request) -> Response:
        page = templates.get_template("home.html").render(_home(site))
        return HTMLResponse(page, headers=_PAGE_HEADERS)

    def feed(request: Request) -> Response:
        is_public = request.path_params["file"] in files
        return (feeds if is_public else private).respond(request)

    def feed_in_folder(request: Request) -> Response:
        # A folder is a public output, with the pages of its history, or a token.
        is_public = request.path_params["folder"] in names
        return (histories if is_public else private).respond(request)

    pictures = site.pictures
    images = [Route("/img/{signature}/{coded}", pictures.respond)] if pictures else []
    return Starlette(
        routes=[
            *images,
            *_status(site),
            Route("/", home),
            Route("/feeds/{file}", feed),
            Route("/feeds/{folder}/{file}", feed_in_folder),
            Mount("/static", StaticFiles(packages=[("aggregator.web", "static")])),
        ],
        exception_handlers={HTTPException: _plain_error, Exception: _plain_error},
    )


def _histories(site: Site) -> Histories:
    return Histories(
        outputs={output.id: output for output in site.public},
        sources={source.id: source for source in site.sources},
        public_url=site.public_url,
        prefer=site.prefer,
        open_database=site.open_database,
        picture_links=site.picture_links,
    )


def _status(site: Site) -> list[Route]:
    if site.watch is None:
        return []
    pages = StatusPages(
        watch=site.watch,
        sources=frozenset(source.id for source in site.sources),
        open_database=site.open_database,
        clock=site.clock,
    )
    return pages.routes


def _private_feeds(site: Site) -> PrivateFeeds:
    hidden = [one for one in site.outputs if one.is_hidden] if site.private_dir else []
    folder = site.private_dir or Path()
    files = documents(one.id for one in hidden)
    feeds = Feeds(folder / "feeds", folder / "versions", files, site.link_header)
    return PrivateFeeds(feeds, hidden, Tokens(folder / "tokens"))


def _plain_error(_request: Request, error: Exception) -> Response:
    """Answer an error in one line of text."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else "something went wrong"
    return PlainTextResponse(f"{detail}\n", status_code=status)


def _home(site: Site) -> dict[str, Any]:
    now = site.clock()
    doubled = [one.id for one in site.outputs if not one.dedupe]
    with closing(site.open_database()) as database:
        listed, stored = listings.counts(database, doubled), database.article_counts()
        states = database.states()
        headlines = {
            one.id: listings.listed(
                database,
                one.id,
                _HEADLINES,
                prefer=site.prefer,
                order=one.order,
                dedupe=one.dedupe,
            )[:_HEADLINES]
            for one in site.public
        }
    names = {source.id: source.name for source in site.sources}
    outputs = [
        {
            "id": one.id,
            "title": one.title,
            "description": one.description if one.description != one.title else "",
            "count": listed.get(one.id, (0, None))[0],
            "articles": [
                {
                    "title": article.title,
                    "link": article.link,
                    "source": names.get(article.source, article.source),
                    "when": ago(article.date, now),
                    "also": [
                        {"source": names.get(one.source, one.source), "link": one.link}
                        for one in article.also
                    ],
                }
                for article in headlines[one.id]
            ],
        }
        for one in site.public
    ]
    return {
        "outputs": outputs,
        "health": health.FEED,
        "sources": [_source(one, states.get(one.id), stored, now) for one in site.sources],
        "articles": sum(count for count, _ in stored.values()),
    }


def _source(
    source: Source,
    state: SourceState | None,
    stored: dict[str, tuple[int, datetime | None]],
    now: datetime,
) -> dict[str, Any]:
    known = state or SourceState(id=source.id, url=source.url)
    what, hint = next_step(known)
    return {
        "name": source.name,
        "health": known.health.replace("_", " ") or "new",
        "broken": known.health != "" and Health(known.health).is_broken,
        "since": ago(known.health_since, now, never=""),
        "what": what,
        "hint": hint,
        "polled": ago(known.last_poll_at, now),
        "next": "never" if known.health == Health.GONE else until(known.next_poll_at, now),
        "count": stored.get(source.id, (0, None))[0],
    }
