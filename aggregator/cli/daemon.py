"""`aggregator run`."""

import logging
import os
import signal
import threading
from contextlib import ExitStack, closing
from pathlib import Path

import click

from aggregator import log
from aggregator.cli.chores import chores
from aggregator.cli.parts import (
    Parts,
    link_headers,
    now,
    open_parts,
    picture_key,
    picture_links,
    user_agent,
)
from aggregator.cli.watching import watch
from aggregator.config.load import Config, load
from aggregator.core.pace import ANY_HOST, HostPace
from aggregator.core.picture_links import PictureLinks
from aggregator.daemon.loop import Daemon, Duties
from aggregator.daemon.notify import Notifier
from aggregator.ingest.fetch import Fetcher
from aggregator.ingest.pace import Lanes
from aggregator.ingest.pictures import PictureFetcher
from aggregator.ingest.workers import Workers
from aggregator.store.database import Database
from aggregator.store.locks import only_daemon
from aggregator.syndicate.secrets import kept
from aggregator.web.app import make_app
from aggregator.web.desk import PRELOAD, TASK_SECONDS, Desk
from aggregator.web.picture_cache import PictureCache
from aggregator.web.pictures import Pictures
from aggregator.web.server import WebServer
from aggregator.web.sessions import Sessions
from aggregator.web.site import Site
from aggregator.web.status import Watch

_PICTURE_PACE = HostPace(connections=4, delay=0.05)  # where [hosts] does not say otherwise
_logger = logging.getLogger(__name__)


@click.command()
@click.pass_context
def run(ctx: click.Context) -> None:
    """Run the daemon: poll, publish and serve until it is told to stop."""
    path: Path = ctx.obj
    asked = ctx.parent.params if ctx.parent else {}
    config = load(path)
    watched = watch(debug=asked["debug"], form=asked["log_format"] or config.service.log)
    if given_up := run_daemon(config, watched):
        log.event(_logger, "given up", level=logging.WARNING, sources=",".join(sorted(given_up)))
        # Everything is stored and closed; only threads are left that wait for dead servers, and
        # Python would wait for them.
        logging.shutdown()
        os._exit(0)


def run_daemon(config: Config, watched: Watch) -> frozenset[str]:
    """Run the daemon until SIGTERM or SIGINT; return the sources whose polls were given up."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as stack:
        # The address first: a second daemon by mistake stops here and touches nothing.
        trying = Workers(1, preload=PRELOAD, task_seconds=TASK_SECONDS)
        stack.callback(trying.close)
        web = WebServer(make_app(_site(config, watched, trying)), config.service.listen)
        stack.callback(web.stop)
        stack.callback(watched.ending.set)
        stack.enter_context(closing(only_daemon(config.service.database)))
        parts = stack.enter_context(open_parts(config))
        parts.relister.begin()
        web.start()
        log.event(
            _logger,
            "start",
            sources=len(config.sources),
            outputs=len(config.outputs),
            page=f"http://{web.address}/",
        )
        daemon = Daemon(duties(parts), Notifier.from_environment())
        watched.pulse = lambda: daemon.pulse
        given_up = daemon.run(stop)
    log.event(_logger, "stop")
    return given_up


def _site(config: Config, watched: Watch, trying: Workers) -> Site:
    service = config.service
    key = picture_key(config)
    return Site(
        sources=config.sources,
        outputs=config.outputs,
        feeds_dir=service.feeds_dir,
        versions_dir=service.versions_dir,
        public_url=service.public_url,
        prefer=service.prefer,
        private_dir=service.private_dir,
        archive_dir=service.archive_dir,
        link_header=link_headers(config),
        pictures=_pictures(config, PictureLinks(key, service.public_url)),
        picture_links=picture_links(config),
        page_pictures=PictureLinks(key, ""),
        desk=Desk(path=config.path, workers=trying, may_write=config.web.edit),
        open_database=lambda: Database(service.database),
        clock=now,
        watch=watched,
        sessions=_sessions(config),
    )


def _sessions(config: Config) -> Sessions | None:
    if not config.web.password:
        return None
    return Sessions(config.web.password, kept(config.service.private_dir / "keys" / "sessions"))


def _pictures(config: Config, links: PictureLinks) -> Pictures:
    """Make the proxy of pictures. Its requests are counted apart from those of polls: a page with
    twenty pictures would wait for half a minute."""
    service = config.service
    return Pictures(
        links,
        PictureFetcher(
            Fetcher(user_agent(service.contact), now),
            Lanes({ANY_HOST: _PICTURE_PACE, **config.paces}),
        ),
        PictureCache(service.data_dir / "cache" / "pictures"),
    )


def duties(parts: Parts) -> Duties:
    """Say what the daemon works with."""
    service = parts.config.service
    return Duties(
        sources=parts.config.sources,
        outputs=parts.config.outputs,
        paces=parts.config.paces,
        threads=service.fetch_threads,
        poller=parts.poller,
        pages=parts.pages,
        publisher=parts.publisher,
        archivist=parts.archivist,
        pinger=parts.pinger,
        chores=chores(parts),
        writer=parts.writer,
        open_database=lambda: Database(service.database),
        clock=parts.clock,
    )
