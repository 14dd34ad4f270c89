"""Article ↔ front-matter text."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.config.reader import ID
from aggregator.core.entry import Entry
from aggregator.core.frontmatter import ArticleFile, article_file, read, render
from aggregator.core.normalize import normalize
from aggregator.core.rules import RuleBook
from aggregator.core.subject import Subject
from aggregator.errors import ArticleFileError
from aggregator.ingest.parse import parse
from tests.core.records import SEEN_AT, URLS, a_source, an_output, article

DATE = "Thu, 31 Mar 2022 00:36:20 GMT"
KEYS = ["title", "categories", "headimg", "author", "comments", "date", "thumbnail"]


def test_the_seeds_feed_gives_the_seeds_article_to_the_byte(shared: Path) -> None:
    document = (shared / "seed" / "36kr-news.rss.xml").read_bytes()
    source = a_source("36kr", categories=("新媒体", "36kr", "资讯"))

    [one] = normalize(
        parse(document, url="https://rsshub.example/36kr/news/latest"), source, SEEN_AT, URLS
    )

    expected = (shared / "seed" / "36kr-article.md").read_bytes()
    assert render(article_file(one, source)).encode() == expected


ODDITIES = {
    "01": "straight quotes in the title",
    "02": "a placeholder image",
    "03": "underscores for quotes",
    "04": "a double-quoted title with an apostrophe",
    "05": "a double-quoted title and a raw & in a link",
    "06": "XML that is not escaped in a pre",
    "07": "a title cut short",
    "08": "no image, and a category with a dash",
    "09": "a number for a title",
    "10": "a local time",
    "11": "a local time and many blank lines",
}


def as_it_looks(text: str) -> ArticleFile:
    """Read an article file line by line, by what the eleven look like and without YAML."""
    head, _, rest = text.removeprefix("\n---\n").partition("\n---\n\n<div>   \n")
    lines = dict(line.split(": ", 1) for line in head.splitlines() if line[0] != " ")
    plain = {key: value[1:-1] if value[:1] in ("'", '"') else value for key, value in lines.items()}
    return ArticleFile(
        title=plain["title"],
        categories=tuple(line[3:] for line in head.splitlines() if line.startswith(" - ")),
        image=plain["headimg"],
        author=plain["author"],
        date=plain["date"],
        body=rest.removesuffix("  \n</div>\n            ")
        .replace("&#123;", "{")
        .replace("&#125;", "}"),
    )


@pytest.mark.parametrize("number", ODDITIES, ids=ODDITIES.get)
def test_an_article_file_of_another_generator_can_be_read(number: str, shared: Path) -> None:
    [path] = (shared / "seed" / "more").glob(f"{number}_*.md")

    page = read(path.read_text())

    assert page == as_it_looks(path.read_text())
    assert len(page.body) > 100


@pytest.mark.parametrize("number", sorted({*ODDITIES} - {"04", "05"}))
def test_an_article_file_that_was_read_is_written_as_it_was(number: str, shared: Path) -> None:
    [path] = (shared / "seed" / "more").glob(f"{number}_*.md")

    assert render(read(path.read_text())) == path.read_text()


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        ("01", datetime(2022, 6, 12, 6, 18, 47, tzinfo=UTC)),
        ("09", datetime(2021, 12, 31, tzinfo=UTC)),
        ("10", datetime(2022, 7, 25, 12, 20, 15, tzinfo=UTC)),
        ("11", datetime(2022, 3, 29, 0, 43, 13, tzinfo=UTC)),
    ],
)
def test_the_date_of_another_generators_file_is_read(
    number: str, moment: datetime, shared: Path
) -> None:
    [path] = (shared / "seed" / "more").glob(f"{number}_*.md")

    assert read(path.read_text()).moment == moment


LINES = st.text(st.characters(exclude_categories=["Cs"]))
TELLING = st.text(
    st.sampled_from("'\"\\:#-!&*{}[]|>%@`?, \n\r\t\x85\u2028\ufeff\x00\x7f~=<+.0123einfxobyY_é互😀")
)
PLAINEST = st.sampled_from(
    ["", "---", "...", "- a", "a: b", "a #b", "a:", "yes", "No", "null", "~", "1", "1e3", "0x1F",
    "1_0",
     "2021-01-01", "12:30", "=", "<<", "!x", "&x", "*x", "+.inf", "-.INF", ".nan", "x\nadmin: true",
     " a ",
     "a\n---\nb", "\u3000a", "\ud7ff\ue000", "\U0001f600", "---\nadmin: true\n---\n"]
)  # fmt: skip
WORDS = LINES | TELLING | PLAINEST
BODIES = WORDS.filter(lambda body: "&#123;" not in body and "&#125;" not in body)
EXTRAS = st.fixed_dictionaries(
    {},
    optional={
        "link": st.tuples(WORDS.filter(bool)),
        "guid": st.tuples(WORDS.filter(bool)),
        "source": st.tuples(WORDS.filter(bool)),
        "tags": st.lists(WORDS, min_size=1).map(tuple),
        "language": st.tuples(WORDS.filter(bool)),
    },
)
OUTPUTS = st.from_regex(ID, fullmatch=True) | st.sampled_from(
    ["on", "No", "1e3", "0x1F", "2026-03-02"]
)
PAGES = st.builds(
    ArticleFile,
    title=WORDS,
    categories=st.lists(WORDS, max_size=3).map(tuple),
    image=WORDS,
    author=WORDS,
    date=st.just(DATE),
    body=BODIES,
    extra=EXTRAS.map(
        lambda keys: tuple(
            (key, keys[key])
            for key in ("link", "guid", "source", "tags", "language")
            if key in keys
        )
    ),
    matched=st.dictionaries(OUTPUTS, st.lists(WORDS, max_size=3).map(tuple), max_size=3).map(
        lambda outputs: tuple(outputs.items())
    ),
)


def a_page(
    title: str = "t", author: str = "a", body: str = "b", category: str = "c"
) -> ArticleFile:
    """Make an article file's content."""
    return ArticleFile(
        title=title, categories=(category,), image="", author=author, date=DATE, body=body
    )


