"""What makes two things the same."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.core.identity import (
    BODY_UNITS,
    Keys,
    article_id,
    canonical_url,
    content_hash,
    identity_keys,
)

WECHAT = "mp.weixin.qq.com/s?__biz=MzA%3D&idx=1&mid=22&sn=ab"


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://example.org/a", "example.org/a"),
        ("http://www.example.org/a/", "example.org/a"),
        (" HTTPS://WWW.Example.ORG/A ", "example.org/A"),
        ("http://example.org:80/a", "example.org/a"),
        ("https://example.org:443/a", "example.org/a"),
        ("https://example.org:8443/a", "example.org:8443/a"),
        ("http://example.org:443/a", "example.org:443/a"),
        ("https://user:pass@example.org/a", "example.org/a"),
        ("https://example.org/a#section", "example.org/a"),
        (
            "https://example.org/a?utm_source=rss&UTM_Medium=x&fbclid=1&gclid=2&spm=3",
            "example.org/a",
        ),
        ("https://example.org/a?id=7&utm_source=rss", "example.org/a?id=7"),
        ("https://example.org/a?b=2&a=1&a=0", "example.org/a?a=0&a=1&b=2"),
        ("https://example.org/a?q=互联", "example.org/a?q=%E4%BA%92%E8%81%94"),
        ("https://example.org/a?q=%e4%ba%92%E8%81%94", "example.org/a?q=%E4%BA%92%E8%81%94"),
        ("https://example.org/a?blank", "example.org/a?blank="),
        ("https://example.org/?p=12", "example.org?p=12"),
        ("http://mp.weixin.qq.com/s?__biz=MzA=&mid=22&idx=1&sn=ab&chksm=9&scene=0#rd", WECHAT),
        ("https://mp.weixin.qq.com/s?src=11&signature=z", "mp.weixin.qq.com/s?signature=z&src=11"),
        ("https://mp.weixin.qq.com/s/AbC", "mp.weixin.qq.com/s/AbC"),
        ("https://example.org", ""),
        ("https://www.example.org/", ""),
        ("https://example.org/?utm_source=rss#top", ""),
        ("ftp://example.org/a", ""),
        ("tag:example.org,2026:1", ""),
        ("/a/b", ""),
        ("", ""),
        ("https:///a", ""),
        ("https://example.org:port/a", ""),
        ("https://[::1/a", ""),
    ],
)
def test_a_page_has_one_canonical_url_and_a_home_page_none(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


HOSTS = st.sampled_from(
    ["example.org", "www.example.org", "WWW.www.example.org", "例子.example", "mp.weixin.qq.com"]
)
PORTS = st.sampled_from(["", ":80", ":443", ":8080"])
PATHS = st.text("ab/ .%C3~互;@:", max_size=8).map("/{}".format)
QUERIES = st.lists(
    st.sampled_from(["a=1", "b=%E4", "utm_x=1", "sn=1", "c", "d=互 e", ""]), max_size=4
)


@given(st.sampled_from(["http", "https"]), HOSTS, PORTS, PATHS, QUERIES)
@example("https", "www.www.example.org", "", "/a", [])
@example("https", "example.org", "", "/a /", [])
@example("http", "[2001:db8::1]", "", "/a", [])
def test_canonical_is_idempotent(
    scheme: str, host: str, port: str, path: str, query: list[str]
) -> None:
    once = canonical_url(f"{scheme}://{host}{port}{path}?{'&'.join(query)}#f")

    assert canonical_url(f"{scheme}://{once}" if once else "") == once


def test_an_article_id_is_the_same_for_ever() -> None:
    assert article_id("36kr", "https://36kr.com/p/1") == "vovt7bbohx5pyryh"


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
@example(("a", "bc"), ("ab", "c"))
def test_article_ids_are_16_letters_and_differ_when_source_or_guid_do(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    ids = {article_id(*one), article_id(*other)}

    assert len(ids) == len({one, other})
    assert all(
        len(name) == 16 and set(name) <= set("abcdefghijklmnopqrstuvwxyz234567") for name in ids
    )


def test_a_content_hash_tells_the_fields_apart() -> None:
    hashes = {
        content_hash("ab", ""),
        content_hash("a", "b"),
        content_hash("", "ab"),
        content_hash("ab"),
    }

    assert {len(one) for one in hashes} == {16}
    assert len(hashes) == 4


def test_identity_keys_are_of_the_page_and_of_the_words() -> None:
    body = "互" * BODY_UNITS

    keys = identity_keys("https://www.example.org/a?utm_source=x", body)

    assert keys == identity_keys("http://example.org/a#f", body)
    assert keys != identity_keys("http://example.org/b", body)
    assert None not in (keys.url, keys.body)


def test_a_home_page_and_a_short_body_identify_nothing() -> None:
    keys = identity_keys("https://example.org/", "互" * (BODY_UNITS - 1))

    assert keys == Keys(url=None, body=None)


@given(st.text(min_size=1))
def test_identity_keys_fit_the_integers_of_sqlite(body: str) -> None:
    keys = identity_keys(
        f"https://example.org/{len(body)}", "word " * BODY_UNITS + storable_part(body)
    )

    assert all(key is not None and -(2**63) <= key < 2**63 for key in (keys.url, keys.body))


def storable_part(text: str) -> str:
    """Drop what UTF-8 cannot carry."""
    return text.encode(errors="ignore").decode()
