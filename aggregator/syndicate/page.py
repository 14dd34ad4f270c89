"""An output as a page to read: no script, and a style of its own."""

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape

from aggregator.core.article import Article
from aggregator.syndicate.channel import Channel, html_text, language, newest_change, updated


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("aggregator.syndicate"),
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
    )


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


def render_page(channel: Channel, articles: Sequence[Article]) -> bytes:
    """Render an output as HTML, in the order given; the same articles give the same bytes."""
    page = _templates().get_template("page.html")
    return page.render(
        channel=channel,
        policy=content_policy(),
        style=_style(),
        language=language(articles),
        changed=newest_change(articles),
        articles=[_shown(article, channel) for article in articles],
    ).encode()


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
