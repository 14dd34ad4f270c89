"""The processes that parse, and what becomes of poison."""

import gc
import os
import pickle
import signal
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from aggregator.core.polling import Status
from aggregator.errors import ClosedError, FetchError, FileError, ParseError
from aggregator.ingest.workers import Workers
from aggregator.processes import is_alive
from tests.ingest import tasks
from tests.running import until

THRESHOLD = "MALLOC_MMAP_THRESHOLD_"


def _state(process: int) -> str:
    """Give the kernel's letter for what a process does."""
    return Path(f"/proc/{process}/stat").read_text().split()[2]


@pytest.fixture
def workers() -> Iterator[Workers]:
    """Give one process that is killed after a second."""
    pool = Workers(1, task_seconds=1)
    yield pool
    pool.close()


def test_a_task_is_done_in_another_process(workers: Workers) -> None:
    assert workers.run(tasks.double, 3, plus=1) == 7
    assert workers.run(tasks.process_id) != os.getpid()


def test_what_the_terminal_sends_reaches_no_process_even_while_it_starts(workers: Workers) -> None:
    process = workers.run(tasks.process_id)

    assert os.getpgid(process) == process  # from before it was Python
    assert os.getpgid(0) != process


ASKS_A_PROCESS = """
import os
from aggregator.ingest.workers import Workers
workers = Workers(1)
print(workers.run(os.getenv, "MALLOC_MMAP_THRESHOLD_"))
workers.close()
"""


