"""`explain`: the samples of the documentation are what it prints."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.feeds import an_item, an_rss
from tests.running import Home
from tests.servers import FeedServer

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
ITEMS = (
    an_item(
        "兩家平台互聯互通，外链开放",
        guid="1",
        body="<p>從今天起，互聯互通的兩家平台可以互相跳轉。</p>",
    ),
    an_item("沪深港通互联互通机制联调", guid="2", body="<p>券商本周测试 Stock Connect 系统。</p>"),
    an_item(
        "OpenAI answers",
        guid="3",
        body="<p>OpenAI said on Monday, in a long letter to its users that was read out before the"
        " court, nothing new.</p>",
    ),
    an_item("A robot on stage", guid="4", body="<p>It danced.</p>"),
)
OUTPUTS = """
[outputs.interconnection-news]
lang = ["zh"]
any = ["互联互通", "互操作", "interoperab*"]
none = ["@stock_connect"]

[outputs.legal]
fields = ["body"]
near = [{ a = ["OpenAI", "Anthropic"], b = ["lawsuit", "court"], within = 12 }]

[outputs.robots]
score = { threshold = 4, title = 2.0 }
weights = { "robot*" = 1.5, "机器人" = 1.5, "price" = -3 }

[outputs.newest]
limit = 1

[outputs.old]
max_age = "1d"

[outputs.either]
outputs = ["legal", "robots"]

[outputs.zh]
outputs = ["interconnection-news"]

[terms]
stock_connect = ["沪深港通", "债券通", "Stock Connect"]
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("explain"))
    with FeedServer() as server:
        server.serve("/paper", an_rss(*ITEMS))
        home.configure(sources={"paper": server.url("/paper")}, outputs={})
        home.config.write_text(home.config.read_text() + OUTPUTS)
        assert home.run("poll").code == 0
        yield home


def samples() -> list[tuple[str, str]]:
    """Give the commands of the section, each with what it prints."""
    section = PAGE.read_text("utf-8").partition("## aggregator explain\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"(?ms)^```\n(\$ aggregator explain .*?)^```$", section)
    parts = [part for block in blocks for part in re.split(r"(?m)^\$ aggregator ", block)[1:]]
    return [(command, said) for command, _, said in (part.partition("\n") for part in parts)]


@pytest.mark.parametrize(("command", "said"), samples())
def test_the_documentation_shows_what_is_printed(library: Home, command: str, said: str) -> None:
    assert library.run(*command.split()).out == said


def test_a_hit_a_near_miss_and_a_rejection_are_documented() -> None:
    assert len(samples()) == 4


NEWS = {"output": "interconnection-news"}


def test_for_programs_each_place_has_its_offsets(library: Home) -> None:
    explained = library.run("explain", "interconnection-news", "7n4j", "--json").json

    assert explained == {
        "output": "interconnection-news",
        "article": explained["article"],
        "title": "兩家平台互聯互通，外链开放",
        "kept": True,
        "shown": True,
        "hidden": "",
        "clauses": [
            {**NEWS, "clause": "lang", "fits": True, "said": "", "places": []},
            {**NEWS, "clause": "none", "fits": True, "said": "", "places": []},
            {
                **NEWS,
                "clause": "any",
                "fits": True,
                "said": "",
                "places": [
                    {
                        "term": "互联互通",
                        "field": "title",
                        "spans": [[4, 8]],
                        "excerpt": "兩家平台[互聯互通]，外链开放",
                    },
                    {
                        "term": "互联互通",
                        "field": "body",
                        "spans": [[5, 9]],
                        "excerpt": "從今天起，[互聯互通]的兩家平台可以互相跳轉。",
                    },
                ],
            },
        ],
    }


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("newest", "but its feed does not show it: `limit` shows the newest 1 only"),
        ("old", "but its feed does not show it: it is of 2026-03-02, older than `max_age` allows"),
    ],
)
def test_an_article_that_is_kept_and_not_shown_is_told_why(
    library: Home, output: str, said: str
) -> None:
    article = library.run("search", "--json", "robot").json[0]["article"]

    assert said in library.run("explain", output, article).out.splitlines()


def test_clauses_of_what_an_output_builds_on_are_told_as_such(library: Home) -> None:
    article = library.run("search", "--json", "robot").json[0]["article"]

    explained = library.run("explain", "either", article).out.splitlines()

    assert explained[1:] == [
        "  no   outputs     none of legal, robots keeps it",
    ]
    assert library.run("explain", "zh", "7n4j").out.splitlines()[1:4] == [
        "  yes  lang        of interconnection-news",
        "  yes  none        of interconnection-news",
        "  yes  any         of interconnection-news",
    ]


def test_an_article_that_an_earlier_rule_kept_is_told_to_be_there(
    home: Home, server: FeedServer
) -> None:
    server.serve("/paper", an_rss(an_item("Cats", guid="1")))
    sources = {"paper": server.url("/paper")}
    home.configure(sources=sources, outputs={"pets": {"any": ["cats"]}})
    home.run("poll")
    home.configure(sources=sources, outputs={"pets": {"any": ["dogs"], "new_only": True}})
    home.run("publish")
    [article] = home.query("SELECT id FROM article")

    assert home.run("explain", "pets", *article).out.splitlines()[1:] == [
        "  no   any         none of 1 terms is found",
        "but its feed may show it: an earlier rule kept it, for cats",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("leagl", "x"), "error: there is no output 'leagl'; did you mean 'legal'?"),
        (("legal", "zzz"), "error: there is no article 'zzz'"),
    ],
)
def test_what_is_not_there_is_named(library: Home, arguments: tuple[str, str], said: str) -> None:
    explained = library.run("explain", *arguments)

    assert (explained.code, explained.err.splitlines()[0]) == (2, said)
