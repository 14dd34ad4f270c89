"""What `run` serves, made from a configuration."""

from aggregator.cli.parts import link_headers, now, picture_key, picture_links, user_agent
from aggregator.config.load import Config
from aggregator.core.pace import ANY_HOST, HostPace
from aggregator.core.picture_links import PictureLinks
from aggregator.ingest.fetch import Fetcher
from aggregator.ingest.pace import Lanes
from aggregator.ingest.pictures import PictureFetcher
from aggregator.ingest.workers import Workers
from aggregator.store.database import Database
from aggregator.syndicate.secrets import kept
from aggregator.web.desk import Desk
from aggregator.web.picture_cache import PictureCache
from aggregator.web.pictures import Pictures
from aggregator.web.sessions import Sessions
from aggregator.web.site import Site
from aggregator.web.status import Watch
from aggregator.web.totals import Totals

_PICTURE_PACE = HostPace(connections=4, delay=0.05)  # where [hosts] does not say otherwise


def site(config: Config, watched: Watch, trying: Workers, totals: Totals) -> Site:
    """Say what the web application is made of; `trying` are the processes of the workbench."""
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
        totals=totals,
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
