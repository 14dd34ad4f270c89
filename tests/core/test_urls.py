"""Which URLs name the same page."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.core.urls import HostRule, Rewrite, UrlBook, UrlRules

BOOK = UrlBook(
    UrlRules(
        drop=("utm_*", "fbclid", "gclid", "spm"),
        hosts=(
            ("mp.weixin.qq.com", HostRule(keep=("__biz", "mid", "idx", "sn"))),
            ("shop.example", HostRule(drop=("from",))),
            ("m.news.example", HostRule(alias="news.example")),
            ("*.m.wiki.example", HostRule(alias="*.wiki.example")),
            (
                "v.example",
                HostRule(alias="video.example", rewrite=(Rewrite(path=r"/(\w+)", to=r"/w?v=\1"),)),
            ),
            ("video.example", HostRule(keep=("v",))),
            (
                "papers.example",
                HostRule(rewrite=(Rewrite(path=r"/pdf/(.+?)(?:\.pdf)?", to=r"/abs/\1"),)),
            ),
            ("grows.example", HostRule(rewrite=(Rewrite(path="/(.*)", to=r"/x/\1"),))),
            ("out.example", HostRule(unwrap=("to", "url"))),
            ("a.example", HostRule(alias="b.example")),
            ("b.example", HostRule(alias="a.example")),
        ),
    )
)  # fmt: skip
WECHAT = "mp.weixin.qq.com/s?__biz=MzA%3D&idx=1&mid=22&sn=ab"
SAME = [
    ("https://example.org/a", "example.org/a"),
    ("http://www.example.org/a/", "example.org/a"),
    (" HTTPS://WWW.Example.ORG/A ", "example.org/A"),
    ("https://example.org./a", "example.org/a"),
    ("http://example.org:80/a", "example.org/a"),
    ("https://example.org:443/a", "example.org/a"),
    ("https://example.org:8443/a", "example.org:8443/a"),
    ("http://example.org:443/a", "example.org:443/a"),
    ("https://user:pass@example.org/a", "example.org/a"),
    ("https://例子.example/a", "xn--fsqu00a.example/a"),
    ("https://xn--fsqu00a.example/a", "xn--fsqu00a.example/a"),
    ("https://example.org/a#section", "example.org/a"),
    ("https://example.org/a?utm_source=rss&UTM_Medium=x&fbclid=1&gclid=2&spm=3", "example.org/a"),
    ("https://example.org/a?id=7&utm_source=rss", "example.org/a?id=7"),
    ("https://example.org/a?b=2&a=1&a=0", "example.org/a?a=0&a=1&b=2"),
    ("https://example.org/a?from=rss", "example.org/a?from=rss"),
    ("https://shop.example/a?from=rss&id=1", "shop.example/a?id=1"),
    ("https://example.org/a?q=互联", "example.org/a?q=%E4%BA%92%E8%81%94"),
    ("https://example.org/a?q=%e4%ba%92%E8%81%94", "example.org/a?q=%E4%BA%92%E8%81%94"),
    ("https://example.org/a?q=%BB%A5", "example.org/a?q=%BB%A5"),
    ("https://example.org/互联", "example.org/%E4%BA%92%E8%81%94"),
    ("https://example.org/%e4%ba%92%E8%81%94", "example.org/%E4%BA%92%E8%81%94"),
    ("https://example.org/%7Ea%2Fb%41", "example.org/~a%2FbA"),
    ("https://example.org/a?blank", "example.org/a?blank="),
    ("https://example.org/?p=12", "example.org?p=12"),
    ("http://mp.weixin.qq.com/s?__biz=MzA=&mid=22&idx=1&sn=ab&chksm=9&scene=0#rd", WECHAT),
    ("https://mp.weixin.qq.com/s?src=11&signature=z", "mp.weixin.qq.com/s?signature=z&src=11"),
    ("https://mp.weixin.qq.com/s/AbC", "mp.weixin.qq.com/s/AbC"),
    ("https://m.news.example/a?id=1", "news.example/a?id=1"),
    ("https://m.news.example:8080/a", "m.news.example:8080/a"),
    ("https://zh.m.wiki.example/a", "zh.wiki.example/a"),
    ("https://zh.tw.m.wiki.example/a", "zh.tw.wiki.example/a"),
    ("https://wiki.example/a", "wiki.example/a"),
    ("https://v.example/Ab1?t=9", "video.example/w?v=Ab1"),
    ("https://papers.example/pdf/1.2.pdf", "papers.example/abs/1.2"),
    ("https://papers.example/pdf/1.2", "papers.example/abs/1.2"),
    ("https://grows.example/a", "grows.example/a"),
    ("https://out.example/?to=https%3A%2F%2Fx.example%2Fa%3Fi%3D1%26spm%3D2", "x.example/a?i=1"),
    ("https://out.example/go?to=http://out.example/?url=http://m.news.example/a", "news.example/a"),
    ("https://out.example/go?to=/a", "out.example/go?to=%2Fa"),
    ("https://a.example/x", "a.example/x"),
]  # fmt: skip
NO_PAGE = [
    "https://example.org",
    "https://www.example.org/",
    "https://example.org/?utm_source=rss#top",
    "ftp://example.org/a",
    "tag:example.org,2026:1",
    "/a/b",
    "",
    "https:///a",
    "https://example.org:port/a",
    "https://[::1/a",
]


@pytest.mark.parametrize(("url", "canonical"), SAME)
def test_a_page_has_one_canonical_url(url: str, canonical: str) -> None:
    assert BOOK.canonical(url) == canonical


@pytest.mark.parametrize("url", NO_PAGE)
def test_a_home_page_and_what_is_no_page_have_none(url: str) -> None:
    assert BOOK.canonical(url) == ""


HOSTS = st.sampled_from(
    """example.org www.example.org WWW.www.example.org example.org. 例子.example mp.weixin.qq.com
    shop.example m.news.example zh.m.wiki.example v.example papers.example grows.example out.example
    a.example [2001:db8::1]""".split()
)
PORTS = st.sampled_from(["", ":80", ":443", ":8080"])
PATHS = st.one_of(
    st.text("ab/ .%C3~互;@:", max_size=8).map("/{}".format),
    st.sampled_from(["/pdf/1.pdf.pdf", "/pdf/pdf/1", "/x/x/a"]),
)
PARAMETERS = [
    "a=1",
    "b=%E4",
    "utm_x=1",
    "sn=1",
    "c",
    "d=互 e",
    "v=1",
    "to=http://b.example/x?v=1",
    "",
]
QUERIES = st.lists(st.sampled_from(PARAMETERS), max_size=4)
SCHEMES = st.sampled_from(["http", "https"])


@given(SCHEMES, HOSTS, PORTS, PATHS, QUERIES)
@example("https", "www.www.example.org", "", "/a", [])
@example("https", "example.org", "", "/a /", [])
@example("http", "[2001:db8::1]", "", "/a", [])
def test_a_canonical_url_is_its_own_canonical_url(
    scheme: str, host: str, port: str, path: str, query: list[str]
) -> None:
    once = BOOK.canonical(f"{scheme}://{host}{port}{path}?{'&'.join(query)}#f")

    assert BOOK.canonical(f"{scheme}://{once}" if once else "") == once


NAMES = st.sampled_from(["id", "p", "from", "ref", "source", "UTM", "utm", "spmx", "a"])


@given(st.lists(st.tuples(NAMES, st.text("0123456789", max_size=3)), max_size=5))
def test_a_host_without_a_rule_keeps_every_parameter_that_is_not_tracking(
    pairs: list[tuple[str, str]],
) -> None:
    query = "&".join(f"{name}={value}" for name, value in pairs)

    _, _, kept = BOOK.canonical(f"https://unknown.example/a?utm_source=x&{query}").partition("?")

    assert sorted(kept.split("&")) == sorted(query.split("&"))


def test_a_parameter_is_known_by_its_name_or_its_beginning_in_either_case() -> None:
    names = ("utm_source", "UTM_x", "FBCLID", "utm", "fbclid2", "id")

    assert [one for one in names if BOOK.is_tracking(one)] == ["utm_source", "UTM_x", "FBCLID"]


def test_what_a_user_says_of_a_host_takes_the_place_of_what_was_said() -> None:
    first = UrlRules(drop=("a",), hosts=(("x.example", HostRule(keep=("id",))),))
    other = UrlRules(drop=("a", "b"), hosts=(("x.example", HostRule(keep=("p",))),))

    assert first.extended(other) == UrlRules(
        drop=("a", "b"), hosts=(("x.example", HostRule(keep=("p",))),)
    )
