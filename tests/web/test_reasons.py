"""Reasons why articles are the same, in words; and none that is kept is without."""

import pytest

from aggregator.core.clusters import BODY, URL
from aggregator.core.dedup import GUID
from aggregator.web.reasons import in_words


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (GUID, "same id in the feed"),
        (URL, "same address"),
        (BODY, "same text"),
        ("merged", "made one by hand"),
        ("text 1.00", "the very same words"),
        ("text 0.87", "nearly the same text: 87 %"),
        ("text 0.55", "much of the same text: 55 %"),
        ("text 0.29", "some of the same text: 29 %"),
        ("text 0.83 in one source", "nearly the same text: 83 %, both of one source"),
        ("part 0.97", "one text holds 97 % of the other"),
        ("part 1.00 in one source", "one text holds all of the other, both of one source"),
        ("title 0.91", "nearly the same title: 91 %"),
        ("title 1.00", "same title"),
        ("numbers in the titles differ", "alike, but for numbers in the titles"),
        ("part of a collection", "part of a collection"),
    ],
)
def test_a_reason_is_said_as_a_person_would(reason: str, words: str) -> None:
    assert in_words(reason) == words
