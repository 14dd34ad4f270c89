"""`aggregator import` and `export`: article files and lists of feeds, in and out."""

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.feeds import an_item, an_rss
from tests.running import Home, contents, snapshot
from tests.servers import FeedServer

pytestmark = pytest.mark.slow

HEAD = (
    "\n---\ntitle: '{title}'\nauthor: {author}\ndate: {date}\n---\n\n<div>   \n{body}  \n</div>\n"
)
COLUMNS = """id, source, guid, link, title, summary, image, language, authors, tags, enclosures,
    origin, season, episode, published, updated, first_seen, content_hash, body"""


def write(folder: Path, name: str, title: str, **fields: str) -> Path:
    stated = {"author": "paper", "date": "2020-01-02 03:04:05", "body": f"<p>{title}</p>"}
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD.format(title=title, **(stated | fields)), "utf-8")
    return path


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Give a folder of article files, one of them no such file."""
    folder = tmp_path / "files"
    write(folder, "a.md", "One")
    write(folder, "deep/er/b.md", "Two 芯片")
    write(folder, "c.md", "Three", author="nobody")
    (folder / "README.md").write_text("about this folder")
    (folder / ".git").mkdir()
    write(folder, ".git/d.md", "Hidden")
    return folder


@pytest.fixture
def home(home: Home) -> Home:
    home.configure(
        sources={"paper": {"url": "https://paper.example/feed", "timezone": "Asia/Shanghai"}},
        outputs={"everything": {"title": "All"}, "chips": {"title": "Chips", "any": ["芯片"]}},
    )
    return home


def test_files_are_imported_at_their_dates_and_bad_ones_cost_only_themselves(
    home: Home, files: Path
) -> None:
    done = home.run("import", str(files))

    assert done.code == 1
    assert done.out.splitlines()[-1] == (
        "2 articles imported, 0 were here already, 2 files not imported"
    )
    assert f"{files}/c.md: no source is named 'nobody'; say whose it is with --source" in done.err
    assert f"{files}/README.md: not an article file" in done.err
    assert home.query("SELECT title, datetime(published, 'unixepoch') FROM article ORDER BY n") == [
        ("Two 芯片", "2020-01-01 19:04:05"),
        ("One", "2020-01-01 19:04:05"),
    ]
    assert home.query("SELECT count(*) FROM listing WHERE output = 'chips'") == [(1,)]
    assert b"Two \xe8\x8a\xaf" in (home.feeds / "chips.rss").read_bytes()


def test_what_is_imported_twice_is_there_once(home: Home, files: Path) -> None:
    home.run("import", str(files), "--source", "paper")
    before = snapshot(home.archive)

    again = home.run("import", str(files), "--source", "paper", "--json")

    assert {name: again.json[name] for name in ("new", "duplicates", "known")} == {
        "new": 0,
        "duplicates": 0,
        "known": 3,
    }
    assert snapshot(home.archive) == before
    assert len(before) == 3


def test_an_article_of_a_feed_is_not_doubled_by_a_file_that_says_less(
    home: Home, server: FeedServer, tmp_path: Path
) -> None:
    item = an_item("Short", guid="g", body="<p>Few words.</p>")
    server.serve("/feed", an_rss(item))
    home.configure(sources={"paper": server.url("/feed")})
    home.run("poll")
    (file,) = home.archive.rglob("*.md")
    shutil.copy(file, tmp_path / "copy.md")
    before = home.query(f"SELECT {COLUMNS} FROM article")

    done = home.run("import", str(tmp_path / "copy.md"), "--json")

    assert done.json["known"] == 1
    assert home.query(f"SELECT {COLUMNS} FROM article") == before


def test_a_dry_run_says_what_would_come_and_writes_nothing(home: Home, files: Path) -> None:
    done = home.run("import", str(files), "--source", "paper", "--dry-run")

    assert done.out == ("3 articles would be imported, 0 were here already, 1 files not imported\n")
    assert home.query("SELECT count(*) FROM article") == [(0,)]
    assert not home.archive.exists()


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("nowhere",), "error: there is nothing at nowhere\n"),
        ((".", "--source", "papr"), "there is no source 'papr'; did you mean 'paper'?"),
        (("empty",), "error: there is no article file below empty\n"),
        (("feeds.opml", "--source", "paper"), "--source is for article files"),
    ],
)
def test_what_cannot_be_meant_is_told(home: Home, arguments: tuple[str, ...], what: str) -> None:
    (home.folder / "empty").mkdir()
    (home.folder / "feeds.opml").write_text("<opml/>")

    done = home.run("import", *arguments)

    assert (done.code, what in done.err) == (2, True)


def test_a_pipe_and_a_file_that_may_not_be_read_are_left_out(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    write(folder, "a.md", "One")
    os.mkfifo(folder / "b.md")

    done = home.run("import", str(folder), "--json")

    assert (done.json["new"], done.json["refused"]) == (
        1,
        [{"path": f"{folder}/b.md", "why": "is no file"}],
    )


FEED = an_rss(
    an_item("互联互通 & 'more'", guid="1", body="<p>{{ x }}</p>\n\n<pre>a\n  b</pre>"),
    an_item("Second", guid="2", link="", body="<p>b</p><script>x</script>"),
    "<item><title>Third</title><guid>3</guid><category>a: b</category><author>me</author>"
    '<enclosure url="https://x.example/e.mp3" length="12" type="audio/mpeg"/>'
    "<description>short</description></item>",
)


def test_articles_are_equal_in_a_new_database_after_a_way_through_files(
    home: Home, server: FeedServer, tmp_path: Path
) -> None:
    server.serve("/feed", FEED)
    home.configure(sources={"paper": server.url("/feed")})
    home.run("poll")

    exported = home.run("export", "articles", "out")

    other = Home(tmp_path / "other")
    other.folder.mkdir()
    other.configure(sources={"paper": server.url("/feed")})
    done = other.run("import", str(home.folder / "out"), "--json")
    assert (exported.code, done.code, done.json["new"]) == (0, 0, 3)
    everything = f"SELECT {COLUMNS} FROM article ORDER BY id"
    assert other.query(everything) == home.query(everything)
    assert other.run("poll", "--json").json["new"] == 0
    assert other.query(everything) == home.query(everything)


def test_an_archive_of_which_the_database_was_lost_keeps_its_files(
    home: Home, server: FeedServer
) -> None:
    server.serve("/feed", FEED)
    home.configure(sources={"paper": server.url("/feed")}, service={"archive_keys": ["all"]})
    home.run("poll")
    first = next(home.archive.rglob("*.md"))
    first.rename(first.with_name("as-it-was-called-then.md"))
    before = snapshot(home.archive)
    for path in home.data.glob("aggregator.db*"):
        path.unlink()

    done = home.run("import", str(home.archive), "--json")

    assert done.json["new"] == 3
    assert snapshot(home.archive) == before
    assert len(home.query("SELECT * FROM archive_file")) == 3


def test_an_export_once_more_changes_no_file(home: Home, files: Path) -> None:
    home.run("import", str(files), "--source", "paper")
    home.run("export", "articles", "out")
    before = snapshot(home.folder / "out")

    again = home.run("export", "articles", "out")

    assert (again.out, len(before)) == ("3 articles in out\n", 3)
    assert snapshot(home.folder / "out") == before


def test_an_output_or_what_is_new_can_be_exported(home: Home, files: Path) -> None:
    write(files, "new.md", "New", date="2099-01-01")
    home.run("import", str(files), "--source", "paper")

    exported = {}
    for options in ("--output chips", "--since 30d", "--since 2020-01-02", "--since 2020-01-01"):
        folder = home.folder / f"out {options}"
        home.run("export", "articles", str(folder), *options.split())
        texts = [path.read_text("utf-8") for path in folder.rglob("*.md")]
        exported[options] = sorted(re.findall("title: '(.*)'", "".join(texts)))

    assert exported == {
        "--output chips": ["Two 芯片"],
        "--since 30d": ["New"],
        "--since 2020-01-02": ["New"],
        "--since 2020-01-01": ["New", "One", "Three", "Two 芯片"],
    }


def test_an_export_of_an_output_has_every_copy_where_the_output_shows_every_copy(
    home: Home, server: FeedServer
) -> None:
    document = an_rss(an_item("One", link="https://publisher.example/one"))
    server.serve("/feed", document)
    server.serve("/copy", document)
    home.configure(
        sources={"paper": server.url("/feed"), "copy": server.url("/copy")},
        outputs={"once": {"title": "Once"}, "each": {"title": "Each", "dedupe": False}},
    )
    home.run("poll")

    exported = [home.run("export", "articles", name, "--output", name) for name in ("once", "each")]

    assert [one.out for one in exported] == ["1 articles in once\n", "2 articles in each\n"]


def test_a_file_says_who_keeps_its_article_and_an_import_judges_anew(
    home: Home, files: Path
) -> None:
    home.run("import", str(files), "--source", "paper")
    home.run("export", "articles", "out", "--output", "chips")
    (file,) = (home.folder / "out").rglob("*.md")
    text = file.read_text("utf-8")
    file.write_text(text.replace(" chips: ", " other: "), "utf-8")
    for path in home.data.glob("aggregator.db*"):
        path.unlink()

    done = home.run("import", "out", "--json")

    assert "\nmatched:\n chips: ['芯片']\n everything: []\n" in text
    assert (done.json["new"], done.json["ignored_keys"]) == (1, {})
    kept = home.query("SELECT output FROM listing ORDER BY output")
    assert kept == [("chips",), ("everything",)]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("articles",), "say where the files go"),
        (("articles", "feeds.toml"), "feeds.toml is no folder"),
        (("articles", "out", "--output", "chip"), "there is no output 'chip'; did you mean"),
        (("articles", "out", "--since", "soon"), "--since takes a time span, a day or `all`"),
        (("opml", "--since", "1d"), "--output and --since are for articles"),
    ],
)
def test_an_export_that_cannot_be_meant_is_told(
    home: Home, arguments: tuple[str, ...], what: str
) -> None:
    done = home.run("export", *arguments)

    assert (done.code, what in done.err) == (2, True)


OPML = """<opml version="2.0"><head><title>x</title></head><body>
<outline text="Tech">
<outline text="Linux"><outline type="rss" text="LWN" xmlUrl="https://lwn.example/rss"/></outline>
<outline type="rss" text="纸" xmlUrl="feed://zhi.example/feed" language="zh"/>
</outline>
<outline type="rss" text="Paper" xmlUrl="https://www.paper.example/feed/"/>
<outline type="rss" text="LWN" xmlUrl="https://lwn.example/other"/>
<outline type="rss" text="Bad" xmlUrl="file:///etc/passwd"/>
<outline type="link" text="Page" htmlUrl="https://page.example/"/>
</body></opml>"""


def test_a_list_of_feeds_becomes_sources_with_folders_as_categories(home: Home) -> None:
    (home.folder / "feeds.opml").write_text(OPML)
    before = f"# mine\n{home.config.read_text()}\n# end"
    home.config.write_text(before)

    done = home.run("import", "feeds.opml")

    block = """
