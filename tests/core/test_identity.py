"""What makes two things the same."""

from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.core.identity import (
    BODY_UNITS,
    Keys,
    article_id,
    content_hash,
    identity_keys,
)
from tests.core.records import URLS


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

    keys = identity_keys("https://www.example.org/a?utm_source=x", body, URLS)

    assert keys == identity_keys("http://example.org/a#f", body, URLS)
    assert keys != identity_keys("http://example.org/b", body, URLS)
    assert None not in (keys.url, keys.body)


def test_a_home_page_and_a_short_body_identify_nothing() -> None:
    keys = identity_keys("https://example.org/", "互" * (BODY_UNITS - 1), URLS)

    assert keys == Keys(url=None, body=None)


@given(st.text(min_size=1))
def test_identity_keys_fit_the_integers_of_sqlite(body: str) -> None:
    keys = identity_keys(
        f"https://example.org/{len(body)}", "word " * BODY_UNITS + storable_part(body), URLS
    )

    assert all(key is not None and -(2**63) <= key < 2**63 for key in (keys.url, keys.body))


def storable_part(text: str) -> str:
    """Drop what UTF-8 cannot carry."""
    return text.encode(errors="ignore").decode()
