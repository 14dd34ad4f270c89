"""An output as a page to read: no script, and a style of its own."""

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape

from aggregator.core.article import Article
from aggregator.syndicate.channel import Channel, html_text, language, newest_change, updated
from aggregator.syndicate.document import Document

_PAGE, _ENTRY = "page.html", "entry.html"
_ENTRIES = "\0"  # where they stand in a page; no text of a document has it


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("aggregator.syndicate"),
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
    )


def load_templates() -> None:
    """Compile the templates, to have that done before a process is forked."""
    for name in (_PAGE, _ENTRY):
        _templates().get_template(name)
    content_policy()


@cache
def _style() -> str:
    return _templates().get_template("page.css").render()


@cache
def content_policy() -> str:
    """Give the Content-Security-Policy of pages: pictures and sound of others, and our style."""
    style = b64encode(sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{style}'; img-src http: https: data:; "
        "media-src http: https:; base-uri 'none'; form-action 'none'"
    )


def render_page(channel: Channel, articles: Sequence[Article], new: Sequence[Article]) -> Document:
    """Render an output as HTML, all of whose articles are named, with the entries of some; the
    same articles give the same bytes."""
    page, entry = map(_templates().get_template, (_PAGE, _ENTRY))
    around = page.render(
        channel=channel,
        policy=content_policy(),
        style=_style(),
        language=language(articles),
        changed=newest_change(articles),
        count=len(articles),
        entries=_ENTRIES,
    )
    head, _, tail = around.encode().partition(_ENTRIES.encode())
    return Document(
        head=head,
        entries=[entry.render(_shown(article, channel)).encode() for article in new],
        separator=b"\n",
        tail=tail,
    )


def _shown(article: Article, channel: Channel) -> dict[str, Any]:
    name, url = channel.source(article)
    return {
        "article": article,
        "title": channel.title(article),
        "body": html_text(article),
        "source": name,
        "source_url": url,
        "updated": updated(article),
        "places": channel.places(article),
        "matched": channel.terms(article),
    }