[sources.lwn]
name = "LWN"
url = "https://lwn.example/rss"
categories = ["Tech", "Linux"]

[sources.zhi]
name = "纸"
url = "https://zhi.example/feed"
categories = ["Tech"]
language = "zh"

[sources.lwn-2]
name = "LWN"
url = "https://lwn.example/other"
"""
    assert (done.code, home.config.read_text().replace(block, "")) == (1, before)
    assert done.out.splitlines()[-1].startswith("3 sources written into ")
    assert done.err.splitlines() == [
        "already there as paper: Paper",
        "not imported: Bad: 'file:///etc/passwd' is no address of a feed",
        "not imported: Page: it names no feed, only a page; `aggregator add` may find one there",
    ]


def test_a_list_that_is_imported_and_exported_is_the_same(home: Home) -> None:
    listed = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0">
<head><title>Sources of aggregator</title></head>
<body>
<outline text="A &amp; B">
<outline type="rss" text="One" title="One" xmlUrl="https://one.example/?a=1&amp;b"/>
<outline text="C">
<outline type="rss" text="二" title="二" xmlUrl="https://two.example/" language="zh-CN"/>
</outline>
</outline>
<outline type="rss" text="Three" title="Three" xmlUrl="https://three.example/"/>
</body>
</opml>
"""
    home.config.write_text("")
    (home.folder / "in.opml").write_text(listed)
    home.run("import", "in.opml")

    done = home.run("export", "opml", "out.opml")

    assert (home.folder / "out.opml").read_text() == listed
    assert done.out == "3 sources written to out.opml\n"
    assert home.run("export", "opml").out == listed


