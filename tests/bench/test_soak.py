"""The simulated soak: its clock, its judgement of logs that are wrong, and a run of it."""

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from bench.soak.clock import SimulatedTime, StuckError
from bench.soak.flat import judge, slope
from bench.soak.kinds import BY_NAME, MISBEHAVING, Kind, kinds_of
from bench.soak.news import title
from bench.soak.sampling import Measure
from bench.soak.server import Logged, Town
from bench.soak.simulate import Sample, Soak, drive
from bench.soak.verdict import faults

ROOT = Path(__file__).parents[2]
HOUR = 3600.0

# The clock


def ignore(_: float) -> None:
    """Take note of nothing."""


def test_time_goes_on_only_when_everybody_sleeps_and_from_alarm_to_alarm() -> None:
    told = list[float]()
    simulated = SimulatedTime(told.append)
    woken = list[tuple[str, float]]()
    idle = simulated.condition(threading.Lock())

    def sleeper(name: str, seconds: float) -> None:
        for _ in range(2):
            simulated.sleep(seconds)
            woken.append((name, simulated.now))
        with idle:  # as a thread of the crew that has nothing to do
            idle.wait()

    threads = [
        threading.Thread(target=sleeper, args=one, name=f"poll-{one[0]}")
        for one in (("a", 10), ("b", 25))
    ]
    for thread in threads:
        thread.start()
    drive(
        simulated, ((lambda: woken.append(("job", simulated.now)), 20),), 30, settled=lambda: None
    )

    with idle:
        idle.notify_all()
    for thread in threads:
        thread.join()

    assert woken == [("job", 0), ("a", 10), ("a", 20), ("job", 20), ("b", 25), ("b", 50)]
    assert told == [0, 10, 20, 20, 25, 50]


def test_who_is_notified_counts_as_awake_and_who_is_not_wakes_in_time() -> None:
    simulated = SimulatedTime(ignore)
    condition = simulated.condition(threading.Lock())
    answers = list[bool]()

    def wait() -> None:
        with condition:
            answers.append(condition.wait(60))

    threads = [threading.Thread(target=wait) for _ in range(2)]
    for number, thread in enumerate(threads, start=1):
        thread.start()
        simulated.settle(lambda number=number: number)  # type: ignore[misc]
    with condition:
        condition.notify()
    threads[0].join()
    simulated.advance(60)
    threads[1].join()

    assert answers == [True, False]


def test_a_thread_that_neither_ends_nor_waits_for_time_is_told() -> None:
    simulated = SimulatedTime(ignore, patience=0.05)

    with pytest.raises(StuckError, match=r"stall: at 0 s 1 threads made no progress for 0\.05 s"):
        simulated.settle(lambda: 1)


# The judgement


def a_log(town: Town, seconds: float) -> list[Logged]:
    """Write the log of a daemon that does everything right."""
    log = []
    for number, name in enumerate(town.kinds):
        kind, at, turn = BY_NAME[name], 1.0 + 2 * number, 0
        while at <= seconds:
            log += [
                Logged(
                    at=at, host=town.host(number), number=number, problem="",
                    status=200 if kind.health == "ok" else int(name[:3]),
                    first=1 if kind.health == "ok" else 0, end=3 if kind.health == "ok" else 0,
                )
                for _ in range(kind.requests(turn))
            ]  # fmt: skip
            at, turn = at + kind.wait(turn) + 1, turn + 1
    return sorted(log, key=lambda one: one.at)


def a_database(path: Path, town: Town) -> None:
    """Store what such a daemon would have stored."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE article (source, title)")
        connection.execute("CREATE TABLE source (id, status, health, failures)")
        for number, name in enumerate(town.kinds):
            kind = BY_NAME[name]
            row = (f"s{number}", kind.status.split()[0], kind.health.split()[0], 0)
            connection.execute("INSERT INTO source VALUES (?, ?, ?, ?)", row)
            if kind.health == "ok":
                titles = [(f"s{number}", title(number, entry)) for entry in (1, 2)]
                connection.executemany("INSERT INTO article VALUES (?, ?)", titles)


@pytest.fixture
def good(tmp_path: Path) -> Soak:
    """Give a soak in which nothing is wrong: one host, four sources."""
    town = Town(kinds=("etag", "404", "410", "429 an hour"), hosts=1, port=1)
    a_database(tmp_path / "db", town)
    return Soak(
        town=town,
        seconds=2 * HOUR,
        wall=1.0,
        log=tuple(a_log(town, 2 * HOUR)),
        memory=tuple(
            Sample(at=minute * 60, daemon=80, workers=60, blocks=1000) for minute in range(121)
        ),
        database=tmp_path / "db",
    )


def of(number: int, soak: Soak) -> list[int]:
    """Give the places of a source's requests in the log."""
    return [place for place, one in enumerate(soak.log) if one.number == number]


