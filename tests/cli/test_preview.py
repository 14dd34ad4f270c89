"""`preview`: the samples of the documentation are what it prints."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.feeds import an_item, an_rss
from tests.running import COMMAND, Home
from tests.servers import FeedServer

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


def dated(day: int) -> str:
    return format_datetime(datetime(2026, 3, day, 8, tzinfo=UTC), usegmt=True)


PAPER = (
    an_item("兩家平台互聯互通，外链开放", guid="1", body="<p>可以互相跳轉。</p>", date=dated(1)),
    an_item("收款码互联互通", guid="2", body="<p>一张码走遍菜市场。</p>", date=dated(3)),
    an_item("沪深港通互联互通机制联调", guid="3", body="<p>券商本周测试系统。</p>", date=dated(3)),
    an_item("三座城市的铁路互联互通", guid="4", body="<p>新线今天通车。</p>", date=dated(4)),
    an_item("菜市场的一天", guid="5", body="<p>早上五点开门。</p>", date=dated(4)),
)
WIRE = (
    an_item("Messaging interoperability, a first test", guid="1", body="<p>Two apps.</p>",
            date=dated(1)),
    an_item("Chat apps talk to each other", guid="2", body="<p>Interoperable, they say.</p>",
            date=dated(4)),
    an_item("A robot on stage", guid="3", body="<p>It danced.</p>", date=dated(4)),
)  # fmt: skip
BEFORE = """
[terms]
stock_connect = ["沪深港通", "债券通", "Stock Connect"]

[outputs.interconnection-news]
any = ["互联互通", "互操作", "interoperability"]
none = ["@stock_connect"]
"""
NOW = """
[terms]
stock_connect = ["沪深港通", "债券通", "Stock Connect"]

[outputs.interconnection-news]
any = ["互联互通", "互操作", "interoperab*"]
none = ["@stock_connect", "铁路"]

[outputs.robots]
base = "whole"
score = { threshold = 4, title = 2.0 }
weights = { "robot*" = 1.5, "机器人" = 1.5 }

