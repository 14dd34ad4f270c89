"""Full text from articles' pages: a feed with summaries only, and pages as they are."""

import signal
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.feeds import an_item, an_rss
from tests.running import Home, contents, until
from tests.servers import FeedServer

pytestmark = pytest.mark.slow

SUMMARY = "<p>两个平台宣布互通。</p>"
TEXT = (
    "两个平台今天宣布互联互通，用户可以直接分享链接。",
    "双方表示，新功能将在年底前上线，开发者接口同时开放。",
)
AROUND = ("频道", "广告", "推荐", "版权", "track")
NAVIGATION = "".join(f'<li><a href="/channel/{n}">频道{n}</a></li>' for n in range(12))
RELATED = "".join(
    f'<li><a href="/other/{n}">推荐阅读：某公司发布第{n}季度财报</a></li>' for n in range(12)
)


def a_page(*paragraphs: str, title: str = "互联互通", head: str = "", more: str = "") -> bytes:
    """Write a page as news sites do: an article among channels, advertisements and offers."""
    text = "".join(f"<p>{one}</p>" for one in paragraphs)
    return f"""<!doctype html><html lang="zh"><head><meta charset="utf-8">
        <title>{title} - 某报</title>{head}<script>track()</script></head>
        <body><header><nav><ul>{NAVIGATION}</ul></nav></header>
        <main><article><h1>{title}</h1><div class="content">{text}{more}</div>
        <div class="ad"><a href="https://ads.example/1">广告：点击领取优惠券</a></div></article>
        <aside><h3>相关推荐</h3><ul>{RELATED}</ul></aside></main>
        <footer><p>版权所有 某报 京ICP备00000000号</p></footer></body></html>""".encode()


def a_feed(server: FeedServer, *titles: str, body: str = SUMMARY) -> bytes:
    """Write a feed whose articles have pages on the same server."""
    return an_rss(
        *(an_item(title, link=server.url(f"/{title}.html"), body=body) for title in titles)
    )


def serve_page(server: FeedServer, title: str, page: bytes, kind: str = "text/html") -> None:
    server.serve(f"/{title}.html", page, content_type=kind)


def configure(home: Home, server: FeedServer, **settings: object) -> None:
    home.configure(
        sources={"paper": {"url": server.url("/feed"), "full_text": True, **settings}},
        outputs={"everything": {}, "interfaces": {"any": ["开发者接口"]}},
    )


def body_of(home: Home, title: str = "One") -> str:
    return str(home.query("SELECT body FROM article WHERE title = ?", title)[0][0])


def poll(home: Home) -> dict[str, Any]:
    """Poll everything and give the summary."""
    summary: dict[str, Any] = home.run("poll", "--all", "--json").json
    return summary


def told(home: Home, title: str = "One") -> str:
    """Give what `show` says of an article's full text."""
    [(article,)] = home.query("SELECT id FROM article WHERE title = ?", title)
    lines = home.run("show", article).out.splitlines()
    return next((one[12:] for one in lines if one.startswith("full text:")), "")


def make_due(home: Home) -> None:
    """Let the time pass until the next try of each page."""
    with closing(sqlite3.connect(home.database)) as connection, connection:
        connection.execute("UPDATE full_text SET next_at = 0 WHERE next_at IS NOT NULL")


def published(home: Home, feed: str = "interfaces.rss") -> str:
    """Give a feed as it is published; empty before it is."""
    path = home.feeds / feed
    return path.read_text() if path.exists() else ""


PICTURE = '<p><img src="/big.jpg" width="800"></p>'


@pytest.fixture
def read(home: Home, server: FeedServer) -> Home:
    """Give an article whose page was read."""
    server.serve("/feed", a_feed(server, "One"))
    serve_page(server, "One", a_page(*TEXT, title="One", more=PICTURE))
    configure(home, server)
    assert poll(home)["full_texts"] == {"read": 1, "without": 0, "left": 0}
    return home


def test_the_text_is_the_articles_and_nothing_around_it(read: Home, server: FeedServer) -> None:
    body = body_of(read)

    assert [one in body for one in TEXT] == [True, True]
    assert f'src="{server.url("/big.jpg")}"' in body
    assert [word for word in (*AROUND, "<h1>") if word in body] == []
    assert read.query("SELECT summary, image FROM article") == [(SUMMARY, server.url("/big.jpg"))]
    assert told(read) == "from its page"