LOOPS_FOR_EVER = """
from aggregator.ingest.workers import Workers
from tests.ingest import tasks
workers = Workers(1, task_seconds=1)
print(workers.run(tasks.process_id), flush=True)
workers.run(tasks.loop_for_ever)
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
    script.write_text(ASKS_A_PROCESS)
    (folder / "traceback.py").write_text('open("imported", "w").close()')

    subprocess.run((sys.executable, script), cwd=folder, check=True, capture_output=True)

    assert [path.name for path in folder.iterdir()] == ["traceback.py"]


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
    with pytest.raises(ValueError, match="a mistake of the program") as caught:
        workers.run(tasks.fail, "other")

    (note,) = caught.value.__notes__
    assert 'raise ValueError("a mistake of the program")' in note


@pytest.mark.parametrize(
    ("fail", "line"),
    [
        (tasks.fail_stubbornly, "raise StubbornError"),
        (tasks.fail_particularly, 'raise ParticularError."this", "that".'),
    ],
)
def test_a_mistake_that_cannot_be_sent_is_told_as_text(
    fail: Callable[[], None], line: str, workers: Workers
) -> None:
    with pytest.raises(RuntimeError, match=line):
        workers.run(fail)

    assert workers.run(tasks.double, 21) == 42


def test_a_wait_of_the_tasks_own_is_no_wait_for_the_task(workers: Workers) -> None:
    with pytest.raises(TimeoutError, match="waited for the door"):
        workers.run(tasks.fail_at_length, "the door")


class Document(str):
    """A text that tells when nobody has it any more."""

    __slots__ = ("__weakref__",)


def test_a_document_that_failed_is_let_go_of_at_once(workers: Workers) -> None:
    document = Document("the door")
    kept = weakref.ref(document)
    gc.disable()
    try:
        with suppress(TimeoutError):
            workers.run(tasks.fail_at_length, document)
        del document

        assert kept() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("size", [1, 5 << 20])
def test_a_document_that_cannot_be_received_is_poison_whatever_its_size(
    size: int, workers: Workers, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ParseError, match="brought the parser down"):
        workers.run(tasks.double, tasks.Hungry(), plus=bytes(size))  # type: ignore[arg-type]

    assert capfd.readouterr().err.count("Traceback") == 1


def test_what_cannot_be_sent_to_a_process_costs_that_and_the_next_task_works(
    workers: Workers,
) -> None:
    with pytest.raises((AttributeError, pickle.PicklingError)):
        workers.run(tasks.double, lambda: None)  # type: ignore[arg-type]

    assert workers.run(tasks.double, 21) == 42


def test_processes_that_do_not_start_are_told_and_nothing_hangs(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with closing(Workers(2, preload=("there.is.no.such.module",))) as pool:
        with pytest.raises(ParseError, match="no parsing process could be started"):
            pool.run(tasks.double, 1)
        with pytest.raises(FileError, match="double: no parsing process could be started"):
            pool.work(tasks.double, 1)

    assert "No module named 'there'" in capfd.readouterr().err


def test_where_no_copies_can_be_made_the_one_process_does_it_all() -> None:
    with closing(Workers(3, preload=("tests.ingest.no_copies",))) as pool:
        processes = [pool.run(tasks.process_id) for _ in range(3)]
        with ThreadPoolExecutor(6) as threads:
            asked = [threads.submit(pool.run, tasks.process_id) for _ in range(6)]
        processes += [one.result() for one in asked]

        assert len(set(processes)) == 1


def test_a_bound_of_memory_that_is_lower_is_left(tmp_path: Path) -> None:
    bounded = "import resource; resource.setrlimit(resource.RLIMIT_AS, (1500 << 20,) * 2)\n"
    command = (sys.executable, "-c", bounded + ASKS_A_PROCESS)

    assert subprocess.run(command, check=True, capture_output=True, cwd=tmp_path).stdout


def test_several_tasks_are_done_at_a_time_by_copies_of_one_process(tmp_path: Path) -> None:
    with closing(Workers(2)) as pool, ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(pool.run, tasks.wait_for, str(tmp_path / name)) for name in "ab"]
        until(lambda: len(list(tmp_path.iterdir())) == 2, "both are under way")
        for name in "ab":
            (tmp_path / name).touch()
        one, other = sorted(each.result() for each in asked)

        assert psutil.Process(one).ppid() == os.getpid()
        assert psutil.Process(other).ppid() == one


def test_when_one_process_is_replaced_others_end_what_they_do_and_no_more(tmp_path: Path) -> None:
    with closing(Workers(3, task_seconds=20)) as pool, ThreadPoolExecutor(1) as threads:
        asked = threads.submit(pool.run, tasks.wait_for, str(tmp_path / "a"))
        until((tmp_path / "a.waits").exists, "it is under way")
        team = _living()
        assert len(team) == 3

        with pytest.raises(ParseError, match="brought the parser down"):
            exiting(pool)

        until(lambda: len(_living()) == 1, "the idle one ends with the one that has gone")
        new = pool.run(tasks.process_id)
        (tmp_path / "a").touch()
        assert asked.result() in team
        until(lambda: not any(map(is_alive, team)), "it ends after that")
        assert pool.run(tasks.process_id) == new


def _living() -> list[int]:
    return [one.pid for one in psutil.Process().children(recursive=True) if is_alive(one.pid)]


@pytest.mark.slow
def test_a_task_without_end_outlives_a_killed_program_by_seconds_only() -> None:
    command = (sys.executable, "-c", LOOPS_FOR_EVER)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        process = int(program.stdout.readline())
        until(lambda: _state(process) == "R", "it is at work")
        program.kill()

    assert is_alive(process)
    until(lambda: not is_alive(process), "it ended")


def test_closing_leaves_no_process() -> None:
    pool = Workers(2)
    pool.run(tasks.process_id)
    processes = psutil.Process().children(recursive=True)
    assert len(processes) == 2

    pool.close()

    until(lambda: not any(is_alive(one.pid) for one in processes), "they ended")
    assert psutil.Process().children() == []


def test_closing_gives_up_what_is_under_way_and_says_so() -> None:
    pool = Workers(2)
    process = pool.run(tasks.process_id)
    with ThreadPoolExecutor(5) as threads:
        asked = [threads.submit(pool.run, tasks.loop_for_ever) for _ in range(5)]
        until(lambda: _state(process) == "R", "it is at work")

        pool.close()

        for one in asked:
            with pytest.raises(ClosedError):
                one.result()
    until(lambda: not is_alive(process), "it ended")


def test_closing_ends_processes_that_are_just_starting() -> None:
    pool = Workers(2, preload=("aggregator.pipeline.shared",))
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(pool.run, tasks.double, 1)
        until(lambda: psutil.Process().children() != [], "they are starting")

        pool.close()

        with pytest.raises(ClosedError):
            asked.result()
    assert psutil.Process().children() == []


def test_nothing_begins_once_they_are_closed() -> None:
    pool = Workers(1)
    pool.run(tasks.double, 1)

    pool.close()

    with pytest.raises(ClosedError):
        pool.run(tasks.double, 1)


def test_a_process_that_dies_while_it_is_idle_is_replaced() -> None:
    pool = Workers(1)
    process = pool.run(tasks.process_id)

    os.kill(process, signal.SIGKILL)
    until(lambda: not is_alive(process), "it is gone")

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
