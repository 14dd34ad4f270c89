"""From the database to what people read: listings, feeds, article files."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from aggregator import log
from aggregator.core.article import Article
from aggregator.core.output import Output
from aggregator.core.picture_links import PictureLinks
from aggregator.core.source import Source
from aggregator.core.views import summarized, with_pictures_at
from aggregator.errors import AggregatorError
from aggregator.ingest.workers import Workers
from aggregator.pipeline.health_feed import HEALTH, health_article
from aggregator.store import archive_queue, exporting, health, hub_pings, listings
from aggregator.store.archive_queue import PendingFile, WrittenFile
from aggregator.store.database import Database
from aggregator.store.exporting import Wanted
from aggregator.store.writer import Writer
from aggregator.syndicate.archive import Archive
from aggregator.syndicate.channel import FORMATS, Channel
from aggregator.syndicate.files import Replacement, cannot_write, write_if_changed
from aggregator.syndicate.secrets import Tokens, private_folder

_logger = logging.getLogger(__name__)
_PORTION = 200
_PACKED = (".gz", ".br", ".zst")

Progress = Callable[[int, int], None]


def no_progress(done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Makes the feeds of outputs; each call reads the database anew, so it may be repeated."""

    outputs: tuple[Output, ...]
    sources: Mapping[str, Source]
    public_url: str
    feeds_dir: Path
    private_dir: Path
    prefer: tuple[str, ...] = ()
    picture_links: PictureLinks | None = None
    hubs: tuple[str, ...] = ()

    @property
    def tokens(self) -> Tokens:
        """Give the tokens in the addresses of private outputs."""
        return Tokens(self.private_dir / "tokens")

    @property
    def feeds(self) -> tuple[Output, ...]:
        """List the feeds there are: one for each output, and the one about the sources' health."""
        return (*self.outputs, HEALTH)

    def publish(self, database: Database, names: Iterable[str], now: datetime) -> list[Path]:
        """Render the named outputs in all formats; return the files that were written."""
        wanted = frozenset(names)
        written = []
        for output in self.outputs:
            if output.id in wanted:
                since = now - output.max_age if output.max_age else None
                articles = listings.listed(database, output.id, output.limit, since, self.prefer)
                written += self._write(output, articles)
        if health.FEED in wanted:
            written += self._write(HEALTH, self._health(database))
        return written

    def _health(self, database: Database) -> list[Article]:
        events = health.events(database, HEALTH.limit)
        known = [(one, self.sources[one.source]) for one in events if one.source in self.sources]
        return [health_article(event, source) for event, source in known]

    def is_complete(self, output: Output) -> bool:
        """Say whether an output has a file in each format."""
        return all(self._path(output, kind).exists() for kind in FORMATS)

    def _path(self, output: Output, kind: str) -> Path:
        return self._folder(is_hidden=output.is_hidden) / f"{output.id}.{kind}"

    def _folder(self, *, is_hidden: bool) -> Path:
        """Keep private feeds apart: a web server may serve the folder of public ones directly."""
        return self.private_dir / "feeds" if is_hidden else self.feeds_dir

    def _write(self, output: Output, articles: Sequence[Article]) -> list[Path]:
        # Not at the top: most polls change no output, and feedgen takes time and memory to load.
        from aggregator.syndicate.render import RENDERERS

        channel = self._channel(output)
        if output.is_hidden:
            private_folder(self._folder(is_hidden=True))
        articles = [self._view(output, article) for article in articles]
        written = []
        for kind, render in RENDERERS.items():
            path = self._path(output, kind)
            self._remove_old(output, path.name)
            if write_if_changed(path, render(channel, articles)):
                written.append(path)
        if written:
            log.event(_logger, "publish", output=output.id, articles=len(articles))
        return written

    def _channel(self, output: Output) -> Channel:
        return Channel(
            output=output,
            public_url=self.public_url,
            sources=self.sources,
            token=self.tokens.of(output.id) if output.private else "",
            hubs=output.told_to(self.hubs),
        )

    def pings(self, written: Iterable[Path]) -> list[tuple[str, str]]:
        """List which hubs are to be told of which feeds once these files were written."""
        paths = frozenset(written)
        return [
            (hub, channel.address(kind))
            for output in self.feeds
            if output.told_to(self.hubs)
            for channel in [self._channel(output)]
            for kind in FORMATS
            if self._path(output, kind) in paths
            for hub in channel.hubs
        ]

    def _view(self, output: Output, article: Article) -> Article:
        """Give what an output shows of an article."""
        if output.content == "summary":
            article = summarized(article)
        links, source = self.picture_links, self.sources.get(article.source)
        if links is None or not output.proxy_images:
            return article
        may_be_private = source is not None and source.allow_private
        return with_pictures_at(article, partial(links.address, may_be_private=may_be_private))

    def _remove_old(self, output: Output, name: str) -> None:
        """Remove the file of an output that was public and is private now, or the reverse, with
        its packed forms."""
        folder = self._folder(is_hidden=not output.is_hidden)
        for ending in ("", *_PACKED):
            (folder / f"{name}{ending}").unlink(missing_ok=True)


