"""The threads for what comes after fetching."""

import threading
from functools import partial

from aggregator.pipeline.hands import Hands

MEGABYTE = 1 << 20


class Gate:
    """Things that are done once the gate is open, and how many have begun."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.is_open = threading.Event()
        self.done: list[int] = []

    def thing(self, number: int) -> None:
        """Wait for the gate."""
        self.begun.release()
        assert self.is_open.wait(60)
        self.done.append(number)

    def bring(self, hands: Hands, count: int) -> None:
        """Have so many things done, a megabyte each."""
        for number in range(count):
            hands.put(partial(self.thing, number), MEGABYTE)


def test_who_brings_something_goes_on_while_it_is_done() -> None:
    hands, gate = Hands(1), Gate()
    gate.bring(hands, 3)

    assert not gate.done  # else nobody had come so far
    gate.is_open.set()
    hands.finish()
    assert gate.done == [0, 1, 2]


def test_as_many_things_are_done_at_a_time_as_was_said() -> None:
    hands, gate = Hands(2), Gate()
    gate.bring(hands, 3)

    assert gate.begun.acquire(timeout=60)
    assert gate.begun.acquire(timeout=60)
    assert not gate.begun.acquire(timeout=0.1)
    gate.is_open.set()
    hands.finish()
    assert sorted(gate.done) == [0, 1, 2]


def test_who_brings_more_than_may_wait_waits_as_well() -> None:
    hands, gate = Hands(1), Gate()
    gate.bring(hands, 1)
    assert gate.begun.acquire(timeout=60)  # nothing waits any more
    hands.put(lambda: gate.thing(1), 50 * MEGABYTE)  # one of any size may
    bringing = threading.Thread(target=hands.put, args=(lambda: gate.thing(2), 1))
    bringing.start()

    bringing.join(timeout=0.1)
    assert bringing.is_alive()
    gate.is_open.set()
    bringing.join(timeout=60)
    assert not bringing.is_alive()
    hands.finish()
    assert gate.done == [0, 1, 2]


def test_what_is_given_up_is_not_done() -> None:
    hands, gate = Hands(1), Gate()
    gate.bring(hands, 3)
    assert gate.begun.acquire(timeout=60)

    hands.give_up()
    gate.is_open.set()
    hands.finish()
    assert gate.done == [0]
