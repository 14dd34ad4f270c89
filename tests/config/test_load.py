"""feeds.toml → Config, and every mistake named."""

from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.config.load import Backups, Config, Service, load
from aggregator.config.urls import shipped_url_rules
from aggregator.core.frontmatter import OPTIONAL_KEYS
from aggregator.core.output import Output, Rule
from aggregator.core.source import DatePolicy, Source
from aggregator.errors import ConfigError

SOURCE = '[sources.a]\nurl = "https://a.example/feed"\n'


def loaded(folder: Path, text: str) -> Config:
    """Load a configuration of this text."""
    path = folder / "feeds.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def mistakes(folder: Path, text: str) -> list[str]:
    """Load a configuration that cannot be used, and list what it says."""
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text)
    assert caught.value.path == str(folder / "feeds.toml")
    return [str(problem) for problem in caught.value.problems]


def test_a_whole_file_becomes_a_configuration(tmp_path: Path) -> None:
    text = """\
[service]
data_dir = "var"
listen = "0.0.0.0:80"
public_url = "https://feeds.example.org/"
contact = "mailto:me@example.org"
fetch_threads = 4
workers = 2
prefer = ["36kr"]
archive = false
archive_path = "{source}/{slug}-{id}.md"
archive_keys = ["link", "tags"]

[defaults]
interval = "2h"
language = "zh"

[sources.36kr]
url = "https://36kr.example/feed"
name = "36氪"
categories = ["新媒体", "资讯"]
interval = "30m"
timeout = "90s"
timezone = "Asia/Shanghai"
language = "zh-CN"
future_dates = "keep"
old_dates = "first-seen"
strip_tracking = true
image = "https://36kr.example/logo.png"
allow_private = true

[sources.plain]
url = "http://plain.example:8080/feed"

[terms]
stock = ["债券通", "Stock Connect"]

[outputs.news]
title = "News"
description = "What is new."
any = ["互联互通", "interoperab*"]
all = ["a", ["b", "@stock"]]
none = ["@stock", "re:x+", "债券通"]
sources = ["36kr"]
not_sources = ["plain"]
lang = ["zh"]
max_age = "7d"
min_chars = 10
limit = 50

[outputs.all]
"""

    config = loaded(tmp_path, text)

    assert config == Config(
        path=tmp_path / "feeds.toml",
        service=Service(
            data_dir=tmp_path / "var",
            listen="0.0.0.0:80",
            public_url="https://feeds.example.org",
            contact="mailto:me@example.org",
            fetch_threads=4,
            workers=2,
            prefer=("36kr",),
            archive=False,
            archive_path="{source}/{slug}-{id}.md",
            archive_keys=("link", "tags"),
        ),
        backups=Backups(folder=tmp_path / "var" / "backups"),
        paces={},
        sources=(
            Source(
                id="36kr",
                url="https://36kr.example/feed",
                name="36氪",
                categories=("新媒体", "资讯"),
                interval=timedelta(minutes=30),
                timeout=timedelta(seconds=90),
                timezone="Asia/Shanghai",
                language="zh-CN",
                future_dates=DatePolicy.KEEP,
                old_dates=DatePolicy.FIRST_SEEN,
                strip_tracking=True,
                image="https://36kr.example/logo.png",
                allow_private=True,
            ),
            Source(
                id="plain",
                url="http://plain.example:8080/feed",
                name="plain",
                interval=timedelta(hours=2),
                language="zh",
            ),
        ),
        outputs=(
            Output(
                id="news",
                title="News",
                description="What is new.",
                rule=Rule(
                    any=("互联互通", "interoperab*"),
                    all=(("a",), ("b", "债券通", "Stock Connect")),
                    none=("债券通", "Stock Connect", "re:x+"),
                    sources=frozenset({"36kr"}),
                    not_sources=frozenset({"plain"}),
                    lang=("zh",),
                    min_chars=10,
                ),
                max_age=timedelta(days=7),
                limit=50,
            ),
            Output(id="all", title="all", description="all", rule=Rule()),
        ),
        url_rules=shipped_url_rules(),
    )


