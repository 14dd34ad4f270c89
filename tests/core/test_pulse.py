"""What a daemon is at, in words."""

from dataclasses import replace

import pytest

from aggregator.core.pulse import Pulse

IDLE = Pulse(since_tick=0.5, polls=0, pages=0, pings=0, is_paused=False)


@pytest.mark.parametrize(
    ("pulse", "words"),
    [
        (IDLE, "waiting for what is due"),
        (replace(IDLE, polls=1), "under way: 1 poll"),
        (replace(IDLE, polls=3, pages=1, pings=2), "under way: 3 polls, 1 page, 2 hubs"),
        (replace(IDLE, polls=3, is_paused=True), "not polling: the database cannot be written"),
        (replace(IDLE, since_tick=30, is_paused=True), "stuck: the scheduler hangs"),
    ],
)
def test_it_says_what_it_is_at(pulse: Pulse, words: str) -> None:
    assert pulse.words == words
