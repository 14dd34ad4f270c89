"""All that an output ever kept, in pages that change only when an article in them does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aggregator.core.article import Article
from aggregator.core.history import page_ends
from aggregator.core.output import Output
from aggregator.store import history, listings
from aggregator.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of an output's history; `pages` of them are full. `matched` are the terms by which it
    keeps the articles, by their ids."""

    articles: tuple[Article, ...]
    matched: Mapping[str, tuple[str, ...]]
    pages: int


def pages_to_close(
    database: Database, output: Output, shown: Sequence[Article]
) -> tuple[int, list[int]]:
    """Count the full pages, and tell where those end that are full now that the output shows these
    articles."""
    ends = history.ends(database, output.id)
    last = ends[-1] if ends else 0
    arrived = listings.arrived(database, output.id, last, dedupe=output.dedupe)
    return len(ends), page_ends(arrived, {article.id for article in shown})


def read_page(
    database: Database, output: Output, number: int, prefer: Sequence[str]
) -> Page | None:
    """Read a page, the oldest is 1; the last is the one that still grows. None if there is none."""
    ends = history.ends(database, output.id)
    if not 1 <= number <= len(ends) + 1:
        return None
    after = ends[number - 2] if number > 1 else 0
    last = ends[number - 1] if number <= len(ends) else listings.NO_END
    articles = listings.between(database, output.id, after, last, prefer, dedupe=output.dedupe)
    matched = listings.matched(database, output.id, articles)
    return Page(articles=tuple(articles), matched=matched, pages=len(ends))
