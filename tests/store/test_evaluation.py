"""Precision and recall on edited copies of real articles; skipped where those are not at hand."""

from pathlib import Path

import pytest

from bench.duplicates import EVALUATION, cases, evaluate

EACH = 8  # edits


@pytest.mark.skipif(not EVALUATION.is_dir(), reason=f"no articles to evaluate by at {EVALUATION}")
def test_edited_copies_of_real_articles_are_found_and_nothing_else(tmp_path: Path) -> None:
    originals = cases(EVALUATION / "originals.jsonl")
    edits = cases(EVALUATION / "edits.jsonl")[::EACH]

    scores = evaluate(originals, edits, tmp_path).scores

    assert scores["all"].precision >= 0.999
    assert scores["all"].recall >= 0.96
    assert {name for name, score in scores.items() if score.recall < 0.85} == set()
