"""The web application: the generated feeds, and the pages that show what is collected."""

import sqlite3
from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from aggregator.core.output import Output
from aggregator.errors import StoreError
from aggregator.store import health
from aggregator.syndicate.channel import LIST
from aggregator.syndicate.secrets import Private, Tokens
from aggregator.web.article import ArticlePage
from aggregator.web.feeds import Feeds, documents
from aggregator.web.frame import Frame
from aggregator.web.history import Histories
from aggregator.web.home import Home
from aggregator.web.login import Login
from aggregator.web.monitoring import Monitor
from aggregator.web.private import PrivateFeeds
from aggregator.web.river import River
from aggregator.web.search import SearchPage
from aggregator.web.site import Site
from aggregator.web.sources import SourcePages
from aggregator.web.status_page import StatusPage
from aggregator.web.workbench import Workbench


def make_app(site: Site) -> Starlette:
    """Build the application; what the first requests would wait for, `state.prepare` does."""
    names = frozenset(one.id for one in site.public)
    files = frozenset((*documents((health.FEED, *names)), LIST))
    feeds = Feeds(site.feeds_dir, site.versions_dir, files, site.link_header)
    histories, private = _histories(site, site.public), _private_feeds(site)
    frame = Frame(site)

    def feed(request: Request) -> Response:
        is_public = request.path_params["file"] in files
        return (feeds if is_public else private).respond(request)

    def feed_in_folder(request: Request) -> Response:
        # A folder is a public output, with the pages of its history, or a token.
        is_public = request.path_params["folder"] in names
        return (histories if is_public else private).respond(request)

    app = Starlette(
        routes=[
            Route("/img/{signature}/{coded}", site.pictures.respond),
            *_status(site, frame),
            *_pages(site, frame),
            Route("/feeds/{file}", feed),
            Route("/feeds/{folder}/{file}", feed_in_folder),
            Route("/feeds/{folder}/{output}/{file}", private.respond),
            Mount("/static", StaticFiles(packages=[("aggregator.web", "static")])),
        ],
        exception_handlers={
            HTTPException: _plain_error,
            sqlite3.Error: _no_database,
            StoreError: _no_database,
            Exception: _plain_error,
        },
    )
    app.state.prepare = frame.prepare
    return app


def _no_database(_request: Request, _error: Exception) -> Response:
    """Say that pages cannot be shown; feeds are files, and served all the same."""
    text = (
        "the database cannot be read; feeds are served as they were published last\n"
        "the log says why, `aggregator doctor` says what to do\n"
    )
    return PlainTextResponse(text, status_code=503)


def _pages(site: Site, frame: Frame) -> list[Route]:
    sources = SourcePages(frame)
    bench = Workbench(frame, site.desk) if site.desk else None
    login = Login(frame, site.sessions) if site.sessions else None
    return [
        *(
            [
                Route("/login", login.log_in, methods=["GET", "POST"]),
                Route("/logout", login.log_out, methods=["POST"]),
            ]
            if login
            else []
        ),
        Route("/", Home(frame).respond),
        Route("/outputs/{output}", River(frame).respond),
        Route("/articles/{article}", frame.for_trusted(ArticlePage(frame).respond)),
        Route("/sources", frame.for_trusted(sources.table)),
        Route("/sources/{source}", frame.for_trusted(sources.one)),
        Route("/sources/{source}/poll", sources.poll, methods=["POST"]),
        Route("/search", frame.for_trusted(SearchPage(frame).respond)),
        *([Route("/workbench", bench.respond, methods=["GET", "POST"])] if bench else []),
    ]


def _histories(site: Site, outputs: Iterable[Output], tokens: Tokens | None = None) -> Histories:
    return Histories(
        outputs={output.id: output for output in outputs},
        sources={source.id: source for source in site.sources},
        public_url=site.public_url,
        prefer=site.prefer,
        open_database=site.open_database,
        picture_links=site.picture_links,
        tokens=tokens,
    )


def _status(site: Site, frame: Frame) -> list[Route]:
    monitor = Monitor(
        watch=site.watch,
        sources=frozenset(source.id for source in site.sources),
        open_database=site.open_database,
        clock=site.clock,
    )
    page = StatusPage(frame, monitor)
    return [
        *monitor.routes,
        Route("/status", frame.for_trusted(page.respond)),
        Route("/status/events", page.events),
    ]


def _private_feeds(site: Site) -> PrivateFeeds:
    hidden, private = [one for one in site.outputs if one.is_hidden], Private(site.private_dir)
    files = documents(one.id for one in hidden)
    feeds = Feeds(private.feeds, private.versions, files, site.link_header)
    histories = _histories(site, hidden, private.tokens)
    return PrivateFeeds(feeds, histories, hidden, private.tokens)


def _plain_error(_request: Request, error: Exception) -> Response:
    """Answer an error in one line of text."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else "something went wrong"
    return PlainTextResponse(f"{detail}\n", status_code=status)
