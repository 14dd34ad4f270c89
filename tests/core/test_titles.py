"""Templates of entries' titles."""

import pytest

from aggregator.core.titles import TITLE_NAMES, filled

VALUES = dict(zip(TITLE_NAMES, ("T {source} %s", "S", "A", "2026-03-02", "zh"), strict=True))


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{source}: {title}", "S: T {source} %s"),
        ("{title}{title}", "T {source} %sT {source} %s"),
        ("{{title}} {date}", "{title} 2026-03-02"),
        ("{{{author}}}", "{A}"),
        ("[{lang}] fixed", "[zh] fixed"),
        ("互联", "互联"),
    ],
)
def test_names_in_braces_are_filled_and_doubled_braces_are_one(
    template: str, expected: str
) -> None:
    assert filled(template, VALUES) == expected
