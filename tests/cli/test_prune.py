"""`aggregator prune`: what a person is told before and after."""

from tests.feeds import an_item, an_rss
from tests.running import Home
from tests.servers import FeedServer


def test_it_says_what_would_go_then_does_it_and_then_there_is_nothing_to_do(home: Home) -> None:
    items = [an_item(f"Kiwi {n}", body=f"<p>{'x' * 90}{n}</p>") for n in range(3)]
    with FeedServer() as server:
        home.configure(
            sources={"paper": {"url": server.url("/feed"), "keep_articles": 1}},
            outputs={"kiwi": {"title": "Kiwi", "limit": 1}},
        )
        for document in (an_rss(*items), an_rss(items[0])):
            server.serve("/feed", document)
            assert home.run("poll", "--all").code == 0

    before = home.run("prune", "--dry-run")
    asked = home.run("prune", "--json").json
    after = home.run("prune")

    assert before.lines[:3] == [
        ["source", "why", "articles", "text"],
        ["paper", "keep_articles", "2", "196 B"],
        ["nothing was purged yet: `aggregator prune` does it"],
    ]
    assert asked["beyond"] == [
        {"source": "paper", "why": "keep_articles", "articles": 2, "text": 196}
    ]
    assert asked["done"] == {"articles": 2, "revisions": 0, "files": 2}
    assert asked["database"] >= asked["used"] > 0
    assert after.lines[0] == ["nothing is beyond its bounds"]


def test_without_bounds_it_names_the_keys_that_set_some(library: Home) -> None:
    done = library.run("prune", "--dry-run")

    assert done.out.splitlines()[0].startswith("nothing goes: feeds.toml has no `keep`")


def test_two_options_that_do_not_go_together_are_told(home: Home) -> None:
    done = home.run("prune", "--dry-run", "--compact")

    assert (done.code, done.err.splitlines()) == (
        2,
        ["error: --dry-run and --compact do not go together", "name one of them"],
    )