def test_a_dry_run_of_a_list_writes_nothing(home: Home) -> None:
    (home.folder / "feeds.opml").write_text(OPML)
    before = home.config.read_text()

    done = home.run("import", "feeds.opml", "--dry-run")

    assert "3 sources would be written" in done.out
    assert home.config.read_text() == before


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<html/>", "feeds.opml: not OPML: it begins with <html>"),
        ("<opml><body>", "feeds.opml: not well-formed XML"),
        ("<opml><body/></opml>", "feeds.opml lists no feed"),
        ('<!DOCTYPE x [<!ENTITY a SYSTEM "/etc/passwd">]><opml/>', "declares the entity 'a'"),
    ],
)
def test_a_list_that_is_none_is_refused_and_changes_nothing(
    home: Home, text: str, what: str
) -> None:
    (home.folder / "feeds.opml").write_text(text)
    before = home.config.read_text()

    done = home.run("import", "feeds.opml")

    assert (done.code, what in done.err) == (1, True)
    assert home.config.read_text() == before


def test_who_exports_an_address_with_a_password_is_told(home: Home) -> None:
    home.configure(sources={"paper": "https://me:secret@paper.example/feed"})

    done = home.run("export", "opml", "out.opml")

    assert done.err == "the address of paper holds a password or key: keep the list to yourself\n"
    assert b"me:secret@" in contents(home.folder)["out.opml"]