def test_rules_feeds_files_and_search_know_the_text_at_once(read: Home) -> None:
    feeds = (path for path in read.feeds.glob("[ei]*") if path.suffix != ".gz")
    outputs = {path.name: TEXT[1] in path.read_text() for path in feeds}

    assert outputs == {
        f"{name}.{kind}": True
        for name in ("everything", "interfaces")
        for kind in ("rss", "atom", "json", "html")
    }
    assert [TEXT[1] in path.read_text() for path in read.archive.rglob("*.md")] == [True]
    assert len(read.run("search", "开发者接口", "--json").json) == 1


def test_a_later_poll_asks_for_no_page_and_changes_nothing(read: Home, server: FeedServer) -> None:
    before, page = contents(read.data / "public"), server.requests_for("/One.html")
    server.serve("/feed", a_feed(server, "One") + b"<!-- later -->")

    again = poll(read)

    assert (again["new"], again["changed"], again["article_files"]) == (0, 0, 0)
    assert server.requests_for("/One.html") == page
    assert contents(read.data / "public") == before
    assert read.query("SELECT count(*) FROM revision") == [(0,)]


def test_a_changed_entry_keeps_the_text_and_has_its_page_read_once_more(
    read: Home, server: FeedServer
) -> None:
    server.answer("/One.html", 500)
    server.serve("/feed", a_feed(server, "One", body="<p>更正：两个平台。</p>"))
    changed = poll(read)
    kept, trouble = body_of(read), told(read)
    serve_page(server, "One", a_page(*TEXT, "第三段在更正之后才写上。"))
    make_due(read)

    poll(read)
    poll(read)

    assert (changed["changed"], changed["full_texts"]["without"]) == (1, 1)
    assert TEXT[1] in kept
    assert "500 Internal Server Error" in trouble
    assert TEXT[1] in (read.feeds / "interfaces.rss").read_text()
    assert "第三段" in body_of(read)
    assert read.query("SELECT summary FROM article") == [("<p>更正：两个平台。</p>",)]
    assert len(server.requests_for("/One.html")) == 3


def test_an_entry_that_changes_all_the_time_has_its_page_read_five_times(
    read: Home, server: FeedServer
) -> None:
    for number in range(7):
        server.serve("/feed", a_feed(server, "One", body=f"<p>Version {number} of the story.</p>"))
        assert poll(read)["changed"] == 1

    assert len(server.requests_for("/One.html")) == 5
    assert TEXT[1] in body_of(read)


def test_a_first_document_has_the_pages_of_its_first_thirty_read(
    home: Home, server: FeedServer
) -> None:
    titles = [f"t{number}" for number in range(40)]
    server.serve("/feed", a_feed(server, *titles))
    for title in titles:
        serve_page(server, title, a_page(f"这是第{title}篇文章的全文，内容各不相同。", *TEXT))
    configure(home, server)

    first, again = poll(home), poll(home)

    assert first["full_texts"] == {"read": 30, "without": 0, "left": 0}
    assert again["full_texts"] == {"read": 0, "without": 0, "left": 0}
    asked = [one.path for one in server.requests if one.path != "/feed"]
    assert sorted(asked) == sorted(f"/{title}.html" for title in titles[:30])


BOMB = b"<html><body><p>" + b"<div>" * 300_000 + "深".encode() * 1000
HUGE = b"<html><body>" + b"<p>a</p>" * (700 << 10)


def serve_trouble(server: FeedServer) -> dict[str, str]:
    """Serve a page of each kind of trouble; give what is said of each."""
    server.answer("/lost.html", 404)
    server.never("/slow.html")
    server.reset("/reset.html")
    server.answer("/busy.html", 429, {"Retry-After": "7200"})
    serve_page(server, "bomb", BOMB)
    serve_page(server, "huge", HUGE)
    server.serve("/packed.html", HUGE, content_type="text/html", encoding="gzip")
    serve_page(server, "pdf", b"%PDF-1.7 ...", "application/pdf")
    serve_page(server, "empty", b"<html><body></body></html>")
    serve_page(server, "short", a_page("短讯。"))
    server.redirect("/circle.html", "/circle.html")
    return {
        "lost": "the server answered 404 Not Found",
        "slow": "127.0.0.1 did not answer within 2 s",
        "reset": "the connection to 127.0.0.1 broke",
        "busy": "its page is read in 2 h",
        "huge": "the response is larger than 5 MiB",
        "packed": "the page is larger than 5 MiB",
        "pdf": "the page is no HTML but application/pdf",
        "empty": "no text of an article was found in the page",
        "short": "the page says no more than the feed",
        "circle": "more than 5 redirects",
    }