@given(PAGES)
@example(a_page(body="  \n</div>\n            "))
@example(a_page(body="\n---\n"))
@example(a_page(body="<div>   \n"))
def test_what_is_written_can_be_read_back(page: ArticleFile) -> None:
    assert read(render(page)) == page


@given(PAGES)
@example(a_page(author="+.inf"))
@example(a_page(category="+.INF"))
@example(a_page(author="0o7"))
def test_the_front_matter_is_yaml_with_the_expected_keys_and_texts(page: ArticleFile) -> None:
    head = render(page).split("\n---\n")[1]

    assert yaml.safe_load(head) == {
        "title": page.title,
        "categories": list(page.categories) or None,
        "headimg": page.image,
        "author": page.author,
        "comments": False,
        "date": page.date,
        "thumbnail": page.image,
        **{key: list(values) if key == "tags" else values[0] for key, values in page.extra},
        **(
            {"matched": {name: list(terms) for name, terms in page.matched}} if page.matched else {}
        ),
    }


@pytest.mark.parametrize(
    "title", ["x\nadmin: true", "x'\nadmin: true", 'x"\nadmin: true', "x\radmin: true",
    "x\x85admin: 1", "x\u2028admin: 1", "'\n---\nadmin: true\n---\n"]
)  # fmt: skip
def test_a_title_injects_no_key(title: str) -> None:
    head = render(a_page(title=title)).split("\n---\n")[1]

    assert list(yaml.safe_load(head)) == KEYS


def test_a_file_is_laid_out_as_the_format_says() -> None:
    page = ArticleFile(
        title="It's 互联",
        categories=("新媒体", "a: b"),
        image="https://x.example/a.jpg",
        author="36kr",
        date="Thu, 31 Mar 2022 00:36:20 GMT",
        body="<p>{{ x }}</p>",
        extra=(("link", ("https://x.example/?a='",)), ("tags", ("x", "y"))),
        matched=(("everything", ()), ("news", ("it's", "re:[互,]"))),
    )

    assert render(page) == (
        "\n---\ntitle: 'It''s 互联'\ncategories: \n - 新媒体\n - 'a: b'\n"
        "headimg: 'https://x.example/a.jpg'\nauthor: 36kr\ncomments: false\n"
        "date: Thu, 31 Mar 2022 00:36:20 GMT\nthumbnail: 'https://x.example/a.jpg'\n"
        "link: 'https://x.example/?a='''\ntags:\n - 'x'\n - 'y'\n"
        "matched:\n everything: []\n news: ['it''s', 're:[互,]']\n---\n\n<div>   \n"
        "<p>&#123;&#123; x &#125;&#125;</p>  \n</div>\n            "
    )


def test_an_article_is_laid_out_with_the_optional_keys_that_are_asked_for_and_known() -> None:
    published = datetime(2022, 3, 31, 0, 36, 20, tzinfo=UTC)
    entry = Entry(
        guid="g", link="https://x.example/1", title="T", content="<p>b</p>", published=published
    )
    source = a_source(categories=("c",), image="https://x.example/s.png")

    verdict = RuleBook([an_output(any=("t*", "b"), none=("x",))]).verdicts(
        Subject.of(article(entry, source))
    )

    page = article_file(
        article(entry, source), source, ("tags", "language", "guid", "link", "matched"), verdict
    )

    assert page == ArticleFile(
        title="T",
        categories=("c",),
        image="https://x.example/s.png",
        author="paper",
        date="Thu, 31 Mar 2022 00:36:20 GMT",
        body="<p>b</p>",
        extra=(("link", ("https://x.example/1",)), ("guid", ("g",))),
        matched=(("out", ("t*", "b")),),
    )


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("Thu, 31 Mar 2022 00:36:20 GMT", datetime(2022, 3, 31, 0, 36, 20, tzinfo=UTC)),
        ("Thu, 31 Mar 2022 08:36:20 +0800", datetime(2022, 3, 31, 0, 36, 20, tzinfo=UTC)),
        ("2022-03-29 00:43:13", datetime(2022, 3, 29, 0, 43, 13, tzinfo=UTC)),
        ("2022-03-29T08:43:13+08:00", datetime(2022, 3, 29, 0, 43, 13, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_date_of_any_known_form_is_read_as_utc(date: str, moment: datetime | None) -> None:
    page = read(f"\n---\ntitle: t\ndate: {date}\n---\n")

    assert page.moment == moment


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "not an article file"),
        ("just text", "not an article file"),
        ("---\ntitle: x\n", "not an article file"),
        ("title: x\n---\nbody", "not an article file"),
        ("\n---\n- a\n- b\n---\nbody", "the front matter holds no keys"),
        ("\n---\ntitle: 'x\n---\nbody", "the front matter is not YAML"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(text: str, what: str) -> None:
    with pytest.raises(ArticleFileError, match=what):
        read(text)


def test_keys_that_are_missing_or_of_another_shape_are_read_as_empty() -> None:
    page = read("\n---\ntitle: [a]\ncategories: one\nauthor: {a: b}\nunknown: x\n---\nbody")

    assert page == ArticleFile(
        title="",
        categories=("one",),
        image="",
        author="",
        date="",
        body="body",
        ignored=("unknown",),
    )
