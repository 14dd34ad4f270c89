"""Measure how fast the pages are answered from a large database.

Run as `python -m bench.pages` from the root of the project. The server runs in this process, the
requests come over loopback, one after the other.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, unquote, urlencode

from aggregator.core.output import Output, Rule
from aggregator.core.rules import RuleBook
from aggregator.core.source import Source
from aggregator.core.subject import Subject
from aggregator.ingest.workers import Workers
from aggregator.pipeline.preview import PRELOAD
from aggregator.store import rows, rule_texts
from aggregator.store.database import Database
from aggregator.store.rule_texts import DueText, PackedText
from aggregator.store.search import words_of
from aggregator.web.app import make_app
from aggregator.web.desk import MOST, Desk
from aggregator.web.server import WebServer
from aggregator.web.totals import Totals
from bench.preview import originals
from tests.web.records import a_site

SOURCES = 200
_PORTION = 1000
_ROUNDS = 40
_TRIES = 5
_NOW = datetime(2026, 6, 1, tzinfo=UTC)
OUTPUTS = (
    Output(id="everything", title="Everything", description="", rule=Rule()),
    Output(id="chips", title="Chips", description="", rule=Rule(any=("芯片", "chip*"))),
    Output(id="rare", title="Rare", description="", rule=Rule(any=("互联互通", "interoperab*"))),
)

TRIED = replace(OUTPUTS[2], rule=Rule(any=("互联互通", "connect*", "芯片")))


def fill(database: Database, count: int, seed: int) -> None:
    """Store articles, the newest of today, with their listings and the words of search."""
    database.sync_sources(_sources())
    book, kinds = RuleBook(OUTPUTS), []
    for row, _ in originals(seed):
        article = rows.article(row | {"n": 0, "cluster": "", "reason": ""})
        words = words_of(row["title"], row["tags"], row["body"], row["summary"])
        kinds.append((row, words, sorted(book.kept_by(Subject.of(article)))))
    for start in range(1, count + 1, _PORTION):
        with database.transaction():
            _store(database, kinds, range(start, min(start + _PORTION, count + 1)), count)
    _keep_words(database, count, [words for _, words in originals(seed)])
    database.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _store(
    database: Database,
    kinds: list[tuple[dict[str, object], str, list[str]]],
    numbers: range,
    count: int,
) -> None:
    step = timedelta(days=700) / count
    articles, listings = [], []
    for n in numbers:
        row, words, kept = kinds[n % len(kinds)]
        date, name = rows.seconds(_NOW - step * (count - n)), f"a{n}"
        own = {"n": n, "id": name, "guid": name, "cluster": name, "reason": "",
               "source": f"s{n % SOURCES}", "published": date, "first_seen": date}  # fmt: skip
        articles.append(row | own)
        listings += [(output, date, n) for output in kept]
        database.db.execute("INSERT INTO search_document (n, article) VALUES (?, ?)", [n, n])
        database.db.execute("INSERT INTO search_index (rowid, words) VALUES (?, ?)", [n, words])
    database.table("article").insert_all(articles)
    database.connection.executemany(
        "INSERT INTO listing (output, sort_at, article) VALUES (?, ?, ?)", listings
    )


def _keep_words(database: Database, count: int, texts: list[bytes]) -> None:
    """Keep the words of the articles that the workbench looks at, as the daemon does of all."""
    kept = (
        PackedText(DueText(n, 1), texts[n % len(texts)])
        for n in range(max(count - MOST, 0) + 1, count + 1)
    )
    with database.transaction():
        database.connection.execute("INSERT INTO rule_text_pending (article) SELECT n FROM article")
        rule_texts.put(database, kept)
        database.connection.execute("DELETE FROM rule_text_pending")


def _sources() -> tuple[Source, ...]:
    return tuple(
        Source(id=f"s{n}", url=f"https://s{n}.example/", name=f"Source {n}") for n in range(SOURCES)
    )


def timed(
    connection: HTTPConnection, path: str, rounds: int, form: str = ""
) -> Iterator[tuple[float, int]]:
    """Ask for a page again and again; give milliseconds and bytes of each answer."""
    own = {"Origin": f"http://{connection.host}:{connection.port}"}
    for _ in range(rounds):
        started = time.perf_counter()
        connection.request("POST" if form else "GET", path, form, own)
        response = connection.getresponse()
        size = len(response.read())
        if response.status != 200:
            raise SystemExit(f"{path}: {response.status}")
        yield (time.perf_counter() - started) * 1000, size


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """Hold milliseconds that a page took, and its bytes."""

    page: str
    first: float
    median: float
    slowest: float
    """Of the others than the first."""
    size: int


def run(folder: Path, count: int, seed: int) -> Iterator[Taken]:
    """Fill a database and ask for each kind of page."""
    path = folder / "aggregator.db"
    with closing(Database(path)) as database:
        fill(database, count, seed)
        with closing(Workers(1, preload=PRELOAD)) as workers:
            # Connected all the while, as the daemon's writer is.
            yield from _measure(folder, path, count, workers)


def _measure(folder: Path, path: Path, count: int, workers: Workers) -> Iterator[Taken]:
    feeds_toml = folder / "feeds.toml"
    feeds_toml.write_text("".join(_block(one) for one in OUTPUTS), "utf-8")
    totals = Totals(lambda: Database(path))
    site = a_site(
        folder,
        sources=_sources(),
        outputs=OUTPUTS,
        public_url="http://127.0.0.1:8642",
        clock=lambda: _NOW,
        desk=Desk(path=feeds_toml, workers=workers),
        totals=totals,
    )
    app = make_app(site)
    server = WebServer(app, "127.0.0.1:0")
    server.start()
    # As when the daemon starts.
    totals.begin()
    app.state.prepare()
    host, _, port = server.address.rpartition(":")
    connection = HTTPConnection(host, int(port))
    try:
        tried = urlencode({"block": _block(TRIED), "do": "try"})
        pages = [(page, _ROUNDS, "") for page in _pages(count)]
        for page, rounds, form in [*pages, ("/workbench", _TRIES, tried)]:
            taken = list(timed(connection, page, rounds, form))
            first, *others = [one for one, _ in taken]
            yield Taken(
                page=unquote(page),
                first=first,
                median=statistics.median(others),
                slowest=max(others),
                size=taken[0][1],
            )
    finally:
        server.stop()


def _block(output: Output) -> str:
    words = json.dumps(output.rule.any, ensure_ascii=False)
    rule = f"any = {words}\n" if output.rule.any else ""
    return f"[outputs.{output.id}]\n{rule}"


def _pages(count: int) -> tuple[str, ...]:
    return (
        "/",
        "/outputs/everything",
        "/outputs/everything?source=s7",
        "/outputs/everything?day=2025-12-24",
        "/outputs/rare",
        f"/articles/a{count}",
        "/sources",
        "/sources/s7",
        f"/search?q={quote('互联互通')}",
        f"/search?q={quote('芯片')}",
        "/search?q=the",
    )


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("--articles", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"{options.articles} articles, {SOURCES} sources; milliseconds\n")
    print("| page | first | median | slowest of the others | kB |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for one in run(Path(folder), options.articles, options.seed):
            print(f"| `{one.page}` | {one.first:.1f} | {one.median:.1f} | {one.slowest:.1f} "
                  f"| {one.size / 1000:.0f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
