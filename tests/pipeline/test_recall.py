"""Polls that were begun by a feeds.toml that holds no more."""

import pytest

from aggregator.pipeline.recall import Recall


def test_nothing_is_recalled_before_another_file_is_taken_up() -> None:
    assert not Recall().covers("paper", has_articles=True)


@pytest.mark.parametrize(
    ("source", "has_articles", "rules", "is_recalled"),
    [
        ("paper", False, False, True),
        ("other", True, False, False),
        ("other", True, True, True),
        ("other", False, True, False),
    ],
    ids=["another source", "untouched", "other rules", "no articles to judge"],
)
def test_polls_are_recalled_by_their_source_or_by_the_rules(
    source: str, has_articles: bool, rules: bool, is_recalled: bool
) -> None:
    recall = Recall()
    recall.set(["paper"], rules=rules, after=Recall())

    assert recall.covers(source, has_articles=has_articles) is is_recalled


def test_a_poll_is_recalled_by_all_files_that_were_taken_up_since_it_began() -> None:
    first, second, third = Recall(), Recall(), Recall()
    first.set([], rules=False, after=second)
    second.set(["paper"], rules=True, after=third)

    assert first.covers("paper", has_articles=False)
    assert first.covers("other", has_articles=True)
    assert not third.covers("paper", has_articles=True)


def test_one_that_could_not_be_taken_up_recalls_nothing() -> None:
    recall = Recall()
    recall.set(["paper"], rules=True, after=Recall())
    recall.unset()

    assert not recall.covers("paper", has_articles=True)
