"""Memory over many documents: it stays what it is; 100,000 of them are in bench/memory.py."""

import os

import pytest

from aggregator.ingest.workers import Workers
from bench.memory import (
    MOST_GROWTH,
    PORTION,
    PRELOAD,
    Memory,
    follow,
    growth,
    memory_of,
    offspring,
)
from tests.ingest import tasks

DOCUMENTS, EVERY = 60 * PORTION, 2 * PORTION  # nearly three thousand


@pytest.mark.slow
def test_three_thousand_documents_of_all_kinds_leave_no_memory_behind() -> None:
    # Replaced often, so that the last third has as many new processes as the one before.
    workers = Workers(2, preload=PRELOAD, tasks_per_process=200)
    try:
        readings, outcomes = follow(workers, DOCUMENTS, EVERY, lambda _: None)
    finally:
        workers.close()

    assert growth(readings) < MOST_GROWTH
    assert set(outcomes) == {"read", "read twice", "not_a_feed", "broken", "too_large"}
    assert outcomes["read twice"] > DOCUMENTS / 2


def memory_of_processes() -> int:
    return sum(map(memory_of, offspring(os.getpid())), Memory()).anonymous


def test_what_a_process_hoards_goes_with_it() -> None:
    workers = Workers(1, tasks_per_process=20)
    try:
        sizes = []
        for number in range(20 * 4):
            workers.run(tasks.hoard)
            if number % 20 == 18:
                sizes.append(memory_of_processes())
    finally:
        workers.close()

    # A process that hoards 20 MB is replaced by one that does it again.
    assert max(sizes) < min(sizes) + (10 << 20)