FINAL = ("huge", "packed", "pdf", "short")


def test_a_page_in_trouble_costs_its_article_the_full_text_and_nothing_else(
    home: Home, server: FeedServer
) -> None:
    said = serve_trouble(server)
    server.serve("/feed", a_feed(server, "One", *said, "bomb"))
    serve_page(server, "One", a_page(*TEXT))
    configure(home, server, timeout="2s")

    summary = poll(home)

    assert summary["statuses"] == {"ok": 1}
    assert summary["full_texts"]["read"] in (1, 2)  # the bomb may give its text
    assert {name: words in told(home, name) for name, words in said.items()} == dict.fromkeys(
        said, True
    )
    assert {body_of(home, name) for name in said} == {SUMMARY}
    assert TEXT[1] in body_of(home)
    final = {name for name in said if "it is not tried again" in told(home, name)}
    assert final == set(FINAL)


@pytest.mark.parametrize("link", ["http://[broken", "http://paper.example:99999/", "http://a b/"])
def test_a_link_that_leads_nowhere_holds_up_no_other_page(
    link: str, home: Home, server: FeedServer
) -> None:
    broken = an_item("Broken", link="", guid=link, body=SUMMARY)
    whole = an_item("One", link=server.url("/One.html"), body=SUMMARY)
    server.serve("/feed", an_rss(broken, whole))
    serve_page(server, "One", a_page(*TEXT))
    configure(home, server)

    with home.start("run") as daemon:
        until(lambda: TEXT[1] in published(home), "the text is published")
        until(
            lambda: home.query("SELECT 1 FROM full_text WHERE tries = 1 AND error <> ''"), "tried"
        )
        assert "Traceback" not in daemon.errors


def test_a_page_that_goes_on_failing_is_left_after_five_tries(
    home: Home, server: FeedServer
) -> None:
    server.serve("/feed", a_feed(server, "One"))
    server.answer("/One.html", 404)
    configure(home, server)

    for _ in range(7):
        poll(home)
        make_due(home)

    assert len(server.requests_for("/One.html")) == 5
    assert told(home).startswith("the server answered 404 Not Found (5 tries), ")
    assert told(home).endswith("; it is not tried again")
    assert body_of(home) == SUMMARY


def test_the_wall_in_front_of_all_articles_is_not_their_text(
    home: Home, server: FeedServer
) -> None:
    wall = a_page("请登录后继续阅读本网站的全部内容，注册用户每月可以免费阅读五篇。")
    server.serve("/feed", a_feed(server, "One", "Two", "Three"))
    for title in ("One", "Two", "Three"):
        serve_page(server, title, wall)
    configure(home, server)

    assert poll(home)["full_texts"] == {"read": 1, "without": 2, "left": 0}
    answers = [told(home, title) for title in ("One", "Two", "Three")]
    assert sum("the same as that of another article" in one for one in answers) == 2


def test_a_page_at_a_private_address_is_not_asked_for(home: Home, server: FeedServer) -> None:
    server.serve("/feed", a_feed(server, "One"))
    server.answer("/One.html", 500)
    configure(home, server)
    poll(home)
    asked = len(server.requests)
    configure(home, server, allow_private=False)
    make_due(home)

    poll(home)

    assert len(server.requests) == asked
    assert "which is not a public address" in told(home)


def test_a_redirect_to_a_private_address_is_not_followed(home: Home, server: FeedServer) -> None:
    # As a proxy, the server plays a host of the public internet.
    link = "http://publisher.example/One.html"
    server.serve("http://publisher.example/feed", an_rss(an_item("One", link=link, body=SUMMARY)))
    server.redirect(link, server.url("/inside.html"))
    serve_page(server, "inside", a_page(*TEXT))
    paper = {
        "url": "http://publisher.example/feed",
        "full_text": True,
        "allow_private": False,
        "proxy": server.url(""),
    }
    home.configure(sources={"paper": paper})

    poll(home)

    assert [one.path for one in server.requests] == ["http://publisher.example/feed", link]
    assert "127.0.0.1 is at 127.0.0.1, which is not a public address" in told(home)
    assert body_of(home) == SUMMARY


