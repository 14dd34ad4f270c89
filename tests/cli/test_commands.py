"""What all commands have in common: help, exit codes, and errors that help."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.feeds import an_item, an_rss
from tests.running import Home
from tests.servers import FeedServer

COMMANDS = (
    "run",
    "poll",
    "publish",
    "check",
    "add",
    "import",
    "export",
    "sources",
    "outputs",
    "search",
    "show",
    "split",
    "merge",
    "explain",
    "preview",
    "backup",
    "restore",
    "doctor",
    "upgrade",
    "password",
    "prune",
    "demo",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(home: Home, command: str) -> None:
    helped = home.run(command, "--help")

    assert (helped.code, helped.err) == (0, "")
    assert helped.out.startswith(f"Usage: python -m aggregator {command} [OPTIONS]")
    assert "--help" in helped.out


def test_the_help_of_the_whole_lists_every_command(home: Home) -> None:
    helped = home.run("--help")

    _, _, listed = helped.out.partition("Commands:\n")
    assert (helped.code, [line.split()[0] for line in listed.splitlines()]) == (0, list(COMMANDS))


def test_the_help_of_the_whole_has_a_line_for_each_command(home: Home) -> None:
    _, _, listed = home.run("--help").out.partition("Commands:\n")

    assert [line for line in listed.splitlines() if len(line) > 80 or line[-1:] != "."] == []


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("serch", "there is no command 'serch'; did you mean 'search'?"),
        ("zzz", "No such command 'zzz'."),
    ],
)
def test_a_command_that_is_not_there_is_told_with_the_nearest(
    home: Home, word: str, said: str
) -> None:
    told = home.run(word)

    assert (told.code, told.err.splitlines()[-1]) == (2, f"Error: {said}")


def test_the_console_script_is_the_same_command(home: Home) -> None:
    script = Path(sys.executable).with_name("aggregator")

    told = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)

    assert told.stdout == home.run("--version").out


@pytest.mark.parametrize(
    "arguments",
    [
        ("pol",),
        ("poll", "--al"),
        ("search",),
        ("search", "--limit", "0", "x"),
        ("show",),
        ("show", "a", "b"),
        ("demo", "--listen", "nowhere"),
    ],
    ids=" ".join,
)
def test_a_wrong_use_of_a_command_exits_with_2_and_says_how_it_is_used(
    home: Home, arguments: tuple[str, ...]
) -> None:
    home.configure(sources={})

    used = home.run(*arguments)

    assert (used.code, used.out) == (2, "")
    assert used.err.startswith("Usage: ")
    assert "Error: " in used.err


@pytest.mark.parametrize(
    "arguments",
    [("run",), ("poll",), ("publish",), ("check",), ("sources",), ("search", "x"), ("show", "x")],
    ids=" ".join,
)
def test_a_missing_configuration_is_named_with_the_next_step(
    home: Home, arguments: tuple[str, ...]
) -> None:
    used = home.run(*arguments)

    assert (used.code, used.out) == (1, "")
    assert used.err.splitlines()[:2] == [
        f"error: {home.config}: 1 problem",
        "  there is no such file",
    ]
    assert "--config" in used.err.splitlines()[2]
    assert not home.data.exists()


@pytest.mark.parametrize(
    ("arguments", "what", "next_step"),
    [
        (
            ("poll", "papre"),
            "there is no source 'papre'; did you mean 'paper'?",
            "`aggregator sources` lists them",
        ),
        (
            ("poll", "paper", "xyz"),
            "there is no source 'xyz'; known: paper",
            "`aggregator sources` lists them",
        ),
        (
            ("show", "zzzz"),
            "there is no article 'zzzz'",
            "`aggregator search` finds articles by their words",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_not_there_is_named_with_the_next_step(
    home: Home, arguments: tuple[str, ...], what: str, next_step: str
) -> None:
    home.configure(sources={"paper": "http://127.0.0.1:9/"})

    used = home.run(*arguments)

    assert (used.code, used.out, used.err.splitlines()) == (2, "", [f"error: {what}", next_step])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("publish",), "is not a database"),
        (("sources",), "is not a database"),
        (("poll", "--all"), "is not a database"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_file_that_is_no_database_is_named_and_left_alone(
    home: Home, arguments: tuple[str, ...], words: str
) -> None:
    home.configure(sources={})
    home.data.mkdir()
    home.database.write_text("Dear diary,\n" * 100)

    used = home.run(*arguments)

    assert (used.code, used.out) == (1, "")
    what, next_step = used.err.splitlines()
    assert what.startswith(f"error: {home.database} is damaged: ")
    assert words in what
    assert next_step
    assert home.database.read_text() == "Dear diary,\n" * 100


def test_a_data_dir_that_cannot_be_made_is_named(home: Home) -> None:
    home.configure(sources={}, service={"data_dir": "/proc/nothing/data"})

    used = home.run("poll")

    what, next_step = used.err.splitlines()
    assert (used.code, used.out) == (1, "")
    assert what.startswith("error: /proc/nothing/data/aggregator.db: the database cannot be opened")
    assert "data_dir" in next_step


def test_outputs_that_cannot_be_written_are_named_without_a_traceback(
    home: Home, server: FeedServer
) -> None:
    server.serve("/feed", an_rss(an_item()))
    home.configure(sources={"paper": server.url("/feed")})
    home.feeds.parent.mkdir(parents=True)
    home.feeds.write_text("in the way")

    used = home.run("poll")

    assert used.code == 1
    assert used.err.startswith("error: ")
    assert "Traceback" not in used.err
    assert str(home.feeds) in used.err


def test_the_traceback_is_there_for_who_asks_for_it(home: Home) -> None:
    home.configure(sources={})

    used = home.run("--debug", "show", "zzzz")

    assert "Traceback" in used.err


def test_the_configuration_may_be_named_by_the_environment(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AGGREGATOR_CONFIG", str(tmp_path / "other.toml"))

    used = home.run_bare("check")

    assert used.err.splitlines()[0] == f"error: {tmp_path / 'other.toml'}: 1 problem"


def test_poll_exits_with_1_only_when_a_source_that_was_named_failed(
    home: Home, server: FeedServer
) -> None:
    server.serve("/good", an_rss(an_item()))
    home.configure(sources={"good": server.url("/good"), "bad": server.url("/bad")})

    codes = {words: home.run("poll", *words).code for words in [("--all",), ("good", "bad")]}

    assert codes == {("--all",): 0, ("good", "bad"): 1}


def test_poll_with_nothing_due_says_how_to_poll_all_the_same(
    home: Home, server: FeedServer
) -> None:
    server.serve("/feed", an_rss(an_item()))
    home.configure(sources={"paper": server.url("/feed")})
    home.run("poll")

    assert home.run("poll").out == (
        "no source is due; `aggregator poll --all` polls them all the same\n"
    )


def test_poll_polls_only_what_is_named(home: Home, server: FeedServer) -> None:
    server.serve("/a", an_rss(an_item("One")))
    server.serve("/b", an_rss(an_item("Two")))
    home.configure(sources={"a": server.url("/a"), "b": server.url("/b")})

    home.run("poll", "b")

    assert [request.path for request in server.requests] == ["/b"]


def test_publish_makes_the_outputs_of_a_changed_rule_anew(home: Home, server: FeedServer) -> None:
    server.serve("/feed", an_rss(an_item("Cats"), an_item("Dogs", body="<p>Bark.</p>")))
    sources = {"paper": server.url("/feed")}
    home.configure(sources=sources, outputs={"pets": {"any": ["cats"]}, "old": {}})
    home.run("poll")
    home.configure(sources=sources, outputs={"pets": {"any": ["dogs"]}})

    published = home.run("publish")

    items = json.loads((home.feeds / "pets.json").read_bytes())["items"]
    assert (published.code, [item["title"] for item in items]) == (0, ["Dogs"])
    assert items[0]["_aggregator"]["matched"] == ["dogs"]
    assert [one["output"] for one in home.run("outputs", "--json").json] == ["pets"]
    assert len(server.requests) == 1


def test_publish_writes_an_output_that_was_deleted_as_it_was(
    home: Home, server: FeedServer
) -> None:
    server.serve("/feed", an_rss(an_item("Cats")))
    home.configure(sources={"paper": server.url("/feed")})
    home.run("poll")
    feed = home.feeds / "everything.rss"
    before = feed.read_bytes()
    feed.unlink()

    assert home.run("publish").code == 0
    assert feed.read_bytes() == before
