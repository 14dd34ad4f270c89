"""Writing into feeds.toml without touching the rest of it."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.config.edit import Value, with_sources

SHIPPED = (Path(__file__).parents[2] / "feeds.toml").read_text("utf-8")
VALUES: dict[str, Value] = {
    "name": "纸 \"x\" \\ 'y'",
    "url": "https://a.example/feed",
    "categories": ("a", "b"),
}
BLOCK = """
[sources.paper]
name = "纸 \\"x\\" \\\\ 'y'"
url = "https://a.example/feed"
categories = ["a", "b"]
"""


def added(text: str) -> str:
    """Give what was put in; all the rest has to be there in its order."""
    result = with_sources(text, {"paper": VALUES})
    block = BLOCK if text else BLOCK.lstrip()
    before, _, after = result.partition(block)
    assert before + after in (text, f"{text}\n")
    return before


def test_a_source_goes_behind_the_last_one_and_nothing_else_changes() -> None:
    before = added(SHIPPED)

    assert "\n[outputs." not in before
    assert before.count("\n[sources.") == SHIPPED.count("\n[sources.")


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("", ""),
        ("# nothing yet\n", "# nothing yet\n"),
        ('[outputs.all]\ntitle = "All"', '[outputs.all]\ntitle = "All"\n'),
        ('[sources.a]\nurl = "x"\n\n# about outputs\n[outputs.b]\n', '[sources.a]\nurl = "x"\n'),
        ('[sources.a]\nurl = "x" # why\n', '[sources.a]\nurl = "x" # why\n'),
        (
            '[sources.a]\nurl = """\n[sources.no]\n"""\ncategories = [\n"x", # one\n]\n[terms]\n',
            '[sources.a]\nurl = """\n[sources.no]\n"""\ncategories = [\n"x", # one\n]\n',
        ),
        ('[sources]\na = { url = "x" }\n[outputs]\n', '[sources]\na = { url = "x" }\n'),
        (
            '[sources.a]\nurl = "x"\n[terms]\nt = []\n[sources.b.headers]\nX = "1"\n[hosts]\n',
            '[sources.a]\nurl = "x"\n[terms]\nt = []\n[sources.b.headers]\nX = "1"\n',
        ),
    ],
)
def test_the_place_is_found_whatever_stands_around(text: str, before: str) -> None:
    assert added(text) == before


def test_line_endings_stay_as_they_are() -> None:
    result = with_sources('[sources.a]\r\nurl = "x"\r\n', {"b": {"url": "y"}})

    assert result == '[sources.a]\r\nurl = "x"\r\n\r\n[sources.b]\r\nurl = "y"\r\n'


def test_a_byte_order_mark_stays() -> None:
    result = with_sources('\ufeff[sources.a]\nurl = "x"\n', {"b": {"url": "y"}})

    assert result == '\ufeff[sources.a]\nurl = "x"\n\n[sources.b]\nurl = "y"\n'


def test_a_file_that_cannot_take_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="laid out in a way that a table cannot"):
        with_sources('sources = { a = { url = "x" } }\n', {"b": {"url": "y"}})


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"])), st.text(max_size=20))
def test_any_text_survives(name: str, category: str) -> None:
    written = with_sources(SHIPPED, {"new": {"name": name, "categories": (category,)}})

    assert tomllib.loads(written)["sources"]["new"] == {"name": name, "categories": [category]}
