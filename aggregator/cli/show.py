"""`aggregator show`: one article, and all that is known of it."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from aggregator.cli.display import print_json
from aggregator.cli.named import find_article
from aggregator.cli.parts import now
from aggregator.config.load import Config, load
from aggregator.core.article import Article
from aggregator.core.entry import Enclosure, Origin
from aggregator.core.fulltext import PageState
from aggregator.core.rules import Verdict
from aggregator.core.text import one_line, plain_text
from aggregator.core.words import ago, size, until
from aggregator.store import fulltext, listings, ties
from aggregator.store.database import Database


@click.command()
@click.argument("article")
@click.option("--json", "as_json", is_flag=True, help="Print for programs.")
@click.pass_obj
def show(path: Path, article: str, as_json: bool) -> None:
    """Show an ARTICLE: its id (the beginning is enough), its id in a feed, or its link."""
    config = load(path)
    with closing(Database(config.service.database)) as database:
        found = find_article(database, article)
        page = fulltext.of_article(database, found.id)
        number = database.number(found.id)
        verdicts = listings.verdicts(database, [number]).get(number, {})
        details: dict[str, list[Any]] = {
            "outputs": list(verdicts),
            "members": [
                {
                    "article": one.id,
                    "source": one.source,
                    "link": one.link,
                    "reason": one.reason or "first",
                }
                for one in database.members(found.id)
            ],
            "related": [
                {
                    "article": one.id,
                    "source": one.source,
                    "title": one.title,
                    "reason": one.reason,
                }
                for one in ties.related(database, number)
            ],
            "revisions": [
                {"replaced_at": one.replaced_at, "title": one.title}
                for one in database.revisions(found.id)
            ],
        }
    if as_json:
        whole = {"body": found.body, "summary": found.summary, "full_text": _page_dict(page)}
        matched = {"matched": {output: one.terms for output, one in verdicts.items()}}
        print_json(article_dict(found) | whole | details | matched)
    else:
        _print_article(config, found, details, page, verdicts)


def _page_dict(page: PageState | None) -> dict[str, object] | None:
    if page is None:
        return None
    return {
        "is_read": bool(page.text_hash),
        "tries": page.tries,
        "tried_at": page.tried_at,
        "next_at": page.next_at,
        "error": page.error,
    }


def _page_in_words(page: PageState | None) -> str:
    """Say how far the full text is; empty where none is wanted."""
    if page is None:
        return ""
    moment, parts = now(), []
    if page.text_hash:
        parts.append("from its page")
    if page.error:
        tries = f" ({page.tries} tries)" if page.tries > 1 else ""
        parts.append(f"{page.error}{tries}, {ago(page.tried_at, moment)}")
    if page.next_at:
        parts.append(f"its page is read {until(page.next_at, moment)}")
    elif page.error:
        parts.append("it is not tried again")
    return "; ".join(parts)


def _kept_by(verdicts: Mapping[str, Verdict]) -> str:
    """Name the outputs that keep an article, each with the terms that decided."""
    each = (f"{output} ({', '.join(one.terms)})" if one.terms else output
            for output, one in verdicts.items())  # fmt: skip
    return ", ".join(each) or "no output"


def _print_article(
    config: Config,
    article: Article,
    details: dict[str, list[Any]],
    page: PageState | None,
    verdicts: Mapping[str, Verdict],
) -> None:
    source = config.source(article.source)
    facts = {
        "article": article.id,
        "source": f"{source.name} ({article.source})" if source else article.source,
        "link": article.link,
        "guid": article.guid,
        "date": f"{article.date:%Y-%m-%d %H:%M} UTC",
        "first seen": f"{article.first_seen:%Y-%m-%d %H:%M} UTC",
        "authors": ", ".join(article.authors),
        "tags": ", ".join(article.tags),
        "language": article.language,
        "taken from": _origin(article.origin),
        "episode": _episode(article),
        "image": article.image,
        "full text": _page_in_words(page),
        "kept by": _kept_by(verdicts),
    }
    click.secho(article.title, bold=True)
    for name, value in [*facts.items(), *(("enclosure", _file(one)) for one in article.enclosures)]:
        if value:
            click.echo(f"{name + ':':<12}{value}")
    for label in ("members", "related", "revisions"):
        if len(details[label]) > (label == "members"):
            click.echo(f"{label}:")
            for one in details[label]:
                click.echo(f"  {'  '.join(map(str, one.values()))}")
    click.echo()
    click.echo(_wrapped(article))


def _origin(origin: Origin | None) -> str:
    parts = (origin.title, origin.link or origin.url) if origin else ()
    return " ".join(part for part in parts if part)


def _episode(article: Article) -> str:
    season = f"season {article.season}, " if article.season else ""
    return f"{season}{article.episode}" if article.episode else season.rstrip(", ")


def _file(enclosure: Enclosure) -> str:
    """Say what a file is: its URL, type, size and length, as far as they are stated."""
    length = size(enclosure.length) if enclosure.length else ""
    played = f"{timedelta(seconds=enclosure.duration)}" if enclosure.duration else ""
    return "  ".join(part for part in (enclosure.url, enclosure.type, length, played) if part)


def _wrapped(article: Article) -> str:
    paragraphs = plain_text(article.body or article.summary).splitlines()
    return "\n\n".join(line for line in map(one_line, paragraphs) if line)


def article_dict(article: Article) -> dict[str, object]:
    """Give what programs are told of an article, without its text."""
    return {
        "article": article.id,
        "source": article.source,
        "guid": article.guid,
        "link": article.link,
        "title": article.title,
        "date": article.date,
        "published": article.published,
        "updated": article.updated,
        "first_seen": article.first_seen,
        "authors": article.authors,
        "tags": article.tags,
        "language": article.language,
        "image": article.image,
        "enclosures": [asdict(one) for one in article.enclosures],
        "origin": asdict(article.origin) if article.origin else None,
        "season": article.season or None,
        "episode": article.episode or None,
    }
