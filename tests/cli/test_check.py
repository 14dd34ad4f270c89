"""`aggregator check`: every mistake with its line and the nearest right name."""

import pytest

from tests.running import Home

MISTAKES = """\
[service]
listen = "8642"
data_dri = "data"

[defaults]
interval = "1 fortnight"

[sources.36kr]
url = "https://www.36kr.com/feed"
catgories = ["新媒体"]

[sources.ithome]
url = "www.ithome.com/rss"

[sources.sspai]
name = "少数派"

[sources.solidot]
url = "https://www.solidot.org/index.rss"
timezone = "Asia/Shangai"

[terms]
stock_connect = ["沪深港通"]

[outputs.chips]
any = [
  "芯片",
  "re:(?=x)芯",
]
none = ["@stock_conect"]
sources = ["36k"]
limit = 0

[output.everything]
title = "Everything"
"""

PROBLEMS = [
    (2, "service.listen", """takes host:port such as "127.0.0.1:8642", not '8642'"""),
    (3, "service.data_dri", "is not known; did you mean 'data_dir'?"),
    (
        6,
        "defaults.interval",
        """takes a time span such as "30m", "1h" or "7d", not '1 fortnight'""",
    ),
    (10, "sources.36kr.catgories", "is not known; did you mean 'categories'?"),
    (
        13,
        "sources.ithome.url",
        "takes a whole URL such as \"https://example.org/feed.xml\", not 'www.ithome.com/rss'",
    ),
    (15, "sources.sspai", 'has no url; add a line such as url = "https://…"'),
    (
        20,
        "sources.solidot.timezone",
        """takes a time zone such as "Asia/Shanghai", not 'Asia/Shangai'""",
    ),
    (26, "outputs.chips.any", "the term 're:(?=x)芯' is no pattern re2 can take"),
    (
        30,
        "outputs.chips.none",
        "uses the list '@stock_conect', which [terms] does not have; did you mean 'stock_connect'?",
    ),
    (
        31,
        "outputs.chips.sources",
        "names the source '36k', which is not there; did you mean '36kr'?",
    ),
    (32, "outputs.chips.limit", "takes a whole number from 1"),
    (34, "output", "is not known; did you mean 'outputs'?"),
]


def test_each_of_many_mistakes_is_named_with_its_line_and_the_right_name(home: Home) -> None:
    home.config.write_text(MISTAKES, encoding="utf-8")

    checked = home.run("check")

    first, *problems, last = checked.err.splitlines()
    assert (checked.code, checked.out) == (1, "")
    assert first == f"error: {home.config}: {len(PROBLEMS)} problems"
    assert last == "mend the file, then run `aggregator check`"
    assert [
        problem.startswith(f"  line {line}: {key}: {text}")
        for problem, (line, key, text) in zip(problems, PROBLEMS, strict=True)
    ] == [True] * len(PROBLEMS), "\n".join(problems)


def test_of_very_many_mistakes_other_commands_name_the_first(home: Home) -> None:
    mistakes = "".join(f'[sources.s{n}]\nurl = "a.example"\n' for n in range(30))
    home.config.write_text(mistakes, encoding="utf-8")

    polled, checked = home.run("poll"), home.run("check")

    assert len(checked.err.splitlines()) == 1 + 30 + 1
    assert polled.err.splitlines()[:21] == checked.err.splitlines()[:21]
    assert polled.err.splitlines()[21:] == [
        "  and 10 more",
        "mend the file, then run `aggregator check`",
    ]


def test_programs_get_the_mistakes_as_json(home: Home) -> None:
    home.config.write_text(MISTAKES, encoding="utf-8")

    checked = home.run("check", "--json")

    assert checked.code == 1
    assert [(one["level"], one["line"], one["key"]) for one in checked.json] == [
        ("error", line, key) for line, key, _ in PROBLEMS
    ]
    assert all(
        one["problem"].startswith(text)
        for one, (_, _, text) in zip(checked.json, PROBLEMS, strict=True)
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "[service\n",
            "line 1: is not TOML: expected ']' at the end of a table declaration (column 9)",
        ),
        (
            '[sources.a]\nurl = "https://a.example/"\nurl = "https://b.example/"\n',
            "line 3: is not TOML: the key is there twice (column 27)",
        ),
        ("sources = 3\n", "line 1: sources: is a table: write [sources] on a line of its own"),
        (
            '[sources."a/b"]\nurl = "https://a.example/"\n',
            "line 1: sources.a/b: may hold letters, digits, '.', '_' and '-' only, 64 at most",
        ),
        (
            '[outputs.News]\n[outputs.news]\ntitle = "x"\n',
            "line 2: outputs.news: differs from outputs.News by case only",
        ),
        (
            '[sources.a]\nurl = "https://a.example/"\n[sources.b]\nurl = "https://a.example/"\n',
            "line 4: sources.b.url: is the url of sources.a already",
        ),
    ],
)
def test_a_mistake_in_the_shape_of_the_file_has_its_line(
    home: Home, text: str, problem: str
) -> None:
    home.config.write_text(text)

    checked = home.run("check")

    assert (checked.code, checked.err.splitlines()[1]) == (1, f"  {problem}")


