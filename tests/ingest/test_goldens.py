"""What is read from each real document, beside what was read before."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.ingest import goldens


def test_every_real_document_is_read_as_before(shared: Path) -> None:
    found, before = goldens.summaries(shared), goldens.stored()
    different = {
        name: {part: (before.get(name, {}).get(part), found[name][part]) for part in found[name]}
        for name in found
        if found[name] != before.get(name)
    }

    # If it is meant to be so: python -m tests.ingest.goldens
    assert {
        name: {part: pair for part, pair in parts.items() if pair[0] != pair[1]}
        for name, parts in different.items()
    } == {}


def test_every_real_document_has_a_summary_and_nothing_else_does(shared: Path) -> None:
    assert set(goldens.stored()) == set(goldens.real_documents(shared))


HARMLESS = re.compile(
    r"|\d+ [0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:]+\+00:00|[\w.+-]+/[\w.+-]+|[a-z]{2,5}\d*|[a-z]{2}-\w+"
)


def texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            yield from (text for one in value for text in texts(one))
        case dict():
            yield from (text for one in value.values() for text in texts(one))


def test_the_summaries_hold_no_texts() -> None:
    found = list(texts(goldens.stored()))

    assert len(found) > 1000
    assert [text for text in found if not HARMLESS.fullmatch(text)] == []
