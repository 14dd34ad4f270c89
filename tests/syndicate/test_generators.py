"""What site generators make of article files, by the rules that their readers of front matter
follow."""

import re

import pytest
import yaml

from aggregator.core.frontmatter import OPTIONAL_KEYS, article_file, render
from aggregator.syndicate.archive import article_path
from tests.syndicate.records import PAPER, an_article

# Hexo takes all before a line of dashes, whatever is on the first line; Hugo skips white space;
# Jekyll wants the dashes at the very beginning.
READERS = {
    "hexo": re.compile(r"(?:---\n)?([\s\S]+?)\n---\n([\s\S]*)"),
    "hugo": re.compile(r"\s*---\n([\s\S]+?)\n---\n([\s\S]*)"),
    "jekyll": re.compile(r"---[ \t]*\n([\s\S]*?)\n---[ \t]*\n([\s\S]*)"),
}
TEMPLATES = {
    "hexo": "source/_posts/{source}/{date}-{slug}-{id}.md",
    "hugo": "content/posts/{source}/{date}-{slug}-{id}.html",
    "jekyll": "_posts/{date}-{slug}-{id}.html",
}
JEKYLL_NAME = re.compile(r"(?:.+/)*?_posts/(?:.+/)*(\d{4}-\d\d-\d\d)-(.+)\.(?:md|html)")


@pytest.mark.parametrize("style", READERS)
def test_a_generator_reads_the_front_matter_of_its_style(style: str) -> None:
    article = an_article("A 'title': {{ x }}", body="<p>{{ x }}</p>\n---\n", tags=("a: b",))

    text = render(article_file(article, PAPER, OPTIONAL_KEYS), style)

    match = READERS[style].fullmatch(text)
    assert match is not None
    head = yaml.safe_load(match[1])
    assert (head["title"], head["tags"]) == (article.title, ["a: b"])
    assert (head["comments"], head["date"]) == (False, "Mon, 02 Mar 2026 08:00:00 GMT")
    # Templates, shortcodes and liquid tags of a body would be run.
    assert not re.search(r"[{}]", match[2])


def test_only_jekyll_could_not_read_the_format_of_hexo() -> None:
    text = render(article_file(an_article("One"), PAPER))

    read = [style for style, reader in READERS.items() if reader.fullmatch(text)]

    assert read == ["hexo", "hugo"]


@pytest.mark.parametrize("style", TEMPLATES)
def test_the_path_templates_of_the_documentation_lead_where_they_should(style: str) -> None:
    path = article_path(TEMPLATES[style], an_article("Hello 互联互通"))

    assert path.startswith(TEMPLATES[style].partition("{")[0])
    assert "/2026-03-02-hello-互联互通-" in path
    if style == "jekyll":
        match = JEKYLL_NAME.fullmatch(path)
        assert match is not None
        assert match[1] == "2026-03-02"
