"""What `run` serves, made from a configuration."""

import threading

from starlette.applications import Starlette

from aggregator.cli.parts import link_headers, now, picture_key, picture_links, user_agent
from aggregator.config.load import Config
from aggregator.core.pace import ANY_HOST, HostPace
from aggregator.core.picture_links import PictureLinks
from aggregator.ingest.fetch import Fetcher
from aggregator.ingest.pace import Lanes
from aggregator.ingest.pictures import PictureFetcher
from aggregator.ingest.workers import Workers
from aggregator.pipeline.preview import PRELOAD
from aggregator.store.database import Database
from aggregator.syndicate.secrets import Private
from aggregator.web.app import make_app
from aggregator.web.desk import TASK_SECONDS, Desk
from aggregator.web.monitoring import Watch
from aggregator.web.picture_cache import PictureCache
from aggregator.web.pictures import Pictures
from aggregator.web.server import Switch
from aggregator.web.sessions import Sessions
from aggregator.web.site import Site
from aggregator.web.totals import Totals

_PICTURE_PACE = HostPace(connections=4, delay=0.05)  # where [hosts] does not say otherwise


class Front:
    """Makes what `run` serves of a configuration; `switch` is the application that requests go to.

    What has to outlive a feeds.toml stays: the processes of the workbench, counts, log-ins that
    failed, whose turn it is with the hosts of pictures, and pictures that are kept.
    """

    def __init__(self, config: Config, watched: Watch) -> None:
        self._watched = watched
        self._trying = Workers(1, preload=PRELOAD, task_seconds=TASK_SECONDS)
        self._totals = Totals(lambda: Database(config.service.database))
        self._sessions: dict[str, Sessions] = {}  # at most one, by the hash of its password
        self._lanes: Lanes[None] = Lanes({})
        self._cache = PictureCache(config.service.data_dir / "cache" / "pictures")

        self._site = self.site(config)
        self._app = make_app(self._site)
        self.switch = Switch(self._app)

    def prepare(self) -> None:
        """Do beside the start what the first requests would wait for."""
        self._totals.begin()
        threading.Thread(target=self._app.state.prepare, name="prepare", daemon=True).start()

    def made_ready(self, config: Config) -> Starlette:
        """Make the application of another configuration, so that no request waits for it."""
        app = make_app(self.site(config))
        app.state.prepare()
        return app

    def leave_database_alone(self, error: Exception) -> None:
        """Serve without the database, which `error` says is damaged."""
        self.switch.app = make_app(self._site.without_database(error))

    def close(self) -> None:
        """End the processes of the workbench."""
        self._trying.close()

    def site(self, config: Config) -> Site:
        """Say what the web application is made of."""
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
            pictures=self._pictures(config, PictureLinks(key, service.public_url)),
            picture_links=picture_links(config),
            page_pictures=PictureLinks(key, ""),
            desk=Desk(path=config.path, workers=self._trying, may_write=config.web.edit),
            open_database=lambda: Database(service.database),
            clock=now,
            watch=self._watched,
            sessions=self._sessions_of(config),
            totals=self._totals,
        )

    def _sessions_of(self, config: Config) -> Sessions | None:
        password = config.web.password
        if password not in self._sessions:
            key = Private(config.service.private_dir).key("sessions") if password else ""
            self._sessions = {password: Sessions(password, key)} if password else {}
        return self._sessions.get(password)

    def _pictures(self, config: Config, links: PictureLinks) -> Pictures:
        """Make the proxy of pictures. Its requests are counted apart from those of polls: a page
        with twenty pictures would wait for half a minute."""
        self._lanes.set_paces({ANY_HOST: _PICTURE_PACE, **config.paces})
        fetcher = Fetcher(user_agent(config.service.contact), now)
        return Pictures(links, PictureFetcher(fetcher, self._lanes), self._cache)