def without(soak: Soak, place: int) -> Soak:
    return replace(soak, log=soak.log[:place] + soak.log[place + 1 :])


def moved(soak: Soak, place: int, by: float) -> Soak:
    log = list(soak.log)
    log[place] = replace(log[place], at=log[place].at + by)
    return replace(soak, log=tuple(sorted(log, key=lambda one: one.at)))


def doubled(soak: Soak, place: int, later: float) -> Soak:
    again = replace(soak.log[place], at=soak.log[place].at + later)
    return replace(soak, log=tuple(sorted((*soak.log, again), key=lambda one: one.at)))


def growing(soak: Soak, **sizes: int) -> Soak:
    memory = [replace(one, **sizes) if one.at > soak.seconds / 2 else one for one in soak.memory]
    return replace(soak, memory=tuple(memory))


def changed(soak: Soak, sql: str) -> Soak:
    with closing(sqlite3.connect(soak.database)) as connection, connection:
        connection.execute(sql)
    return soak


def test_nothing_is_wrong_where_all_is_well(good: Soak) -> None:
    assert faults(good) == []


WRONG: dict[str, tuple[Callable[[Soak], Soak], str]] = {
    "a healthy source is left out once": (
        lambda soak: without(soak, of(0, soak)[2]),
        "s0 (etag): stall: no visit for 3602 s after visit 2",
    ),
    "a healthy source is not visited any more": (
        lambda soak: replace(soak, log=tuple(
            one for one in soak.log if one.number or one.at < HOUR)),
        "s0 (etag): stall: no visit for 5398 s after visit 2",
    ),
    "a source is not visited in the first round": (
        lambda soak: without(soak, of(1, soak)[0]),
        "s1 (404): stall: not visited in the first round",
    ),
    "a source comes before its interval": (
        lambda soak: moved(soak, of(0, soak)[1], -10),
        "s0 (etag): storm: visit 2 comes 1791 s after the one before",
    ),
    "a back-off does not grow": (
        lambda soak: moved(soak, of(1, soak)[3], -600),
        "s1 (404): storm: visit 4 comes 1801 s after the one before",
    ),
    "a failure is tried again at once": (
        lambda soak: doubled(soak, of(1, soak)[1], 4.5),
        "s1 (404): storm: 2 requests in visit 2",
    ),
    "who is gone is asked again": (
        lambda soak: doubled(soak, of(2, soak)[0], 4000),
        "s2 (410): storm: visit 2 comes 4000 s after the one before",
    ),
    "Retry-After is not heeded": (
        lambda soak: moved(soak, of(3, soak)[1], -1800),
        "s3 (429 an hour): storm: visit 2 comes 1801 s after the one before",
    ),
    "a host has no pause": (
        lambda soak: moved(soak, of(1, soak)[0], -1.5),
        "127.1.0.1: storm: s1 asked 0.50 s after s0",
    ),
    "a host has no longer pause after a 429": (
        lambda soak: moved(soak, of(0, soak)[0], 7.5),
        "127.1.0.1: storm: s0 asked 1.50 s after s3",
    ),
    "all come at once": (
        lambda soak: replace(soak, log=(*soak.log, *soak.log[-1:] * 9)),
        "storm: 10 requests in one minute",
    ),
    "the daemon's memory grows": (
        lambda soak: growing(soak, daemon=105),
        "leak: 1.179 times the bytes in the second half",
    ),
    "the workers' memory grows": (
        lambda soak: growing(soak, workers=85),
        "leak: 1.179 times the bytes in the second half",
    ),
    "Python's objects grow": (
        lambda soak: growing(soak, blocks=1020),
        "leak: 20 of Python's blocks more in the second half, with 5 requests",
    ),
    "an entry is lost": (
        lambda soak: changed(soak, "DELETE FROM article WHERE title LIKE '%0.2'"),
        f"s0 (etag): lost: 1 entries, among them {title(0, 2)}",
    ),
    "an entry is stored twice": (
        lambda soak: changed(soak, "INSERT INTO article SELECT * FROM article"),
        f"s0 (etag): stored wrongly or twice: 2 entries, among them {title(0, 1)}",
    ),
    "a failure is not told": (
        lambda soak: changed(soak, "UPDATE source SET health = 'ok' WHERE id = 's2'"),
        "s2 (410): health ok, not gone",
    ),
    "a request is impolite": (
        lambda soak: replace(soak, log=(
            replace(soak.log[0], problem="sends cookie"), *soak.log[1:])),
        "s0: sends cookie",
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_named(wrong: str, good: Soak) -> None:
    spoil, words = WRONG[wrong]

    assert words in faults(spoil(good))


# The town


def test_a_third_misbehaves_in_every_way_there_is() -> None:
    kinds = kinds_of(2000)

    bad = [kind for kind in kinds if kind in MISBEHAVING]
    assert len(bad) == 667
    assert {kind.name for kind in bad} == {kind.name for kind in MISBEHAVING}
    assert len(BY_NAME) == len({kind.name for kind in kinds})


def test_a_kind_repeats_the_last_of_its_waits() -> None:
    kind = Kind(name="x", behaviour=MISBEHAVING[0].behaviour, waits=(10, 20), hops=(2, 1))

    assert [kind.wait(visit) for visit in range(3)] == [600, 1200, 1200]
    assert [kind.requests(visit) for visit in range(3)] == [2, 1, 1]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_hours_in_which_a_third_of_the_sources_misbehaves() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.soak", "--sources", "660", "--json"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.stderr == ""
    told = json.loads(done.stdout)
    assert (told["faults"], done.returncode) == ([], 0)
    assert told["requests"] > 2500


# Whether the real daemon is flat


def a_measure(number: int, **others: Any) -> Measure:
    """Measure a daemon that warms up for a third and is the same ever after."""
    flat: dict[str, Any] = {"daemon": 60.0, "workers": 90.0, "rss": 200.0, "wal": 4.0}
    flat |= {"database": 1.0 * number, "late": 1.0, "polls": 10.0, "answers": 9.0}
    flat |= {"handles": 80, "threads": 40, "articles": number}
    if number < 10:
        flat["daemon"] = 20.0 + number
    return Measure(at=number * 5.0, **(flat | others))


def not_flat(measures: list[Measure]) -> list[str]:
    return [one.name for one in judge(measures) if not one.is_flat]


def test_a_daemon_that_takes_the_same_after_its_first_third_is_flat() -> None:
    assert not_flat([a_measure(number) for number in range(30)]) == []


@pytest.mark.parametrize(
    ("name", "figure", "start", "step"),
    [
        ("memory (PSS)", "workers", 90.0, 1.0),
        ("handles", "handles", 80, 1),
        ("threads", "threads", 40, 1),
        ("WAL", "wal", 4.0, 0.5),
        ("late", "late", 1.0, 1.0),
        ("polls", "polls", 40.0, -1.0),
        ("answers", "answers", 40.0, -1.0),
    ],
)
def test_what_grows_or_falls_to_the_end_is_named(
    name: str, figure: str, start: float, step: float
) -> None:
    measures = [a_measure(number, **{figure: start + step * number}) for number in range(30)]

    assert not_flat(measures) == [name]


def test_a_slope_is_what_a_line_rises_in_one_unit() -> None:
    assert slope([(0, 5), (1, 7), (2, 9)]) == 2


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_real_daemon_is_measured_judged_and_drawn(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bench.soak.live", "--minutes", "0.5"),
            *("--sources", "60", "--out", str(tmp_path)),
        ],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.stderr == ""
    told = json.loads((tmp_path / "soak.json").read_text())
    # Half a minute is all warming up, so the verdict itself is not what is looked at.
    assert done.returncode == bool(told["faults"])
    assert told["exit code"] == 0
    assert set(told["answered to subscribers"]) <= {"200", "226", "304"}
    assert told["measures"][-1]["articles"] > 60
    assert len(told["measures"]) >= 20
    if find_spec("matplotlib"):
        assert (tmp_path / "soak.png").read_bytes().startswith(b"\x89PNG")
    else:
        assert "it needs the extra `plot`" in done.stdout
