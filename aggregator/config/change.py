"""What another feeds.toml means for a daemon that runs."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

from aggregator.config.load import Config, Service
from aggregator.core.difference import Difference, difference
from aggregator.core.output import Rule
from aggregator.core.urls import UrlRules
from aggregator.core.words import some

# Keys of [service] that a daemon is built on.
AT_THE_NEXT_START = ("data_dir", "listen", "log", "fetch_threads", "workers")
_TABLES = {"backups": "backup", "paces": "hosts", "url_rules": "urls", "web": "web"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The way from one configuration to another: `applied` is the one to go by from now on,
    `settings` name what is another in it beside sources and outputs, and `later` what takes effect
    at the next start. `is_of_rules` says whether articles that come are judged otherwise."""

    applied: Config
    sources: Difference
    outputs: Difference
    settings: tuple[str, ...]
    later: tuple[str, ...]
    is_of_rules: bool

    def __bool__(self) -> bool:
        """Say whether anything is to be done now."""
        return bool(self.sources or self.outputs or self.settings)

    @property
    def is_of_all_feeds(self) -> bool:
        """Say whether feeds whose output is the same may become others: they name sources, and
        addresses."""
        shown = {"service.public_url", "service.prefer", "service.hubs"}
        sources = self.sources.changed or self.sources.removed or self.sources.added
        return bool(sources or shown.intersection(self.settings))

    def words(self) -> Iterator[str]:
        """Say what is another, a phrase each."""
        yield from self.sources.words("source")
        yield from self.outputs.words("output")
        if self.settings:
            yield f"settings: {some(self.settings)}"
        if self.later:
            yield f"at the next start: {some(self.later)}"


def change(before: Config, after: Config) -> Change:
    """Tell what is different in another configuration."""
    now, then = before.service, after.service
    later = tuple(name for name in AT_THE_NEXT_START if getattr(now, name) != getattr(then, name))
    service = replace(then, **{name: getattr(now, name) for name in later})
    # Unless they are stated, these follow from what waits for the next start.
    if then.public_url == f"http://{then.listen}":
        service = replace(service, public_url=f"http://{now.listen}")
    backups = after.backups
    if backups.folder.is_relative_to(then.data_dir):
        folder = now.data_dir / backups.folder.relative_to(then.data_dir)
        backups = replace(backups, folder=folder)
    applied = replace(after, service=service, backups=backups)
    return Change(
        applied=applied,
        sources=difference(
            {one.id: one for one in before.sources}, {one.id: one for one in after.sources}
        ),
        outputs=difference(
            {one.id: one for one in before.outputs}, {one.id: one for one in after.outputs}
        ),
        settings=tuple(_settings(before, applied)),
        later=tuple(f"service.{name}" for name in later),
        is_of_rules=_judging(before) != _judging(after),
    )


def _judging(config: Config) -> tuple[dict[str, Rule], UrlRules]:
    """Give all that decides which outputs keep an article, and which articles are one."""
    return {one.id: one.rule for one in config.outputs}, config.url_rules


def _settings(before: Config, after: Config) -> Iterator[str]:
    for one in fields(Service):
        if getattr(before.service, one.name) != getattr(after.service, one.name):
            yield f"service.{one.name}"
    for name, table in _TABLES.items():
        if getattr(before, name) != getattr(after, name):
            yield table
    # The order of sources and outputs is that of pages.
    for name in ("sources", "outputs"):
        ids = [[one.id for one in getattr(config, name)] for config in (before, after)]
        if ids[0] != ids[1] and sorted(ids[0]) == sorted(ids[1]):
            yield f"order of {name}"
