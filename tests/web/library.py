"""A web server with articles as polls and rules bring them, for tests of its pages."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from aggregator.core.dedup import deduplicate
from aggregator.core.entry import Entry
from aggregator.core.lineage import rule_hashes
from aggregator.core.output import Output
from aggregator.core.rules import RuleBook
from aggregator.core.source import Source
from aggregator.core.subject import Subject
from aggregator.pipeline.archiving import write_due
from aggregator.store import archive_queue, relistings, search
from aggregator.store.database import Database
from aggregator.store.known import known
from aggregator.syndicate.archive import Archive
from aggregator.web.app import make_app
from aggregator.web.desk import Desk
from aggregator.web.metrics import Metrics
from aggregator.web.monitoring import Watch
from aggregator.web.recent import Recent
from aggregator.web.server import WebServer
from aggregator.web.sessions import Sessions
from tests.running import Answer, ask
from tests.store.records import an_outcome, candidates, settled
from tests.web.records import a_site

LOCAL = "http://127.0.0.1:8642"


class Library:
    """A site on a free port and its database; not started before `start`."""

    def __init__(
        self,
        folder: Path,
        outputs: Sequence[Output],
        sources: Sequence[Source],
        public_url: str = LOCAL,
        desk: Desk | None = None,
        sessions: Sessions | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.path = folder / "aggregator.db"
        self.archive = folder / "archive"
        self.watch = watch or Watch(Metrics(), Recent(str))
        self._book = RuleBook(outputs)
        self._sources = {source.id: source for source in sources}
        site = a_site(
            folder,
            sources=tuple(sources),
            outputs=tuple(outputs),
            public_url=public_url,
            desk=desk,
            sessions=sessions,
            watch=self.watch,
        )
        database = Database(self.path)
        with database.transaction():
            relistings.begin(database, outputs, rule_hashes(tuple(outputs)))
        database.close()
        self.server = WebServer(make_app(site), "127.0.0.1:0")
        self.port = int(self.server.address.rpartition(":")[2])
        self.url = f"http://127.0.0.1:{self.port}"

    def add(self, *entries: Entry, source: str = "paper") -> None:
        """Record a poll that brought these entries, judged by the rules, and make them findable."""
        database = Database(self.path)
        database.sync_sources([self._sources[source]])
        batch = [
            replace(one, kept_by=self._book.verdicts(Subject.of(one.article)))
            for one in candidates(*entries, source=source)
        ]
        decisions = deduplicate(batch, known(database, batch))
        with database.transaction():
            settled(database, an_outcome(source), decisions)
            search.index(database, 1000)
        database.close()

    def write_files(self, *keys: str) -> list[str]:
        """Write the article files that are due, with these optional keys; give their paths."""
        archive = Archive(self.archive, "{source}/{id}.md", keys)
        with closing(Database(self.path)) as database:
            numbers = range(1, database.last_number() + 1)
            written = write_due(self.path, archive, self._sources, numbers).written
            archive_queue.mark_written(database, written)
        return [one.path for one in written]

    def id(self, title: str) -> str:
        """Give the id of an article."""
        database = Database(self.path)
        (found,) = database.db.execute("SELECT id FROM article WHERE title = ?", [title]).fetchone()
        database.close()
        return str(found)

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a page."""
        return ask(self.port, path, **headers)

    def page(self, path: str) -> str:
        """Give a page that has to be there."""
        answer = self.get(path)
        assert answer.status == 200, answer.body
        return answer.body.decode()