def test_an_empty_file_is_a_configuration_with_everything_by_default(tmp_path: Path) -> None:
    config = loaded(tmp_path, "")

    assert config == Config(
        path=tmp_path / "feeds.toml",
        service=Service(
            data_dir=tmp_path / "data",
            listen="127.0.0.1:8642",
            public_url="http://127.0.0.1:8642",
        ),
        backups=Backups(folder=tmp_path / "data" / "backups"),
        paces={},
        sources=(),
        outputs=(),
        url_rules=shipped_url_rules(),
    )


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert [one.id for one in loaded(tmp_path, f"\ufeff{SOURCE}").sources] == ["a"]


def test_the_public_url_follows_the_address_it_listens_on(tmp_path: Path) -> None:
    service = loaded(tmp_path, '[service]\nlisten = "127.0.0.1:9000"\n').service

    assert service.public_url == "http://127.0.0.1:9000"


def test_what_lies_in_the_data_folder_has_fixed_names(tmp_path: Path) -> None:
    service = loaded(tmp_path, '[service]\ndata_dir = "/srv/news"\n').service

    assert (service.database, service.feeds_dir, service.archive_dir) == (
        Path("/srv/news/aggregator.db"),
        Path("/srv/news/public/feeds"),
        Path("/srv/news/archive"),
    )


def test_a_source_is_found_by_its_key(tmp_path: Path) -> None:
    config = loaded(tmp_path, SOURCE)

    assert config.source("a") is config.sources[0]
    assert config.source("b") is None


TEN_MISTAKES = """\
[servce]
listen = "127.0.0.1:8642"

[service]
listen = "8642"
fetch_treads = 4

[defaults]
interval = "1 fortnight"

[sources.a]
url = "https://a.example/feed"
catgories = ["x"]

[sources.b]
url = "a.example/feed"

[sources.c]
name = "no url"

[terms]
words = ["x", ""]

[outputs.o]
any = ["@wrds"]
none = [
    "fine",
    "re:(",
]
sources = ["A"]
limit = 0
"""


def test_every_mistake_is_named_with_line_and_nearest_name_in_file_order(tmp_path: Path) -> None:
    said = mistakes(tmp_path, TEN_MISTAKES)

    assert (
        "\n".join(said)
        == """\
line 1: servce: is not known; did you mean 'service'?
line 5: service.listen: takes host:port such as "127.0.0.1:8642", not '8642'
line 6: service.fetch_treads: is not known; did you mean 'fetch_threads'?
line 9: defaults.interval: takes a time span such as "30m", "1h" or "7d", not '1 fortnight'
line 13: sources.a.catgories: is not known; did you mean 'categories'?
line 16: sources.b.url: takes a whole URL such as "https://example.org/feed.xml", \
not 'a.example/feed'
line 18: sources.c: has no url; add a line such as url = "https://…"
line 22: terms.words: the term '' is empty once folded, so it would match everything
line 25: outputs.o.any: uses the list '@wrds', which [terms] does not have; did you mean 'words'?
line 26: outputs.o.none: the term 're:(' is no pattern re2 can take (missing ): (); \
it has no look-around and no back-references
line 30: outputs.o.sources: names the source 'A', which is not there; did you mean 'a'?
line 31: outputs.o.limit: takes a whole number from 1"""
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "[service]\nlisten = \n",
            'line 2: is not TOML: this is no value; a text stands in "quotes" (column 10)',
        ),
        (
            "[service]\r\nlisten = “here”\r\n",
            'line 2: is not TOML: “ is no quotation mark here; write " in its place (column 10)',
        ),
        ('a = "x\n', 'line 1: is not TOML: the " at the end of the text is missing'),
        (
            'a = "re:\\d"\n',
            "line 1: is not TOML: a backslash; put the text into '…' in place of",
        ),
        ('a = ["x" "y"]\n', "line 1: is not TOML: a comma or a ] is missing (column 10)"),
        (
            "[sources.a]\n[sources.a]\n",
            "line 2: is not TOML: the table [sources.a] is there twice",
        ),
        (
            'a = 1\n\n[sources.a\nurl = "x"\n',
            "line 3: is not TOML: expected ']' at the end of a table declaration",
        ),
        ('[sources.a]\nurl = "x"\nurl = "y"\n', "line 3: is not TOML: the key is there twice"),
        ('a = "x', "is not TOML: "),
    ],
)
def test_a_syntax_error_is_named_with_its_line(text: str, problem: str, tmp_path: Path) -> None:
    [said] = mistakes(tmp_path, text)

    assert said.startswith(problem)


