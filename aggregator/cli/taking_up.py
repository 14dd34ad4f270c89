"""From one configuration to another, while the daemon runs."""

from dataclasses import replace

from aggregator.cli.parts import Parts, assembled, user_agent
from aggregator.config.change import Change
from aggregator.ingest.fetch import Fetcher
from aggregator.store.database import Database


def taken_up(parts: Parts, change: Change) -> Parts:
    """Build what goes by another configuration, on the same tools.

    Polls under way that were begun by the one before are not recorded where that matters.
    """
    config, tools = change.applied, parts.tools
    if config.service.contact != parts.config.service.contact:
        tools = replace(tools, fetcher=Fetcher(user_agent(config.service.contact), tools.clock))
    others = (*change.sources.removed, *change.sources.changed)
    after, recall = assembled(config, tools), parts.poller.recall

    def begin(database: Database) -> None:
        # In one job of the writer: no poll is recorded in between.
        recall.set(others, rules=change.is_of_rules, after=after.poller.recall)
        database.sync_sources(config.sources)
        after.relister.note(database)

    try:
        tools.writer.call(begin)
    except BaseException:
        recall.unset()
        raise
    return after
