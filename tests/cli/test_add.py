"""`aggregator add`: from a site's address to a source in feeds.toml."""

import os
from pathlib import Path

import pytest

from tests.feeds import an_item, an_rss
from tests.running import Home
from tests.servers import FeedServer

FEED = an_rss(an_item("One"), an_item("Two"), title="The Paper")
COMMENTS = an_rss(an_item("Re: One"), title="The Paper, comments")
PAGE = b"""<!doctype html><html><head><base href="/blog/">
<link rel="stylesheet" href="x.css">
<link rel="ALTERNATE" type="application/rss+xml; charset=utf-8" title="All" href="../news.xml">
<link rel="alternate" type="application/atom+xml" href="comments.xml">
<link rel="alternate" hreflang="de" href="/de">
</head><body><a href="/about">About</a></body></html>"""


@pytest.fixture
def site(server: FeedServer) -> FeedServer:
    """Give a site whose page names two feeds."""
    server.serve("/", PAGE, content_type="text/html")
    server.serve("/news.xml", FEED)
    server.serve("/blog/comments.xml", COMMENTS)
    return server


def add(home: Home, *arguments: str) -> str:
    """Add a source and give what was told; the command has to work."""
    done = home.run("add", "--allow-private", *arguments)
    assert done.code == 0, done.err
    return done.out


def text(home: Home) -> str:
    return home.config.read_text()


def test_a_feed_is_shown_and_written_behind_the_others(home: Home, site: FeedServer) -> None:
    home.configure(sources={"other": "https://other.example/feed"})
    before = text(home)

    told = add(home, site.url("/news.xml"), "--id", "paper", "--category", "news")

    block = (
        '\n[sources.paper]\nname = "The Paper"\n'
        f'url = "{site.url("/news.xml")}"\ncategories = ["news"]\nallow_private = true\n'
    )
    assert "The Paper: 2 entries, the newest" in told
    assert "  One\n  Two\n" in told
    assert text(home).replace(block, "") == before
    assert text(home).index(block) < text(home).index("[outputs.")
    assert home.run("poll", "paper", "--json").json["new"] == 2


def test_the_feeds_a_page_names_are_found_and_the_first_is_taken(
    home: Home, site: FeedServer
) -> None:
    home.configure(sources={})

    told = add(home, site.url("/"), "--id", "paper", "--dry-run")

    assert f"* 1. The Paper  {site.url('/news.xml')}" in told
    assert f"  2. The Paper, comments  {site.url('/blog/comments.xml')}" in told
    assert "[sources." not in text(home)


def test_another_of_several_feeds_can_be_picked(home: Home, site: FeedServer) -> None:
    home.configure(sources={})

    add(home, site.url("/"), "--pick", "2")

    assert site.url("/blog/comments.xml") in text(home)


def test_a_page_that_names_no_feed_is_tried_at_the_usual_places(
    home: Home, server: FeedServer
) -> None:
    home.configure(sources={})
    server.serve("/blog", b"<html><body>Hello</body></html>", content_type="text/html")
    server.serve("/atom.xml", FEED)

    add(home, server.url("/blog"))

    assert server.url("/atom.xml") in text(home)


def test_a_permanent_redirect_is_written_down_and_a_temporary_one_is_not(
    home: Home, site: FeedServer
) -> None:
    home.configure(sources={})
    site.redirect("/old", "/news.xml", 301)
    site.redirect("/now", "/blog/comments.xml", 302)

    add(home, site.url("/old"), "--id", "a")
    add(home, site.url("/now"), "--id", "b")

    assert f'url = "{site.url("/news.xml")}"' in text(home)
    assert f'url = "{site.url("/now")}"' in text(home)