SECRETS = {"token": "hush", "cookie": "session=hush", "headers": {"X-Key": "hush"}}


def test_only_pages_of_the_sources_own_origin_get_its_secrets(
    home: Home, server: FeedServer
) -> None:
    with FeedServer(host="127.0.0.2") as other:
        own = an_item("One", link=server.url("/One.html"), body=SUMMARY)
        foreign = an_item("Two", link=other.url("/Two.html"), body=SUMMARY)
        server.serve("/feed", an_rss(own, foreign))
        serve_page(server, "One", a_page("这是第一篇文章的全文。", *TEXT))
        serve_page(other, "Two", a_page("这是第二篇文章的全文。", *TEXT))
        home.configure(
            sources={"paper": {"url": server.url("/feed"), "full_text": True, "token": "hush"}}
        )

        summary = poll(home)

        [asked_own], [asked_foreign] = server.requests_for("/One.html"), other.requests
    assert summary["full_texts"]["read"] == 2
    assert asked_own.headers["authorization"] == "Bearer hush"
    assert "hush" not in str(asked_foreign.headers)
    assert asked_foreign.headers["accept"].startswith("text/html")


def test_a_daemon_that_is_killed_while_it_reads_reads_at_its_next_start(
    home: Home, server: FeedServer
) -> None:
    server.serve("/feed", a_feed(server, "One"))
    server.never("/One.html")
    configure(home, server)
    with home.start("run") as daemon:
        until(lambda: server.requests_for("/One.html"), "the page is asked for")
        daemon.send(signal.SIGKILL)
    serve_page(server, "One", a_page(*TEXT))

    with home.start("run"):
        until(lambda: TEXT[1] in published(home), "the text is published")

    assert home.query("SELECT count(*) FROM article") == [(1,)]
    assert len(server.requests_for("/One.html")) == 2


def test_polls_of_the_daemon_wait_for_no_page(home: Home, server: FeedServer) -> None:
    with FeedServer(host="127.0.0.2") as slow:
        links = [slow.url(f"/{number}.html") for number in range(20)]
        items = [an_item(f"t{n}", link=link, body=SUMMARY) for n, link in enumerate(links)]
        for link in links:
            slow.never(link.removeprefix(slow.url("")))
        server.serve("/feed", an_rss(*items))
        server.serve("/other", an_rss(an_item("Other")))
        home.configure(
            sources={
                "paper": {"url": server.url("/feed"), "full_text": True, "interval": "1s"},
                "other": {"url": server.url("/other"), "interval": "1s"},
            },
            service={"fetch_threads": 5},
        )
        with home.start("run"):
            until(lambda: slow.requests, "a page is asked for")
            before = len(server.requests_for("/other"))
            until(lambda: len(server.requests_for("/other")) > before + 1, "polls go on")

        assert len({one.path for one in slow.requests}) <= 2


def test_without_the_packages_check_says_what_to_install(home: Home, server: FeedServer) -> None:
    (home.folder / "sitecustomize.py").write_text("import sys\nsys.modules['trafilatura'] = None\n")
    configure(home, server)

    with home.start("check", PYTHONPATH=str(home.folder)) as check:
        code, said = check.ended(), check.errors

    assert code == 1
    assert "sources.paper.full_text: needs trafilatura: where aggregator was installed from" in said
    assert 'run .venv/bin/pip install ".[fulltext]"' in said


def test_pages_are_read_as_soon_as_a_source_of_a_running_daemon_wants_them(
    home: Home, server: FeedServer
) -> None:
    server.serve("/feed", a_feed(server, "One"))
    for title in ("One", "Two"):
        serve_page(server, title, a_page(*TEXT, title=title))
    configure(home, server, full_text=False, interval="2s")
    with home.start("run") as daemon:
        until(lambda: " poll source=paper status=ok" in daemon.errors, "the first one is stored")
        configure(home, server, interval="2s")
        until(lambda: "1 source changed: paper" in daemon.errors, "it is taken up")
        server.serve("/feed", a_feed(server, "Two", "One"))
        until(lambda: " page source=paper" in daemon.errors, "a page is read")
        daemon.send(signal.SIGTERM)

        assert daemon.ended() == 0
    assert TEXT[1] in body_of(home, "Two")
    assert TEXT[1] not in body_of(home, "One")
