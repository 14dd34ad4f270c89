"""`split` and `merge`: a person's word on what is the same article."""

import pytest

from tests.feeds import an_item, an_rss
from tests.running import Home
from tests.servers import FeedServer

pytestmark = pytest.mark.slow

LINK = "https://publisher.example/one"


@pytest.fixture
def pair(home: Home, server: FeedServer) -> Home:
    """Give a home with one article of two sources, and one of its own."""
    server.serve("/a", an_rss(an_item("One", guid="a-1", link=LINK)))
    server.serve("/b", an_rss(an_item("One", guid="b-1", link=LINK), an_item("Two", guid="b-2")))
    home.configure(sources={"a": server.url("/a"), "b": server.url("/b")})
    for source in ("a", "b"):
        assert home.run("poll", source).code == 0
    return home


def ids(home: Home) -> dict[str, str]:
    return dict(home.query("SELECT guid, id FROM article"))


def shown(home: Home) -> int:
    """Count what the feed shows, as a daemon or the next poll would make it."""
    assert home.run("poll").code == 0
    return (home.feeds / "everything.json").read_text().count('"date_published"')


def test_a_split_article_is_shown_beside_the_other_and_a_merge_undoes_it(pair: Home) -> None:
    known = ids(pair)
    counts = [shown(pair)]
    split = pair.run("split", known["b-1"])
    counts.append(shown(pair))
    merged = pair.run("merge", known["b-1"], known["a-1"])
    counts.append(shown(pair))

    assert (split.code, split.out) == (
        0,
        f"{known['b-1']} stands alone; 1 other as before\n",
    )
    assert (merged.code, merged.out) == (
        0,
        f"one article in 2 places, shown under {known['a-1']}\n",
    )
    assert counts == [2, 3, 2]


def test_merged_articles_say_so(pair: Home) -> None:
    known = ids(pair)
    pair.run("merge", known["a-1"], known["b-2"])

    members = pair.run("show", "--json", known["a-1"]).json["members"]

    assert [(one["article"], one["reason"]) for one in members] == [
        (known["a-1"], "first"),
        (known["b-2"], "merged"),
        (known["b-1"], "url"),
    ]


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (("split", "b-2"), "error: {b-2} is alone in its cluster already\n"),
        (("merge", "b-2", "b-2"), "error: {b-2} was named twice\n"),
        (("split", "none"), "error: there is no article 'none'\n"),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_refused(pair: Home, command: tuple[str, ...], error: str) -> None:
    known = ids(pair)

    refused = pair.run(*(known.get(word, word) for word in command))

    assert refused.code == 2
    assert refused.err.startswith(error.format(**known))