@pytest.mark.parametrize("written", ["/news.xml", "/", "/old"])
def test_what_is_there_already_is_refused(written: str, home: Home, site: FeedServer) -> None:
    home.configure(sources={"paper": site.url("/news.xml")})
    site.redirect("/old", "/news.xml", 301)
    before = text(home)

    done = home.run("add", "--allow-private", site.url(written))

    assert (done.code, text(home)) == (2, before)
    assert "it is the source 'paper' already" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("/nothing",), 1, "the server answered 404 Not Found"),
        (("/troubled",), 1, "the server has a problem; try again later"),
        (("/page",), 1, "the page names none, and none is at the usual places"),
        (("/news.xml", "--id", "not an id"), 2, "may hold letters, digits"),
        (("/news.xml", "--id", "other"), 2, "there is a source 'other' already"),
        (("/news.xml", "--pick", "3"), 2, "there are 1 feeds, not 3"),
    ],
)
def test_what_cannot_be_added_is_told_and_changes_nothing(
    arguments: tuple[str, ...], code: int, message: str, home: Home, site: FeedServer
) -> None:
    home.configure(sources={"other": "https://other.example/feed"})
    site.answer("/troubled", 500)
    site.serve("/page", b"<html><body>Hello</body></html>", content_type="text/html")
    before = text(home)
    path, *options = arguments

    done = home.run("add", "--allow-private", site.url(path), *options)

    assert done.code == code
    assert message in done.err
    assert text(home) == before


@pytest.mark.parametrize(
    "address",
    ["", "not an address", "http://", "http://[::1", "ftp://a.example/feed", "file:///etc/passwd",
     "mailto:me@a.example", "https://a.example:0/"],
)  # fmt: skip
def test_what_is_no_address_is_not_looked_for(address: str, home: Home) -> None:
    home.configure(sources={})

    done = home.run("add", address)

    assert (done.code, done.out, done.err.splitlines()) == (
        2, "", [
            f"error: {address!r} is no address of a site or feed",
            "give one such as example.org or https://example.org/feed.xml",
        ],
    )  # fmt: skip


def test_a_name_that_cannot_be_resolved_is_told(home: Home) -> None:
    home.configure(sources={})
    name = "a" * 64 + ".example"  # no resolver needs to be asked for a label of that length

    done = home.run("add", name)

    assert (done.code, done.err.splitlines()[1:]) == (1, [
        f"error: nothing is added: the name {name} cannot be resolved",
        "check the spelling of the url and the network",
    ])  # fmt: skip


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_read_only_file_is_left_alone(home: Home, site: FeedServer) -> None:
    home.configure(sources={})
    home.config.chmod(0o444)
    before = text(home)

    done = home.run("add", "--allow-private", site.url("/news.xml"))

    assert (done.code, text(home)) == (1, before)
    assert done.err.endswith("cannot be written: it is read-only\nadd the lines above by hand\n")


def test_sources_in_one_line_are_left_alone_and_the_next_step_is_told(
    home: Home, site: FeedServer
) -> None:
    home.config.write_text('sources = { a = { url = "https://a.example/feed" } }\n')
    before = text(home)

    done = home.run("add", "--allow-private", site.url("/news.xml"))

    assert (done.code, text(home)) == (1, before)
    assert '[sources.the-paper]\nname = "The Paper"\n' in done.out
    assert done.err.endswith("write its sources as tables like the lines above, and add these\n")


def test_a_private_address_needs_the_option(home: Home, site: FeedServer) -> None:
    home.configure(sources={})

    done = home.run("add", site.url("/news.xml"))

    assert "which is not a public address\ngive --allow-private if you mean it" in done.err
    assert site.requests == ()


def test_the_key_that_is_made_up_is_free(home: Home, site: FeedServer) -> None:
    home.configure(sources={})
    site.serve("/again.xml", FEED)

    keys = [
        home.run("add", "--allow-private", "--json", site.url(path)).json["source"]
        for path in ("/news.xml", "/again.xml")
    ]

    assert keys == ["the-paper", "the-paper-2"]  # an address says nothing, so the title does


def test_a_linked_file_stays_a_link_and_keeps_its_mode(
    home: Home, site: FeedServer, tmp_path: Path
) -> None:
    home.configure(sources={})
    real = tmp_path / "dotfiles.toml"
    home.config.rename(real)
    real.chmod(0o640)
    home.config.symlink_to(real)

    add(home, site.url("/news.xml"))

    assert home.config.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert "[sources." in real.read_text()
