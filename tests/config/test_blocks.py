"""An output's table in feeds.toml: taken out, and another put in its place."""

import tomllib
from pathlib import Path

import pytest

from aggregator.config.blocks import name_in, output_block, with_output

SHIPPED = (Path(__file__).parents[2] / "feeds.toml").read_text("utf-8")
TEXT = """# mine
[outputs.news]  # the one
title = "News"
any = [
  "a",  # why
]

# about the next
[outputs.all]
title = "All"
"""
OTHER = '[outputs.news]\ntitle = "Other"\nnone = ["x"]\n'


def test_a_table_is_given_as_it_stands() -> None:
    assert output_block(TEXT, "news") == (
        '[outputs.news]  # the one\ntitle = "News"\nany = [\n  "a",  # why\n]\n'
    )
    assert output_block(TEXT, "none") == ""


def test_another_takes_its_place_and_the_rest_stays() -> None:
    edited = with_output(TEXT, OTHER)

    assert edited.text == f'# mine\n{OTHER}\n# about the next\n[outputs.all]\ntitle = "All"\n'
    assert edited.first == 2


def test_a_new_one_goes_to_the_end() -> None:
    edited = with_output(TEXT, '[outputs.new]\ntitle = "New"')

    assert edited.text == f'{TEXT}\n[outputs.new]\ntitle = "New"\n'
    assert edited.text.splitlines()[edited.first - 1] == "[outputs.new]"


@pytest.mark.parametrize("name", list(tomllib.loads(SHIPPED)["outputs"]))
def test_every_output_of_the_shipped_file_can_be_replaced_by_itself(name: str) -> None:
    block = output_block(SHIPPED, name)

    assert name_in(block) == name
    assert with_output(SHIPPED, block).text == SHIPPED


def test_tables_within_it_and_line_ends_of_others_are_heeded() -> None:
    text = '[outputs.a]\r\ntitle = "A"\r\n[outputs.a.score]\r\nthreshold = 1\r\n[terms]\r\n'

    edited = with_output(text, '[outputs.a]\ntitle = "B"\n')

    assert edited.text == '[outputs.a]\r\ntitle = "B"\r\n[terms]\r\n'


@pytest.mark.parametrize(
    "text",
    [
        'outputs.news.title = "News"\n',
        '[outputs]\nnews = { title = "News" }\n',
        '[outputs.news]\ntitle = "A"\n[terms]\n[outputs.news.score]\nthreshold = 1\n',
    ],
)
def test_a_table_that_stands_elsewhere_is_left_alone_and_told(text: str) -> None:
    assert output_block(text, "news") == ""
    with pytest.raises(ValueError, match="cannot be replaced"):
        with_output(text, OTHER)


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("", "one table of an output"),
        ("[outputs.a", "not TOML"),
        ("[outputs.a]\n[outputs.b]", "one table of an output"),
        ("[outputs.a]\n[service]", "one table of an output"),
        ("[sources.a]", "one table of an output"),
        ("outputs = 1", "one table of an output"),
    ],
)
def test_what_is_no_table_of_an_output_is_told(block: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        with_output(TEXT, block)
