"""Judging stored articles anew for the outputs whose rule changed, a portion at a time."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from aggregator import log
from aggregator.core.article import Article
from aggregator.core.lineage import rule_hashes, with_ancestors
from aggregator.core.output import Output
from aggregator.core.rules import Verdict
from aggregator.errors import ParseError
from aggregator.ingest.workers import Workers
from aggregator.pipeline.progress import Progress, no_progress
from aggregator.store import listings, relistings
from aggregator.store.database import Database
from aggregator.store.relistings import Judged, Relisting
from aggregator.store.writer import Writer

_logger = logging.getLogger(__name__)
_PORTION = 200  # articles: a document that came waits for no more in the parsing process


@dataclass(frozen=True, slots=True, kw_only=True)
class Relister:
    """Judges stored articles anew; what is done is in the database, so anybody may go on."""

    outputs: tuple[Output, ...]
    workers: Workers
    writer: Writer

    def begin(self) -> frozenset[str]:
        """Note the outputs whose rule changed, before the first poll with the new rules."""
        hashes = rule_hashes(self.outputs)

        def note(database: Database) -> frozenset[str]:
            listings.drop_except(database, hashes)
            return relistings.begin(database, self.outputs, hashes)

        return self.writer.call(note)

    def advance(self, database: Database) -> tuple[int, int] | None:
        """Judge a portion, or put new listings in place; give how far it is and how far it goes,
        None where nothing is left to do."""
        todo = relistings.under_way(database, rule_hashes(self.outputs))
        if not todo:
            return None
        done, up_to = todo[0].done, todo[0].up_to
        group = [one for one in todo if (one.done, one.up_to) == (done, up_to)]
        found = database.articles_after(done, _PORTION)
        portion = [(n, article) for n, article in found if n <= up_to]
        if portion:
            judged = self._judged(portion, [one.output for one in group])
            self.writer.call(lambda db: relistings.put(db, group, judged))
            return portion[-1][0], up_to
        self._finish(group)
        return up_to, up_to

    def _finish(self, group: Sequence[Relisting]) -> None:
        for one in group:
            self.writer.call(lambda db, one=one: relistings.finish(db, one))  # type: ignore[misc]
            log.event(_logger, "judged anew", output=one.output)

    def _judged(self, portion: Sequence[tuple[int, Article]], names: Sequence[str]) -> list[Judged]:
        # Not at the top: mostly no rule has changed, and nothing of this is needed.
        from aggregator.pipeline.digest import judge

        outputs = with_ancestors(names, self.outputs)
        verdicts: list[dict[str, Verdict]] | list[None]
        try:
            verdicts = self.workers.run(judge, [article for _, article in portion], outputs)
        except ParseError as error:
            if len(portion) > 1:
                halves = portion[: len(portion) // 2], portion[len(portion) // 2 :]
                return [one for half in halves for one in self._judged(half, names)]
            id_ = portion[0][1].id
            log.event(_logger, "judged anew", level=logging.ERROR, article=id_, error=error)
            verdicts = [None]
        return [
            Judged(n=n, date=article.date, kept_by=one)
            for (n, article), one in zip(portion, verdicts, strict=True)
        ]


def refresh_listings(
    relister: Relister, database: Database, progress: Progress = no_progress
) -> None:
    """Judge all stored articles anew for the outputs whose rule changed, to the end."""
    relister.begin()
    while how_far := relister.advance(database):
        progress(*how_far)
