"""`sources`, `outputs`, `search` and `show`: what people and programs see of the store."""

import re

import pytest

from aggregator.core.health import CUT_OFF
from tests.feeds import an_item, an_rss
from tests.running import Home, free_port, until
from tests.servers import FeedServer


def titles(home: Home, *words: str) -> list[str]:
    return sorted(one["title"] for one in home.run("search", "--json", *words).json)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("芯",), ["国产算法芯片量产"]),
        (("算法",), ["国产算法芯片量产"]),
        (("新款", "gpu"), ["新款GPU发布"]),
        (("quiet",), ["Spinning a new fan", "The quiet laptop"]),
        (('"never spins"',), ["The quiet laptop"]),
        (('quiet" OR "x',), []),
    ],
    ids=" ".join,
)
def test_search_finds(library: Home, words: tuple[str, ...], found: list[str]) -> None:
    assert titles(library, *words) == found


def test_search_takes_words_that_look_like_options_behind_two_hyphens(library: Home) -> None:
    assert titles(library, "--", "--quiet") == ["Spinning a new fan", "The quiet laptop"]


def test_search_prints_lines_that_name_the_article(library: Home) -> None:
    head, row = library.run("search", "laptop").lines

    assert head == ["article", "date", "source", "title"]
    assert re.fullmatch("[a-z2-7]{16}", row[0])
    assert row[1:] == ["2026-03-02 08:00", "en", "The quiet laptop"]


def test_search_says_when_it_finds_nothing(library: Home) -> None:
    searched = library.run("search", "no", "such")

    assert (searched.code, searched.out) == (0, "no article holds 'no such'\n")


def test_search_gives_at_most_as_many_as_asked_for(library: Home) -> None:
    assert len(library.run("search", "--json", "--limit", "1", "quiet").json) == 1


@pytest.mark.parametrize(
    "name",
    ["{id}", "{id:.8}", "urn:aggregator:{id}", "https://publisher.example/the-quiet-laptop"],
)
def test_show_finds_an_article_by(library: Home, name: str) -> None:
    (article,) = library.run("search", "--json", "laptop").json

    shown = library.run("show", "--json", name.format(id=article["article"]))

    assert (shown.code, shown.json["title"]) == (0, "The quiet laptop")


def test_show_tells_everything_about_an_article(library: Home) -> None:
    (article,) = library.run("search", "--json", "laptop").json

    shown = library.run("show", article["article"])

    head, *rest = shown.out.splitlines()
    facts = dict(re.split(r":\s+", line, maxsplit=1) for line in rest if ": " in line)
    facts.pop("first seen")
    assert head == "The quiet laptop"
    assert facts == {
        "article": article["article"],
        "source": "The Paper (en)",
        "link": "https://publisher.example/the-quiet-laptop",
        "guid": "en-1",
        "date": "2026-03-02 08:00 UTC",
        "language": "en",
        "kept by": "everything",
    }
    assert rest[-1] == "A fan that never spins."


def test_show_tells_what_a_podcast_and_a_planet_state(home: Home, server: FeedServer) -> None:
    itunes = 'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    item = an_item(
        "An episode",
        extra='<source url="https://o.example/feed">An origin</source>'
        '<enclosure url="https://x.example/7.mp3" type="audio/mpeg" length="4200000"/>'
        f"<itunes:duration {itunes}>1:02:03</itunes:duration>"
        f"<itunes:season {itunes}>2</itunes:season><itunes:episode {itunes}>7</itunes:episode>"
        "<dc:creator>Ann</dc:creator><dc:creator>Bo</dc:creator><dc:language>fr</dc:language>",
    )
    server.serve("/feed", an_rss(item))
    home.configure(sources={"cast": server.url("/feed")})
    home.run("poll")

    lines = home.run("show", "https://publisher.example/an-episode").out.splitlines()
    stored = home.run("show", "--json", "https://publisher.example/an-episode").json

    assert {
        "authors:    Ann, Bo",
        "language:   fr",
        "taken from: An origin https://o.example/feed",
        "episode:    season 2, 7",
        "enclosure:  https://x.example/7.mp3  audio/mpeg  4.2 MB  1:02:03",
    } <= set(lines)
    assert (stored["origin"], stored["season"], stored["episode"], stored["enclosures"]) == (
        {"title": "An origin", "url": "https://o.example/feed", "link": ""},
        2,
        7,
        [
            {
                "url": "https://x.example/7.mp3",
                "type": "audio/mpeg",
                "length": 4200000,
                "duration": 3723,
            }
        ],
    )


