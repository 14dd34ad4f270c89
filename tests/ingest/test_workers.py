"""The processes that parse, and what becomes of poison."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from aggregator.core.polling import Status
from aggregator.errors import ClosedError, FetchError, ParseError
from aggregator.ingest.workers import Workers
from tests.ingest import tasks
from tests.running import until

THRESHOLD = "MALLOC_MMAP_THRESHOLD_"


@pytest.fixture
def workers() -> Iterator[Workers]:
    """Give one process that is killed after a second."""
    pool = Workers(1, task_seconds=1)
    yield pool
    pool.close()


def test_a_task_is_done_in_another_process(workers: Workers) -> None:
    assert workers.run(tasks.double, 3, plus=1) == 7
    assert workers.run(tasks.process_id) != os.getpid()
    assert workers.run(tasks.ignored_signals)


def test_an_interrupt_from_the_terminal_reaches_no_process_even_while_it_starts(
    workers: Workers,
) -> None:
    process = workers.run(tasks.process_id)

    for one in (process, psutil.Process(process).ppid()):  # and what it is forked from
        (blocked,) = re.findall(r"SigBlk:\s*(\w+)", Path(f"/proc/{one}/status").read_text())
        assert int(blocked, 16) & 1 << signal.SIGINT - 1


ASKS_A_PROCESS = """
import os
from aggregator.ingest.workers import Workers
workers = Workers(1)
print(workers.run(os.getenv, "MALLOC_MMAP_THRESHOLD_"))
workers.close()
"""


@pytest.mark.parametrize(("stated", "told"), [({}, "65536"), ({THRESHOLD: "100000"}, "100000")])
def test_glibc_is_told_to_give_back_what_is_freed_unless_told_otherwise(
    stated: dict[str, str], told: str
) -> None:
    others = {name: value for name, value in os.environ.items() if name != THRESHOLD}

    command = (sys.executable, "-c", ASKS_A_PROCESS)
    said = subprocess.run(command, env=others | stated, check=True, capture_output=True, text=True)

    assert said.stdout.strip() == told


def test_nothing_in_the_working_folder_is_taken_for_a_module(tmp_path: Path) -> None:
    script, folder = tmp_path / "script" / "ask.py", tmp_path / "folder"
    for path in (script.parent, folder):
        path.mkdir()
    # Processes import the script that started them, but under another name.
    asks = ASKS_A_PROCESS.strip().replace("\n", "\n    ")
    script.write_text(f'if __name__ == "__main__":\n    {asks}\n')
    (folder / "pebble.py").write_text('open("imported", "w").close()')

    subprocess.run((sys.executable, script), cwd=folder, check=True, capture_output=True)

    assert [path.name for path in folder.iterdir()] == ["pebble.py"]


def test_one_process_does_many_tasks(workers: Workers) -> None:
    assert len({workers.run(tasks.process_id) for _ in range(5)}) == 1


def test_a_process_is_replaced_after_so_many_tasks() -> None:
    pool = Workers(1, tasks_per_process=3)
    try:
        processes = [pool.run(tasks.process_id) for _ in range(9)]
    finally:
        pool.close()

    assert [processes.count(one) for one in dict.fromkeys(processes)] == [3, 3, 3]


def never_ending(workers: Workers) -> None:
    """A document that takes for ever."""
    workers.run(tasks.loop_for_ever)


def exiting(workers: Workers) -> None:
    """A document that ends the process."""
    workers.run(tasks.exit_at_once, 1)


def crashing(workers: Workers) -> None:
    """A document that crashes the process."""
    workers.run(tasks.kill_itself)


def hungry(workers: Workers) -> None:
    """A document that needs more memory than there is."""
    workers.run(tasks.eat_memory)


@pytest.mark.parametrize(
    ("poison", "what"),
    [
        (never_ending, "the document could not be parsed within 1 s"),
        (exiting, "the document brought the parser down"),
        (crashing, "the document brought the parser down"),
        (hungry, "the document brought the parser down"),
    ],
)
def test_poison_fails_alone_and_the_next_task_works(
    poison: Callable[[Workers], None], what: str, workers: Workers
) -> None:
    with pytest.raises(ParseError) as caught:
        poison(workers)

    assert (caught.value.status, caught.value.what) == ("broken", what)
    assert workers.run(tasks.double, 21) == 42


def test_an_error_of_a_poll_comes_back_whole(workers: Workers) -> None:
    with pytest.raises(FetchError) as fetch:
        workers.run(tasks.fail, "fetch")
    with pytest.raises(ParseError) as parse:
        workers.run(tasks.fail, "parse")

    assert [
        (type(one), one.status, one.what, one.hint, one.http_status, one.retry_after)
        for one in (fetch.value, parse.value)
    ] == [
        (FetchError, "blocked", "what", "hint", 429, timedelta(seconds=9)),
        (ParseError, "not_a_feed", "what", "hint", None, None),
    ]


def test_a_mistake_of_the_program_is_not_hidden(workers: Workers) -> None:
    with pytest.raises(ValueError, match="a mistake of the program"):
        workers.run(tasks.fail, "other")


@pytest.mark.parametrize("is_last", [True, False])
def test_closing_leaves_no_process(*, is_last: bool) -> None:
    pool = Workers(1)
    process = pool.run(tasks.process_id)

    pool.close(is_last=is_last)

    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_closing_gives_up_what_is_under_way() -> None:
    pool = Workers(1)
    process = Path(f"/proc/{pool.run(tasks.process_id)}/stat")

    def work() -> None:
        with suppress(ClosedError):  # or it never hears of it
            pool.run(tasks.loop_for_ever)

    threading.Thread(target=work, daemon=True).start()
    until(lambda: process.read_text().split()[2] == "R", "it is at work")

    pool.close()

    assert not process.exists()


def test_nothing_begins_once_they_are_closed() -> None:
    pool = Workers(1)
    pool.run(tasks.double, 1)

    pool.close(is_last=True)

    with pytest.raises(ClosedError):
        pool.run(tasks.double, 1)


def test_a_process_that_dies_while_it_is_idle_is_replaced() -> None:
    pool = Workers(1)
    process = pool.run(tasks.process_id)

    os.kill(process, signal.SIGKILL)
    until(lambda: not Path(f"/proc/{process}").exists(), "it is gone")

    assert [pool.run(tasks.double, n) for n in (1, 2, 3)] == [2, 4, 6]
    pool.close()


def test_what_came_of_each_thing_is_given_in_their_order_and_not_heaped_up() -> None:
    pool, begun = Workers(2), list[int]()

    def do(number: int) -> int:
        begun.append(number)
        return 2 * number

    came = pool.each(do, range(100))

    assert [next(came) for _ in range(3)] == [0, 2, 4]
    assert len(begun) <= 3 + 2 + 1
    assert list(came) == [2 * number for number in range(3, 100)]
    assert sorted(begun) == list(range(100))


def test_where_one_of_several_things_fails_the_rest_is_left() -> None:
    pool, begun = Workers(1), list[int]()

    def do(number: int) -> int:
        begun.append(number)
        if number == 3:
            raise FetchError(Status.TIMEOUT, "the third")
        return number

    came = pool.each(do, range(100))

    with pytest.raises(FetchError):
        list(came)
    assert max(begun) < 3 + 3
