"""Whose turn it is with which host."""

from collections import defaultdict
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from aggregator.core.pace import HostPace, Turns

HOSTS = ("a.example", "b.example", "c.example")


def test_a_host_is_asked_one_by_one_a_pause_apart_and_others_meanwhile() -> None:
    turns: Turns[str] = Turns({})
    for job in ("a1", "a2"):
        turns.put("a", job)
    turns.put("b", "b1")

    assert [turns.take(0), turns.take(0), turns.take(0)] == ["a1", "b1", None]
    assert turns.wait(100) is None  # nobody may be asked before somebody is done
    turns.end("a", 10)
    wait = turns.wait(10)
    assert wait is not None
    assert 1 <= wait <= 2
    assert turns.take(10 + wait - 0.01) is None
    assert turns.take(10 + wait) == "a2"


def test_connections_and_delay_are_the_hosts_own() -> None:
    turns: Turns[int] = Turns({"a": HostPace(connections=2, delay=0), "*": HostPace(delay=5)})
    for number in range(3):
        turns.put("a", number)
    turns.put("b", 10)
    turns.put("b", 11)

    assert [turns.take(0) for _ in range(4)] == [0, 10, 1, None]
    turns.end("a", 0)
    turns.end("b", 0)
    assert turns.take(0) == 2
    assert turns.take(0) is None
    wait = turns.wait(0)
    assert wait is not None
    assert 5 <= wait <= 10


def test_a_host_that_complains_gets_longer_pauses_and_recovers() -> None:
    turns: Turns[int] = Turns({"*": HostPace(delay=0)})
    pauses, now = [], 0.0
    for number, is_strained in enumerate([True, True, True, False, False, False]):
        turns.put("a", number)
        now += turns.wait(now) or 0
        turns.take(now)
        turns.end("a", now, is_strained=is_strained)
        turns.put("a", -1)
        pauses.append(turns.wait(now) or 0)
        turns.clear()

    assert 2 <= pauses[0] <= 4 <= pauses[1] <= 8 <= pauses[2] <= 16
    assert pauses[5] < 4


def test_a_job_out_of_the_line_waits_for_the_host_as_well() -> None:
    turns: Turns[str] = Turns({})
    turns.put("a", "a1")

    assert turns.start("a", 0) is None
    assert turns.take(0) is None
    assert turns.start("a", 0) is not None
    turns.end("a", 0)
    assert turns.take(5) == "a1"


def test_what_is_cleared_never_starts() -> None:
    turns: Turns[str] = Turns({})
    for job in ("a1", "a2", "a3"):
        turns.put("a", job)
    turns.take(0)

    assert turns.clear() == ["a2", "a3"]
    turns.end("a", 0)
    assert (turns.waiting, turns.wait(100)) == (0, None)


events = st.lists(
    st.tuples(st.sampled_from(HOSTS), st.floats(0, 3), st.booleans()), min_size=1, max_size=60
)


@given(events, st.integers(1, 3), st.sampled_from([0.0, 0.5, 2.0]), st.integers(1, 5))
def test_no_host_gets_more_than_its_share_and_every_job_its_turn(
    jobs: list[tuple[str, float, bool]], connections: int, delay: float, threads: int
) -> None:
    """Simulate threads that work jobs off which take so long and may strain their host."""
    turns: Turns[int] = Turns({"*": HostPace(connections=connections, delay=delay)})
    for number, (host, _, _) in enumerate(jobs):
        turns.put(host, number)
    now, done = 0.0, set[int]()
    running: list[tuple[float, int]] = []
    starts, busy = defaultdict[str, list[float]](list), defaultdict[str, int](int)

    while len(done) < len(jobs):
        while len(running) < threads and (job := turns.take(now)) is not None:
            host, seconds, _ = jobs[job]
            starts[host].append(now)
            busy[host] += 1
            assert busy[host] <= connections
            running.append((now + seconds, job))
        wait = turns.wait(now) if len(running) < threads else None
        ends = min(running, default=None)
        if ends is None or (wait is not None and now + wait < ends[0]):
            assert wait  # never stuck while jobs wait
            now += wait
            continue
        now = max(now, ends[0])
        running.remove(ends)
        host, _, is_strained = jobs[ends[1]]
        busy[host] -= 1
        turns.end(host, now, is_strained=is_strained)
        done.add(ends[1])

    for moments in starts.values():
        assert all(later - earlier >= delay for earlier, later in pairwise(moments))


def test_other_paces_hold_from_the_next_request_on_and_cut_no_pause_short() -> None:
    turns: Turns[int] = Turns({"*": HostPace(delay=10)})
    for job in range(4):
        turns.put("a", job)
    assert turns.take(0) == 0
    turns.end("a", 1)
    begun = turns.wait(1)
    turns.set_paces({"a": HostPace(connections=2, delay=0)})

    assert turns.wait(1) == begun  # the pause that has begun lasts as it was
    assert begun is not None
    assert [turns.take(1 + begun), turns.take(1 + begun)] == [1, 2]
    assert turns.take(1 + begun) is None  # two at a time


def test_fewer_connections_hold_once_those_that_are_open_have_ended() -> None:
    turns: Turns[int] = Turns({"*": HostPace(connections=2, delay=0)})
    for job in range(4):
        turns.put("a", job)
    assert [turns.take(0), turns.take(0)] == [0, 1]
    turns.set_paces({"*": HostPace(connections=1, delay=0)})
    turns.end("a", 1)
    assert turns.take(1) is None
    turns.end("a", 2)

    assert [turns.take(2), turns.take(2)] == [2, None]


def test_a_host_that_complained_is_still_spared_under_other_paces() -> None:
    turns: Turns[int] = Turns({"*": HostPace(delay=1)})
    turns.put("a", 0)
    turns.take(0)
    turns.end("a", 0, is_strained=True)
    turns.set_paces({"*": HostPace(delay=0)})
    turns.put("a", 1)

    assert (turns.wait(0) or 0) >= 2
