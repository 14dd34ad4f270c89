"""Memory: what waits to be stored has a bound, what is free is the system's again."""

import ctypes
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from aggregator.core.pace import HostPace
from aggregator.ingest.workers import Workers
from tests.feeds import an_item, an_rss
from tests.ingest import tasks
from tests.running import until
from tests.servers import FeedServer
from tests.visits import Visits

SOURCES = 20
ONE_PROCESS_AND_ITS_NEXT_TASK, FOR_THE_WRITER = 2, 4

KEEPS_AND_GIVES = """
import psutil
from aggregator.pipeline.memory import give_back

def resident():
    return psutil.Process().memory_info().rss >> 20

bodies = [bytes(2000) for _ in range(50_000)]
last = bodies.pop()  # the end of what the library has stays in use
del bodies
kept = resident()
give_back()
print(kept - resident())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="not glibc")
def test_what_is_free_between_what_is_in_use_is_given_back() -> None:
    command = (sys.executable, "-c", KEEPS_AND_GIVES)

    said = subprocess.run(command, check=True, capture_output=True, text=True)

    assert int(said.stdout) > 70  # MB of 100


class Counting(Workers):
    """Counts what its processes gave."""

    given = 0

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """Run a task."""
        result = super().run(*args, **kwargs)
        self.given += 1
        return result


def test_documents_are_not_digested_faster_than_they_are_stored(
    server: FeedServer, tmp_path: Path
) -> None:
    for number in range(SOURCES):
        server.serve(f"/{number}", an_rss(an_item(f"Story {number}")))
    with (
        closing(Counting(1)) as workers,
        closing(Visits(tmp_path, workers)) as visits,
        ThreadPoolExecutor(1) as beside,
    ):
        for number in range(SOURCES):
            visits.add(f"s{number}", server.url(f"/{number}"))
        with visits.busy_writer():
            pace = {"*": HostPace(connections=SOURCES, delay=0)}
            polling = beside.submit(visits.go_all, pace, SOURCES)
            until(lambda: len(server.requests) == SOURCES, "all documents are there")
            most = ONE_PROCESS_AND_ITS_NEXT_TASK + FOR_THE_WRITER
            until(lambda: workers.given == most, "there is no more room")
            workers.run(tasks.double, 1)  # after whatever waits for the process

            assert workers.given == most + 1

        assert [one.recorded.new for one in polling.result(60)] == [1] * SOURCES