def test_show_names_the_other_places_of_an_article(library: Home) -> None:
    article = next(
        one for one in library.run("search", "--json", "性能").json if one["source"] == "zh"
    )

    members = library.run("show", "--json", article["article"]).json["members"]

    assert [(one["source"], one["reason"]) for one in members] == [("zh", "first"), ("en", "url")]


def test_show_asks_for_more_of_an_id_that_fits_several(library: Home) -> None:
    shown = library.run("show", "")

    what, next_step = shown.err.splitlines()
    assert (shown.code, next_step) == (2, "write more of the id")
    assert what.startswith("error: '' fits 6 articles: ")


def test_outputs_counts_what_each_output_shows(library: Home) -> None:
    head, *rows = library.run("outputs").lines
    table = {row[0]: dict(zip(head, row, strict=True)) for row in rows}

    assert {name: (row["title"], row["articles"]) for name, row in table.items()} == {
        "everything": ("Everything", "5"),
        "chips": ("芯片", "1"),
    }
    assert table["chips"]["subscribe"] == f"http://127.0.0.1:{library.port}/feeds/chips.rss"


def test_programs_get_the_outputs_with_all_their_addresses(library: Home) -> None:
    base = f"http://127.0.0.1:{library.port}/feeds/chips"

    chips = next(one for one in library.run("outputs", "--json").json if one["output"] == "chips")

    assert chips == {
        "output": "chips",
        "title": "芯片",
        "articles": 1,
        "newest": "2026-03-02T08:00:00+00:00",
        "urls": [f"{base}.{kind}" for kind in ("rss", "atom", "json", "html")],
        "private": False,
    }


def test_sources_never_polled_say_so(home: Home) -> None:
    home.configure(sources={"paper": "https://user:secret@paper.example/feed?token=secret"})

    head, row = home.run("sources").lines

    assert dict(zip(head, row, strict=True)) == {
        "source": "paper",
        "health": "new",
        "status": "not polled yet",
        "polled": "never",
        "next": "now",
        "articles": "0",
        "problem": "",
    }


def test_programs_get_no_secret_of_a_source(home: Home) -> None:
    home.configure(sources={"paper": "https://user:secret@paper.example/feed?token=secret&a=1"})

    (paper,) = home.run("sources", "--json").json

    assert paper["url"] == "https://paper.example/feed?token=…&a=1"


def test_commands_say_what_to_do_where_nothing_is_configured(home: Home) -> None:
    home.configure(sources={}, outputs={})

    assert [home.run(command).out for command in ("sources", "outputs")] == [
        "no sources; add a [sources.NAME] table to feeds.toml\n",
        "no outputs; add an [outputs.NAME] table to feeds.toml\n",
    ]


def test_a_tab_or_line_end_in_a_title_does_not_break_the_table(library: Home) -> None:
    assert {len(line) for line in library.run("search", "a").lines} <= {1, 4}


def test_a_machine_without_a_network_is_told_once_not_source_by_source(home: Home) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/feed"
    home.configure(sources={"paper": nobody, "wire": f"{nobody}/2"})

    with home.start("run") as daemon:
        daemon.answers()
        page = until(
            lambda: shown if "2 failing" in (shown := home.get("/").body.decode()) else "", "polled"
        )
    polled, listed = home.run("poll", "--all"), home.run("sources")

    assert f'<p class="broken">N{CUT_OFF[1:]}' in page.replace("&#39;", "'")
    assert "cannot be reached" not in page
    assert [one.err.splitlines() for one in (polled, listed)] == [[CUT_OFF], [CUT_OFF]]
