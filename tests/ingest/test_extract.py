"""Finding the article in a page."""

import pytest

from aggregator.errors import ParseError
from aggregator.ingest.extract import article_markup
from tests.behaviours.test_fulltext import AROUND, TEXT, a_page

URL = "https://paper.example/2026/one.html"
EN = (
    "The two platforms said today that their users will be able to share links with each other.",
    "A spokesman said that the change would come before the end of the year, in all countries.",
)


def test_what_stands_around_an_article_is_left_out() -> None:
    markup = article_markup(a_page(*TEXT), "text/html", URL)

    assert [one for one in TEXT if one not in markup] == []
    assert [word for word in AROUND if word in markup] == []


@pytest.mark.parametrize("text", [("短讯一则，今日发布。",), (TEXT[0],), EN[:1], EN])
def test_a_short_article_is_not_lost_among_menus(text: tuple[str, ...]) -> None:
    markup = article_markup(a_page(*text), "text/html", URL)

    assert [one for one in text if one not in markup] == []
    assert [word for word in AROUND if word in markup] == []


@pytest.mark.parametrize(
    ("encoding", "served", "declared"),
    [
        ("gbk", "text/html; charset=gb2312", ""),
        ("gbk", "text/html", '<meta charset="gb2312">'),
        ("gbk", "text/html", '<meta http-equiv="Content-Type" content="text/html; charset=gbk">'),
        ("gb18030", "text/html", ""),
        ("utf-8", "text/html; charset=iso-8859-1", ""),
        ("utf-8-sig", "", ""),
    ],
)
def test_a_page_is_read_in_its_encoding(encoding: str, served: str, declared: str) -> None:
    page = a_page(*TEXT).decode().replace('<meta charset="utf-8">', declared)

    markup = article_markup(page.encode(encoding), served, URL)

    assert [one for one in TEXT if one not in markup] == []


def test_western_pages_mean_windows_1252_when_they_say_latin_1() -> None:
    page = a_page("It’s “free” — " + EN[0], EN[1]).decode().replace('<meta charset="utf-8">', "")

    western = page.encode("cp1252", "ignore")
    markup = article_markup(western, "text/html; charset=iso-8859-1", URL)

    assert "It’s “free” — The two platforms" in markup


def test_links_and_pictures_are_absolute_and_lazy_pictures_are_shown() -> None:
    more = (
        '<p>看 <a href="../about.html">这里</a>与<a href="two.html">那里</a>，'
        "两个平台的开发者文档都已经更新，其中写明了接口的使用范围、限制与费用。</p><p>"
        '<img src="data:image/gif;base64,R0lGOD" data-src="/pictures/1.jpg" alt="一"></p>'
    )

    markup = article_markup(a_page(*TEXT, more=more), "text/html", URL)

    assert '<a href="https://paper.example/about.html">这里</a>' in markup
    assert '<a href="https://paper.example/2026/two.html">那里</a>' in markup
    assert 'src="https://paper.example/pictures/1.jpg"' in markup


def test_links_count_from_the_pages_base() -> None:
    page = a_page(
        *TEXT,
        head='<base href="https://cdn.example/x/">',
        more='<p>看<a href="y.html">这</a>。</p>',
    )

    assert 'href="https://cdn.example/x/y.html"' in article_markup(page, "text/html", URL)


def test_nothing_live_is_left() -> None:
    more = (
        '<p onclick="x()">点击<a href="javascript:x()">链接</a>查看全部内容与评论。</p>'
        '<iframe src="https://x.example"></iframe><svg onload="x()"></svg><script>x()</script>'
        '<p><img src="https://x.example/1.jpg" onerror="x()"></p><style>p{}</style>'
    )

    markup = article_markup(a_page(*TEXT, more=more), "text/html", URL)

    live = ("onclick", "javascript", "iframe", "svg", "script", "onerror", "style")
    assert [one for one in live if one in markup] == []


def test_lists_tables_code_and_quotes_stay_what_they_are() -> None:
    more = (
        "<h2>小标题在此</h2><ul><li>第一点内容</li><li>第二点内容</li></ul><blockquote>引用的话</blockquote>"
        "<pre><code>x = 1\n  y = 2</code></pre><table><tr><th>指标</th><td>十</td></tr></table>"
    )

    markup = article_markup(a_page(*TEXT, more=more), "text/html", URL)

    kept = (
        "<h2>小标题在此</h2>",
        "<li>第二点内容</li>",
        "引用的话</blockquote>",
        "x = 1\n  y = 2",
        "指标</th>",
    )
    assert [one for one in kept if one not in markup] == []


@pytest.mark.parametrize(
    ("page", "content_type", "status"),
    [
        (b"%PDF-1.7", "text/html", "not_a_feed"),
        (b"\x89PNG\r\n", "text/html", "not_a_feed"),
        (b'{"a": 1}', "", "not_a_feed"),
        (b"<html><p>" + b"a" * (5 << 20), "text/html", "too_large"),
        (b"<html><body></body></html>", "text/html", "broken"),
        (b"<html><body><script>app()</script></body></html>", "text/html", "broken"),
    ],
)
def test_what_holds_no_article_says_so(page: bytes, content_type: str, status: str) -> None:
    with pytest.raises(ParseError) as caught:
        article_markup(page, content_type, URL)

    assert caught.value.status == status


POISONS = (
    b"<html><body>" + b"<div>" * 100_000 + b"deep",
    b"<html><body>" + b"<b><p>" * 30_000,
    b"<html><body><p>" + b"&" * 100_000,
    b"<html><body><!--" * 20_000,
    b"<html><p " + b'a="' * 50_000,
    b"<html><body><table>" + b"<tr><td>" * 20_000,
    bytes(range(256)) * 500 + b"<html><body><p>x",
    b"<html><body>\xff\xfe\x00<p>\x00\xed\xa0\x80</p>",
)


@pytest.mark.slow
@pytest.mark.parametrize("page", POISONS, ids=range(len(POISONS)))
def test_a_poisonous_page_gives_a_text_or_says_why_not(page: bytes) -> None:
    try:
        markup = article_markup(page, "text/html", URL)
    except ParseError as error:
        markup = error.what

    markup.encode()
