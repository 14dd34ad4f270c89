"""Articles and channels for tests of what is rendered and written."""

from dataclasses import replace
from datetime import UTC, datetime

from aggregator.core.article import Article
from aggregator.core.identity import article_id
from aggregator.core.output import Output, Rule
from aggregator.core.source import Source
from aggregator.syndicate.channel import Channel

DATE = datetime(2026, 3, 2, 8, tzinfo=UTC)
PAPER = Source(id="paper", url="https://user:secret@paper.example/feed", name="The Paper")


def an_article(name: str = "One", **fields: object) -> Article:
    """Make an article of the paper; `fields` are fields of Article, the name stands in for some."""
    stated: dict[str, object] = {
        "id": article_id("paper", name),
        "source": "paper",
        "guid": name,
        "link": "https://paper.example/one",
        "title": name,
        "body": "<p>Body.</p>",
        "summary": "",
        "image": "",
        "language": "",
        "authors": (),
        "tags": (),
        "enclosures": (),
        "published": DATE,
        "updated": None,
        "first_seen": DATE,
        "content_hash": b"hash",
    }
    return Article(**(stated | fields))  # type: ignore[arg-type]


def a_channel(title: str = "News & more", entry_title: str = "", source: str = "") -> Channel:
    output = Output(
        id="news",
        title=title,
        description="What is <new>.",
        rule=Rule(),
        entry_title=entry_title,
    )
    paper = replace(PAPER, name=source or PAPER.name)
    return Channel(output=output, public_url="https://news.example", sources={"paper": paper})