def test_bytes_that_are_no_text_are_named(home: Home) -> None:
    home.config.write_bytes(b"[service]\ncontact = '\xb9\xfe'\n")

    checked = home.run("check")

    assert checked.code == 1
    assert checked.err.splitlines()[1:] == ["  line 2: is not UTF-8 text", "save it as UTF-8"]


def test_a_file_without_a_mistake_is_counted(home: Home) -> None:
    home.configure(sources={"a": "https://a.example/", "b": "https://b.example/"})

    checked = home.run("check")

    assert (checked.code, checked.out) == (
        0,
        f"{home.config}: 2 sources, 1 output, no problems\n",
    )
    assert not home.data.exists()


def test_a_file_that_is_not_there_is_told_with_how_to_begin_one(home: Home) -> None:
    checked = home.run("check")

    assert checked.code == 1
    assert checked.err.splitlines()[1:] == [
        "  there is no such file",
        "name the right file with --config; into a new, empty one `aggregator add URL` writes",
    ]


def test_a_file_that_was_left_empty_is_warned_of(home: Home) -> None:
    home.config.touch()

    checked = home.run("check")

    assert (checked.code, checked.out.splitlines()) == (
        0,
        [
            f"{home.config}: 0 sources, 0 outputs, 2 warnings",
            "  sources: there are none, so nothing is polled",
            "  outputs: there are none, so no feed is made",
        ],
    )


def test_programs_get_an_empty_list_for_a_file_without_a_mistake(home: Home) -> None:
    home.configure(sources={"a": "https://a.example/"})

    checked = home.run("check", "--json")

    assert (checked.code, checked.json) == (0, [])


NEEDLESS = """\
[sources.a]
url = "https://a.example/"

[terms]
robots = ["robot*", "robots", "re:robots?"]

[outputs.news]
any = [
  "interoperab*", "互联",
  "interoperability", "@robots",
]
all = [["互联互通", "互联"], "互联互通"]
none = ["AI芯片", "AI"]
near = [{ a = ["court", "court room"], b = ["OpenAI"], within = 3 }]

[outputs.more]
none = ["互聯互通", "互联", "@robots"]
"""
WARNINGS = [
    (5, "terms.robots", "robots", "robot*"),
    (8, "outputs.news.any", "interoperability", "interoperab*"),
    (12, "outputs.news.all", "互联互通", "互联"),
    (13, "outputs.news.none", "AI芯片", "AI"),
    (17, "outputs.more.none", "互聯互通", "互联"),
]


def test_needless_terms_are_warned_of_and_no_problem(home: Home) -> None:
    home.config.write_text(NEEDLESS, encoding="utf-8")

    checked = home.run("check")

    assert (checked.code, checked.err) == (0, "")
    assert checked.out.splitlines() == [
        f"{home.config}: 1 source, 2 outputs, 5 warnings",
        *(
            f"  line {line}: {key}: the term {term!r} is needless:"
            f" {other!r} is found wherever it is"
            for line, key, term, other in WARNINGS
        ),
    ]


def test_programs_get_warnings_by_their_level(home: Home) -> None:
    home.config.write_text(NEEDLESS, encoding="utf-8")

    checked = home.run("check", "--json")

    assert checked.code == 0
    assert [(one["level"], one["line"], one["key"]) for one in checked.json] == [
        ("warning", line, key) for line, key, *_ in WARNINGS
    ]


def test_with_problems_there_is_no_word_of_warnings(home: Home) -> None:
    home.config.write_text(NEEDLESS.replace("[terms]", "[trems]"), encoding="utf-8")

    checked = home.run("check")

    assert (checked.code, "needless" in checked.text) == (1, False)
