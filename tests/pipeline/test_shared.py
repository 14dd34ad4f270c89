"""What processes load: as little as a poll that brings nothing needs, and what is shared once."""

import subprocess
import sys
from pathlib import Path

from tests.feeds import an_item, an_rss
from tests.running import Home
from tests.servers import FeedServer

# For documents, pages and tables; each takes a while and some memory.
_NOT_FOR_304 = {
    "aggregator.core.images",
    "aggregator.core.rules",
    "aggregator.pipeline.digest",
    "aggregator.pipeline.recording",
    "aggregator.pipeline.shared",
    "aggregator.syndicate.publication",
    "aggregator.syndicate.render",
    "asyncio",
    "feedgen",
    "feedparser",
    "jinja2",
    "lxml",
    "multiprocessing",
    "nh3",
    "pickle",
    "rich",
    "sqlite_utils",
    "statistics",
    "subprocess",
}
_COMMAND = """
import sys
from aggregator.cli import main
try:
    main(sys.argv[1:])
finally:
    print(*sys.modules)
"""
_PROCESS = """
from contextlib import closing
from aggregator.cli.parts import NEEDED_TO_PARSE
from aggregator.ingest.workers import Workers
from tests.ingest.tasks import loaded_modules
with closing(Workers(1, preload=NEEDED_TO_PARSE)) as workers:
    print(*workers.run(loaded_modules))
"""


def _run(script: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_poll_that_brings_nothing_loads_nothing_for_documents(
    tmp_path: Path, server: FeedServer
) -> None:
    home = Home(tmp_path)
    server.serve("/feed", an_rss(an_item()), etag='"a"')
    home.configure(sources={"paper": server.url("/feed")})
    home.run("poll")

    out = _run(_COMMAND, "--config", str(home.config), "poll", "--all")

    summary, _, loaded = out.rstrip().rpartition("\n")
    assert "1 source polled" in summary
    assert "0 new articles" in summary
    assert "aggregator.pipeline.poll" in loaded.split()
    assert _NOT_FOR_304.intersection(loaded.split()) == set()


def test_a_parsing_process_has_from_the_start_what_it_parses_publishes_and_files_with() -> None:
    loaded = _run(_PROCESS).split()

    needed = {"feedparser", "feedgen", "opencc", "aggregator.pipeline.archiving"}
    assert needed - set(loaded) == set()
    assert "sqlite_utils" not in loaded  # it only reads
