"""`aggregator explain`."""

import sys
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from aggregator.cli.display import print_json
from aggregator.cli.named import find_article, find_output
from aggregator.cli.parts import now
from aggregator.config.load import load
from aggregator.core.article import Article
from aggregator.core.findings import Finding
from aggregator.core.highlight import Span, marked, spans
from aggregator.core.output import Order, Output
from aggregator.core.rules import RuleBook, Verdict
from aggregator.core.subject import Subject, field_texts
from aggregator.store import listings
from aggregator.store.database import Database

_AROUND = 24  # characters of text on each side of a term
_FIRST = {Order.NEWEST: "newest", Order.FIRST_SEEN: "last seen", Order.SCORE: "best"}
_MOST_HITS = 8  # of one clause; --json has all


@click.command()
@click.argument("output")
@click.argument("article")
@click.option("--json", "as_json", is_flag=True, help="Print for programs.")
@click.pass_obj
def explain(path: Path, output: str, article: str, as_json: bool) -> None:
    """Say why an ARTICLE is in an OUTPUT or not: each clause, and the terms with their places."""
    config = load(path)
    wanted = find_output(output, config)
    with closing(Database(config.service.database)) as database:
        found = find_article(database, article)
        verdict = RuleBook(config.outputs).verdict(wanted.id, Subject.of(found))
        number = database.number(found.id)
        stored = listings.verdicts(database, [number]).get(number, {}).get(wanted.id)
        hidden = _hidden(database, wanted, found) if verdict.kept else ""
    clauses = [(one, _places(one, found)) for one in verdict.findings]
    if as_json:
        print_json(_as_dict(wanted, found, verdict, hidden, clauses))
        return
    _print(wanted, found, verdict, hidden, clauses)
    if stored and not verdict.kept:
        terms = f", for {', '.join(stored.terms)}" if stored.terms else ""
        click.echo(f"but its feed may show it: an earlier rule kept it{terms}")


def _hidden(database: Database, output: Output, article: Article) -> str:
    """Say why an article that the rule keeps is not in the feed; empty where it is."""
    since = output.shows_since(now())
    if since and article.date < since:
        return f"it is of {article.date:%Y-%m-%d}, older than `max_age` allows"
    listed = listings.listed(
        database, output.id, output.limit, since, order=output.order, dedupe=output.dedupe
    )
    shown = [one.id for one in listed]
    if article.id in shown:
        return ""
    copies = [one.id for one in database.members(article.id) if one.id in shown]
    if copies:
        return f"its copy {copies[0]} is shown in its place"
    if output.id not in database.outputs_of(article.id):
        return "the rule is not applied to what is stored yet: `aggregator publish` does that"
    return f"`limit` shows the {_FIRST[output.order]} {output.limit} only"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A term in a field, with its places and the words around the first of them."""

    term: str
    field: str
    spans: list[Span]
    excerpt: list[tuple[str, bool]]


def _places(finding: Finding, article: Article) -> list[_Place]:
    texts = field_texts(article)
    places = []
    for hit in finding.hits:
        for field in hit.fields:
            found = spans(hit.term, texts[field])
            excerpt = list(marked(texts[field], found, _AROUND))
            places.append(_Place(term=hit.term, field=field, spans=found, excerpt=excerpt))
    return places


_Clauses = list[tuple[Finding, list[_Place]]]


def _as_dict(
    output: Output, article: Article, verdict: Verdict, hidden: str, clauses: _Clauses
) -> dict[str, object]:
    return {
        "output": output.id,
        "article": article.id,
        "title": article.title,
        "kept": verdict.kept,
        "shown": verdict.kept and not hidden,
        "hidden": hidden,
        "clauses": [
            {
                "clause": finding.clause,
                "output": finding.output or output.id,
                "fits": finding.passed,
                "said": finding.said,
                "places": [asdict(place) | {"excerpt": _plain(place.excerpt)} for place in places],
            }
            for finding, places in clauses
        ],
    }


def _print(
    output: Output, article: Article, verdict: Verdict, hidden: str, clauses: _Clauses
) -> None:
    word = "keeps" if verdict.kept else "does not keep"
    click.echo(f"{output.id} {word} {article.id}: {article.title}")
    if hidden:
        click.echo(f"but its feed does not show it: {hidden}")
    if not clauses:
        click.echo("  it has no clauses, so it keeps every article")
    for finding, places in clauses:
        mark = click.style("yes", fg="green") if finding.passed else click.style("no ", fg="red")
        of = f"of {finding.output} " if finding.output else ""
        click.echo(f"  {mark}  {finding.clause:<12}{of}{finding.said}".rstrip())
        for place in places[:_MOST_HITS]:
            click.echo(f"         {place.term} in the {place.field}: {_styled(place.excerpt)}")
        if len(places) > _MOST_HITS:
            click.echo(f"         and {len(places) - _MOST_HITS} more")


def _plain(excerpt: list[tuple[str, bool]]) -> str:
    return "".join(f"[{words}]" if is_term else words for words, is_term in excerpt)


def _styled(excerpt: list[tuple[str, bool]]) -> str:
    """Highlight on a terminal; elsewhere brackets do."""
    if not sys.stdout.isatty():
        return _plain(excerpt)
    return "".join(
        click.style(words, bold=is_term, underline=is_term) for words, is_term in excerpt
    )
