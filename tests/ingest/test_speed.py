"""How much faster a document is read again than at first; all figures are in bench/reading.py."""

import pytest

from bench.reading import measure, sample, ways


@pytest.mark.slow
def test_a_document_with_one_new_entry_is_read_many_times_as_fast_as_a_whole_one() -> None:
    # One of each format. Ratios of CPU time, and half of what the bench asks for: others are busy.
    chosen = ways([sample(1, source) for source in (1, 2, 3)])

    seconds = measure(chosen, rounds=3)

    assert seconds["same options"] / seconds["1 new"] > 4
    assert seconds["feedparser"] / seconds["1 new"] > 20
    assert seconds["feedparser"] / seconds["unchanged"] > 100