def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes('a = "é"'.encode("latin-1"))
    said = []

    for path in (tmp_path / "none.toml", latin, tmp_path):
        with pytest.raises(ConfigError) as caught:
            load(path)
        said += [str(problem) for problem in caught.value.problems]

    assert said == [
        "there is no such file",
        "line 1: is not UTF-8 text",
        "Is a directory",
    ]


ONE_MISTAKE = {
    "sources = 1": "sources: is a table: write [sources] on a line of its own",
    "sources.a = 1": "sources.a: is a table: write [sources.a] on a line of its own",
    "[service]\nlisten = 8642": "service.listen: takes a text in quotes, not 8642",
    '[service]\nlisten = "a:65536"': "service.listen: takes host:port",
    '[outputs.a]\ntitle = "a\\u0007b"': "outputs.a.title: has a character in it that no feed can",
    '[defaults]\ncategories = ["\\u0000"]': "defaults.categories: has a character in it that no",
    '[service]\narchive = "yes"': "service.archive: takes true or false without quotes, not 'yes'",
    '[service]\nlog = "xml"': 'service.log: takes "text" or "json", not \'xml\'',
    "[service]\nworkers = true": "service.workers: takes a whole number such as 50, not True",
    "[service]\nfetch_threads = -1": "service.fetch_threads: takes a whole number such as 50",
    '[service]\nprefer = ["36k"]\n[sources.36kr]\nurl = "https://a.example/"': (
        "service.prefer: names the source '36k', which is not there; did you mean '36kr'?"
    ),
    '[service]\narchive_keys = ["link", "body"]': "service.archive_keys: knows "
    f"{', '.join(OPTIONAL_KEYS)}, not 'body'",
    '[service]\narchive_path = "{id}/x.md"': "service.archive_path: needs {id} in the file's name",
    '[service]\narchive_path = "{id}.txt"': "service.archive_path: needs to end in .md",
    '[service]\narchive_path = "../{id}.md"': "service.archive_path: must stay inside",
    '[service]\narchive_path = "/{id}.md"': "service.archive_path: must stay inside",
    '[service]\narchive_path = "{tittle}-{id}.md"': "service.archive_path: knows {source}, {year}",
    '[defaults]\nurl = "https://a.example/"': "defaults.url: is not known",
    '[defaults]\ntimezone = "Peking"': "defaults.timezone: takes a time zone such as",
    '[defaults]\nold_dates = "drop"': 'defaults.old_dates: takes "first-seen" or "keep"',
    '[defaults]\nkeep = "for ever"': 'defaults.keep: takes days, weeks or years such as "90d"',
    "[defaults]\nkeep_articles = 0": "defaults.keep_articles: takes a whole number from 1",
    '[defaults]\nkeep_size = "2 GiB"': 'defaults.keep_size: takes a size such as "500MB" or "2GB"',
    "[service]\nmax_size = 2000000000": 'service.max_size: takes a size such as "500MB" or "2GB"',
    '[defaults]\ninterval = "0h"': "defaults.interval: takes a time span",
    '[defaults]\ninterval = "99999999999w"': "defaults.interval: is too long a time span",
    '[defaults]\ncategories = "one"': "defaults.categories: takes a list of texts such as",
    '[sources.a]\nurl = "ftp://a.example/"': "sources.a.url: takes a whole URL",
    '[sources.a]\nurl = "https://a.example:x/"': "sources.a.url: takes a whole URL",
    '[sources.a]\nurl = "https://[::1/"': "sources.a.url: takes a whole URL",
    '[sources."a b"]\nurl = "https://a.example/"': "sources.a b: may hold letters, digits",
    '[sources."../x"]\nurl = "https://a.example/"': "sources.../x: may hold letters, digits",
    f'[sources.{"x" * 65}]\nurl = "https://a.example/"': f"sources.{'x' * 65}: may hold letters",
    '[outputs."a/b"]': "outputs.a/b: may hold letters, digits",
    "[outputs.a]\n[outputs.A]": "outputs.A: differs from outputs.a by case only",
    "[outputs.a]\nall = [[]]": "outputs.a.all: has an empty list of alternatives",
    '[outputs.a]\nall = "x"': 'outputs.a.all: takes a list such as ["a", ["b", "c"]]',
    '[outputs.a]\nany = ["*"]': "outputs.a.any: the term '*' is empty once folded",
    '[outputs.a]\nall = [["x", "@y"]]': "outputs.a.all: uses the list '@y', which",
    '[outputs.a]\nany = ["re:(?=x)"]': "outputs.a.any: the term 're:(?=x)' is no pattern",
    '[terms]\na = ["@b"]\nb = ["x"]': "terms.a: holds '@b': a list cannot hold another list",
    "[terms]\na = [1]": "terms.a: takes a list of texts",
    f'{SOURCE}[outputs.a]\nsources = ["b"]': "outputs.a.sources: names the source 'b', "
    "which is not there; known: a",
}


