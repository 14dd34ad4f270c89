"""Judging stored articles anew for the outputs whose rule changed, a portion at a time."""

import logging
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from aggregator import log
from aggregator.core.lineage import rule_hashes, with_ancestors
from aggregator.core.output import Output
from aggregator.core.progress import Progress, no_progress
from aggregator.errors import ParseError
from aggregator.ingest.workers import Workers
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
        return self.writer.call(self.note)

    def note(self, database: Database) -> frozenset[str]:
        """Do the same in a job of the writer."""
        hashes = rule_hashes(self.outputs)
        listings.drop_except(database, hashes)
        return relistings.begin(database, self.outputs, hashes)

    def advance(self, database: Database) -> tuple[int, int] | None:
        """Judge a portion, or put new listings in place; give how far it is and how far it goes,
        None where nothing is left to do."""
        todo = relistings.under_way(database, rule_hashes(self.outputs))
        if not todo:
            return None
        done, up_to = todo[0].done, todo[0].up_to
        group = [one for one in todo if (one.done, one.up_to) == (done, up_to)]
        if done < up_to:
            last = min(done + _PORTION, up_to)
            outputs = with_ancestors([one.output for one in group], self.outputs)
            judged = self._judged(database.path, outputs, done, last)
            self.writer.call(lambda db: relistings.put(db, group, judged, last))
            return last, up_to
        self._finish(group)
        return up_to, up_to

    def _finish(self, group: Sequence[Relisting]) -> None:
        for one in group:
            self.writer.call(lambda db, one=one: relistings.finish(db, one))  # type: ignore[misc]
            log.event(_logger, "judged anew", output=one.output)

    def _judged(
        self, database: Path, outputs: tuple[Output, ...], after: int, up_to: int
    ) -> list[Judged]:
        try:
            return self.workers.run(judge, database, outputs, after, up_to)
        except ParseError as error:
            if up_to - after > 1:
                middle = (after + up_to) // 2
                return [
                    *self._judged(database, outputs, after, middle),
                    *self._judged(database, outputs, middle, up_to),
                ]
            log.event(_logger, "judged anew", level=logging.ERROR, article=up_to, error=error)
            return [Judged(n=up_to, date=None, kept_by=None)]


def judge(path: Path, outputs: tuple[Output, ...], after: int, up_to: int) -> list[Judged]:
    """Judge stored articles anew, after one number and up to another, by their folded words."""
    # Not at the top: mostly no rule has changed, and nothing of this is needed.
    from aggregator.pipeline.digest import rule_book
    from aggregator.store import rule_texts

    book = rule_book(outputs)
    with closing(Database(path)) as database:
        return [
            Judged(n=n, date=subject.date, kept_by=book.verdicts(subject))
            for n, subject in rule_texts.subjects(database, after, up_to)
        ]


def refresh_listings(
    relister: Relister, database: Database, progress: Progress = no_progress
) -> None:
    """Judge all stored articles anew for the outputs whose rule changed, to the end."""
    relister.begin()
    while how_far := relister.advance(database):
        progress(*how_far)