def publish_due(
    publisher: Publisher,
    writer: Writer,
    database: Database,
    now: datetime,
    also: Iterable[str] = (),
) -> list[Path]:
    """Publish the outputs that changed since they were published last, and those of `also`.

    What changed is noted in the database with the articles themselves, so that a run that was cut
    short is made up for by the next.
    """
    due = listings.changes(database)
    written = publisher.publish(database, {*due, *also}, now)
    if pings := publisher.pings(written):
        writer.call(lambda db: hub_pings.put(db, pings, now))
    if due:
        writer.call(lambda db: listings.mark_published(db, due))
    return written


def refresh_listings(
    writer: Writer,
    database: Database,
    workers: Workers,
    outputs: tuple[Output, ...],
    progress: Progress = no_progress,
) -> list[str]:
    """Judge all stored articles anew for the outputs whose rule is not the one they were judged by.

    Returns the names of those outputs. Articles that arrive meanwhile are judged as they come.
    """
    stale = tuple(one for one in outputs if not listings.is_current(database, one.id, one.rule))
    if stale:
        _judge_anew(writer, database, workers, stale, progress)
    writer.call(lambda db: listings.drop_except(db, [one.id for one in outputs]))
    return [one.id for one in stale]


def _judge_anew(
    writer: Writer,
    database: Database,
    workers: Workers,
    stale: tuple[Output, ...],
    progress: Progress,
) -> None:
    # Not at the top: mostly no rule has changed, and nothing of this is needed.
    from aggregator.pipeline.digest import judge

    kept: dict[str, list[tuple[int, datetime]]] = {one.id: [] for one in stale}
    last, done, total = 0, 0, database.count_articles()
    while portion := database.articles_after(last, _PORTION):
        dates = {n: article.date for n, article in portion}
        for n, names in workers.run(judge, portion, stale):
            for name in names:
                kept[name].append((n, dates[n]))
        last, done = portion[-1][0], done + len(portion)
        progress(done, total)
    for one in stale:
        writer.call(
            lambda db, one=one: listings.replace(db, one.id, one.rule, kept[one.id], last)  # type: ignore[misc]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Archivist:
    """Writes the article files that are due."""

    archive: Archive
    sources: Mapping[str, Source]

    def write_due(
        self, writer: Writer, database: Database, progress: Progress = no_progress
    ) -> int:
        """Write every file that is due, return how many; one that cannot be is logged and stays."""
        count, total, last = 0, archive_queue.backlog(database), 0
        while due := archive_queue.due(database, last, _PORTION):
            written = self._write(due)
            writer.call(lambda db, done=written: archive_queue.mark_written(db, done))  # type: ignore[misc]
            last, count = due[-1].n, count + len(written)
            progress(count, total)
        return count

    def export(
        self, database: Database, wanted: Wanted, progress: Progress = no_progress
    ) -> tuple[int, int]:
        """Write files of what is wanted, whether due or not; return how many are there and how many
        could not be written."""
        done = failed = 0
        total = exporting.count(database, wanted)
        for portion in exporting.portions(database, wanted):
            written = len(self._write(portion))
            done, failed = done + written, failed + len(portion) - written
            progress(done + failed, total)
        return done, failed

    def queue_missing(self, writer: Writer) -> int:
        """Have files written again that somebody removed; return how many."""
        exists = self.archive.holds
        return writer.call(lambda db: archive_queue.put_back_missing(db, exists))

    def _write(self, due: Iterable[PendingFile]) -> list[WrittenFile]:
        try:
            with self.archive.replacement() as files:
                written = (self._try_to_stage(files, one) for one in due)
                return [one for one in written if one is not None]
        except OSError as error:
            raise cannot_write(self.archive.root, error) from error

    def _try_to_stage(self, files: Replacement, one: PendingFile) -> WrittenFile | None:
        try:
            path = self._stage(files, one)
        except (OSError, AggregatorError) as error:
            log.event(_logger, "archive", level=logging.ERROR, article=one.article.id, error=error)
            return None
        return WrittenFile(one.n, path, one.changes)

    def _stage(self, files: Replacement, one: PendingFile) -> str:
        name = one.article.source
        source = self.sources.get(name) or Source(id=name, url="", name=name)
        return self.archive.stage(files, one.article, source, one.path)