[outputs.whole]
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Give a home whose feeds were made by an older version of its rules."""
    home = Home(tmp_path_factory.mktemp("preview"))
    with FeedServer() as server:
        server.serve("/paper", an_rss(*PAPER))
        server.serve("/wire", an_rss(*WIRE))
        sources = {"paper": server.url("/paper"), "wire": server.url("/wire")}
        home.configure(sources=sources, outputs={})
        tables = home.config.read_text()
        home.config.write_text(tables + BEFORE)
        assert home.run("poll", "paper").code == 0
        assert home.run("poll", "wire").code == 0
        home.config.write_text(tables + NOW)
        (home.folder / "before.toml").write_text(tables + BEFORE)
        yield home


def samples() -> list[tuple[str, str]]:
    """Give the commands of the section, each with what it prints."""
    section = PAGE.read_text("utf-8").partition("## aggregator preview\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"(?ms)^```\n(\$ aggregator .*?)^```$", section)
    parts = [part for block in blocks for part in re.split(r"(?m)^\$ aggregator ", block)[1:]]
    return [(command, said) for command, _, said in (part.partition("\n") for part in parts)]


@pytest.mark.parametrize(("command", "said"), samples())
def test_the_documentation_shows_what_is_printed(library: Home, command: str, said: str) -> None:
    printed = library.run(*command.split()).out

    assert printed.replace("\t", "  ") == said


def test_what_a_rule_comes_to_and_another_rule_are_documented() -> None:
    assert len(samples()) == 2


def heads(articles: list[dict[str, str]]) -> list[str]:
    return sorted(one["title"] for one in articles)


def test_for_programs_all_of_it_is_there(library: Home) -> None:
    seen = library.run("preview", "interconnection-news", "--since", "all", "--json").json

    assert {name: seen[name] for name in ("output", "since", "against", "articles", "kept")} == {
        "output": "interconnection-news",
        "since": None,
        "against": "feed",
        "articles": 8,
        "kept": 4,
    }
    assert seen["days"] == [
        {"day": "2026-03-01", "articles": 2},
        {"day": "2026-03-03", "articles": 1},
        {"day": "2026-03-04", "articles": 1},
    ]
    assert seen["sources"] == [
        {"source": "paper", "articles": 2},
        {"source": "wire", "articles": 2},
    ]
    assert {"day": "2026-03-04", "source": "wire", "articles": 1} in seen["day_sources"]
    assert heads(seen["gained"]) == ["Chat apps talk to each other"]
    assert heads(seen["lost"]) == ["三座城市的铁路互联互通"]
    assert seen["terms"][3] == {
        "term": "铁路",
        "clauses": ["none"],
        "found": 1,
        "kept": 0,
        "alone": 0,
        "refused": 1,
    }
    assert [one["term"] for one in seen["warnings"]] == ["债券通", "Stock Connect", "互操作"]
    assert seen["rejections"] == [
        {"output": "interconnection-news", "clause": "any", "articles": 2},
        {"output": "interconnection-news", "clause": "none", "articles": 2},
    ]
    assert (seen["seed"], len(seen["hits"])) == (0, 4)
    assert {one["title"]: one["terms"] for one in seen["hits"]}["收款码互联互通"] == ["互联互通"]
    assert next((one["title"], one["lacks"]) for one in seen["near_misses"]) == (
        "三座城市的铁路互联互通",
        [
            {
                "output": "interconnection-news",
                "clause": "none",
                "said": "a term is found that must not be",
                "terms": ["铁路"],
                "shortfall": 0.5,
            }
        ],
    )


def test_articles_of_a_given_time_are_looked_at(library: Home) -> None:
    def articles(since: str) -> int:
        seen = library.run("preview", "whole", "--since", since, "--json").json
        return int(seen["articles"])

    hours = (datetime.now(UTC) - datetime(2026, 3, 3, tzinfo=UTC)) // timedelta(hours=1)
    counts = [articles(since) for since in ("all", "2026-03-03", "2026-03-05", f"{hours}h", "1h")]

    assert counts == [8, 6, 0, 6, 0]


def test_where_there_is_nothing_of_the_time_it_says_so(library: Home, tmp_path: Path) -> None:
    empty = Home(tmp_path)
    empty.configure(sources={})

    assert library.run("preview", "whole").out == (
        "there are no articles of that time; `--since all` looks at all of them\n"
    )
    assert empty.run("preview", "everything", "--since", "all").out == (
        "there are no articles yet; `aggregator poll` brings some\n"
    )
    assert empty.run("preview", "everything", "--json").json["articles"] == 0


def test_an_output_that_is_new_has_no_feed_to_compare_with(library: Home) -> None:
    seen = library.run("preview", "robots", "--since", "all")

    assert (seen.code, seen.err) == (0, "")
    assert "it has no feed yet: 0 gained, 0 lost" in seen.out.splitlines()
    assert seen.out.splitlines()[-2:] == [
        "    bvb7hskc  2026-03-04  wire  A robot on stage".replace("bvb7hskc", ids(library)[0]),
        "      score: 3 of 4 (robot*)",
    ]


def ids(library: Home) -> list[str]:
    return [one["article"][:8] for one in library.run("search", "--json", "robot").json]


def test_an_output_of_the_other_file_only_loses_all_it_kept(library: Home, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(library.config.read_text() + "\n[outputs.gone]\nany = ['互联互通']\n")

    seen = library.run("preview", "gone", "--against", str(other), "--since", "all")

    assert (seen.code, seen.out.splitlines()[0]) == (
        0,
        "feeds.toml has no output gone, so it keeps nothing",
    )
    assert "against the rule of other.toml: 0 gained, 4 lost" in seen.out.splitlines()


def test_other_hits_are_drawn_by_another_seed(library: Home) -> None:
    seen = library.run("preview", "whole", "--since", "all", "--seed", "7", "--json").json

    assert (seen["seed"], len(seen["hits"])) == (7, 8)


def test_nothing_is_changed(library: Home) -> None:
    tables = "SELECT * FROM listing", "SELECT * FROM output", "SELECT * FROM publish_pending"
    before = [library.query(sql) for sql in tables]

    assert library.run("preview", "interconnection-news", "--since", "all").code == 0

    assert [library.query(sql) for sql in tables] == before


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("roboots",), 2, "error: there is no output 'roboots'; did you mean 'robots'?"),
        (("whole", "--since", "soon"), 2, "error: --since takes a time span, a day or `all`,"),
        (("whole", "--since", "0d"), 2, "error: --since takes a time span, a day or `all`,"),
        (("whole", "--since", "999999w"), 2, "error: --since takes a time span, a day or `all`,"),
        (("whole", "--seed", "x"), 2, "Usage: python -m aggregator preview"),
        (("whole", "--against", "missing.toml"), 1, "error: missing.toml: 1 problem"),
        (("whole", "--against", "bad.toml"), 1, "error: bad.toml: 1 problem"),
        (("whole", "--against", "binary.toml"), 1, "error: binary.toml: 1 problem"),
    ],
)
def test_what_cannot_be_used_is_named(
    library: Home, arguments: tuple[str, ...], code: int, said: str
) -> None:
    (library.folder / "bad.toml").write_text("[outputs.x]\nanny = []\n")
    (library.folder / "binary.toml").write_bytes(b"\xff\xfe")

    seen = library.run("preview", *arguments)

    assert (seen.code, seen.err.startswith(said)) == (code, True), seen.err
    if "--against" in arguments:
        assert "--against" in seen.err.splitlines()[-1]


@pytest.mark.parametrize("columns", [80, 50, 30])
def test_on_a_terminal_it_fits_the_width(library: Home, columns: int) -> None:
    shown = on_a_terminal(library, columns, "preview", "interconnection-news", "--since", "all")

    lines = shown.splitlines()
    assert max(map(cell_len, lines)) <= columns
    assert "█" in shown
    assert any(line.startswith("nearest misses") for line in lines)


def on_a_terminal(home: Home, columns: int, *arguments: str) -> str:
    """Run a command on a terminal of so many columns; give what it shows, without the colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {
        key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES")
    }
    with subprocess.Popen(
        [*COMMAND, "--config", str(home.config), *arguments],
        cwd=home.folder, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL,
        env=environment | {"TERM": "xterm-256color"},
    ):  # fmt: skip
        os.close(theirs)
        shown = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode()).replace("\r", "")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # its other end is closed
        return b""