@pytest.mark.parametrize(("text", "said"), ONE_MISTAKE.items(), ids=ONE_MISTAKE.values())
def test_a_mistake_is_named_once_in_words(text: str, said: str, tmp_path: Path) -> None:
    [problem] = mistakes(tmp_path, text)

    assert problem.partition(": ")[2].startswith(said)
    assert problem.startswith("line ")


def test_one_url_for_two_sources_is_a_mistake(tmp_path: Path) -> None:
    text = f'{SOURCE}[sources.b]\nname = "B"\nurl = "https://a.example/feed"\n'

    assert mistakes(tmp_path, text) == ["line 5: sources.b.url: is the url of sources.a already"]


def test_a_default_that_cannot_be_read_is_named_once_and_not_for_each_source(
    tmp_path: Path,
) -> None:
    text = f'[defaults]\ninterval = 5\n{SOURCE}[sources.b]\nurl = "https://b.example/feed"\n'

    assert mistakes(tmp_path, text) == [
        'line 2: defaults.interval: takes a time span such as "30m", "1h" or "7d", not 5'
    ]


def test_an_error_counts_its_problems_and_says_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, "a = 1\nb = 2\n")

    assert (str(caught.value), caught.value.hint) == (
        f"{tmp_path / 'feeds.toml'}: 2 problems",
        "mend the file, then run `aggregator check`",
    )


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [("90s", 90), ("30m", 1800), ("1h", 3600), (" 1.5 h ", 5400), ("7d", 604800), ("2w", 1209600)],
)
def test_a_time_span_is_read(stated: str, seconds: int, tmp_path: Path) -> None:
    config = loaded(tmp_path, f'{SOURCE}interval = "{stated}"\n')

    assert config.sources[0].interval == timedelta(seconds=seconds)


def test_a_list_opens_at_its_place_and_a_term_comes_once(tmp_path: Path) -> None:
    text = '[terms]\nx = ["b", "c"]\ny = ["c", "d"]\n[outputs.o]\nany = ["a", "@x", "@y", "a"]\n'

    assert loaded(tmp_path, text).outputs[0].rule == Rule(any=("a", "b", "c", "d"))


def test_the_sample_configuration_of_the_repository_is_without_mistakes() -> None:
    config = load(Path(__file__).parents[2] / "feeds.toml")

    assert config.sources
    assert config.outputs


def test_a_url_whose_password_could_not_be_told_from_the_text_around_it_is_refused(
    tmp_path: Path,
) -> None:
    for password in ("a b", "a'b", "a<b", "a\u3000b"):
        path = tmp_path / "feeds.toml"
        path.write_text(f'[sources.a]\nurl = "https://me:{password}@a.example/feed"\n', "utf-8")
        with pytest.raises(ConfigError) as caught:
            load(path)

        assert "sources.a.url: has a space or a quote before its path" in str(
            caught.value.problems[0]
        )
