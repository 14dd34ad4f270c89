"""Full text from articles' pages: a feed with summaries only, and pages as they are."""

import pytest

from tests.feeds import an_item, an_rss
from tests.running import Home, until
from tests.servers import FeedServer, Request, Response

SUMMARY = "<p>两个平台宣布互通。</p>"
TEXT = (
    "两个平台今天宣布互联互通，用户可以直接分享链接。",
    "双方表示，新功能将在年底前上线，开发者接口同时开放。",
)
NAVIGATION = "".join(f'<li><a href="/channel/{n}">频道{n}</a></li>' for n in range(12))
RELATED = "".join(
    f'<li><a href="/other/{n}">推荐阅读：某公司发布第{n}季度财报</a></li>' for n in range(12)
)


def a_page(*paragraphs: str, title: str = "互联互通", head: str = "", more: str = "") -> bytes:
    """Write a page as news sites do: an article among channels, advertisements and offers."""
    text = "".join(f"<p>{one}</p>" for one in paragraphs)
    return f"""<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{title} - 某报</title>
        {head}<script>track()</script></head><body><header><nav><ul>{NAVIGATION}</ul></nav></header>
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


@pytest.fixture
def read(home: Home, server: FeedServer) -> Home:
    """Give an article whose page was read."""
    server.serve("/feed", a_feed(server, "One"))
    serve_page(server, "One", a_page(*TEXT, more='<p><img src="/big.jpg" width="800"></p>'))
    configure(home, server)
    home.polled = home.run("poll")  # type: ignore[attr-defined]
    return home


def test_the_text_is_the_articles_and_nothing_around_it(read: Home, server: FeedServer) -> None:
    body = body_of(read)

    assert [one in body for one in TEXT] == [True, True]
    assert f'src="{server.url("/big.jpg")}"' in body
    assert [word for word in ("频道", "广告", "推荐", "版权", "track") if word in body] == []
    assert read.query("SELECT summary, image FROM article") == [(SUMMARY, server.url("/big.jpg"))]
