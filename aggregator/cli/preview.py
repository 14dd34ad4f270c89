"""`aggregator preview`."""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from aggregator.cli.display import print_json, progress
from aggregator.cli.named import find_output, since
from aggregator.cli.preview_text import print_preview
from aggregator.config.load import Config, load
from aggregator.core.tally import Tally, warnings
from aggregator.errors import ConfigError
from aggregator.ingest.workers import Workers
from aggregator.pipeline.preview import PRELOAD, Preview, Question, fold_texts
from aggregator.pipeline.preview import preview as try_rule
from aggregator.store.database import Database

_TASK_SECONDS = 300


@click.command()
@click.argument("output")
@click.option(
    "--since",
    "stated",
    default="30d",
    show_default=True,
    metavar="SPAN",
    help="Look at articles dated within a time span, since a day such as 2026-11-01, or `all`.",
)
@click.option(
    "--against",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Compare with the rule of the same output in this file, not with the feed as it is.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Draw other hits by chance.")
@click.option("--json", "as_json", is_flag=True, help="Print for programs.")
@click.pass_obj
def preview(
    path: Path, output: str, stated: str, against: Path | None, seed: int, *, as_json: bool
) -> None:
    """Try the rule of an OUTPUT, as feeds.toml has it now, on the articles that are stored.

    Nothing is changed. Gained and lost is what the feed will have that it does not have yet, or
    will no longer have; with --against, what the rule keeps and the other file's does not.
    """
    config = load(path)
    other = _other(against) if against else None
    find_output(output, config, *([other] if other else []))
    question = Question(
        output=output,
        outputs=config.outputs,
        against=other.outputs if other else None,
        since=since(stated),
    )
    seen = _try(config, question, seed)
    if as_json:
        print_json(_as_dict(seen, seed, against))
    else:
        print_preview(seen, seed=seed, path=path, against=against, span=stated)


def _other(path: Path) -> Config:
    try:
        return load(path)
    except ConfigError as error:
        hint = "it is what --against names; `aggregator --config FILE check` looks through it"
        raise ConfigError(error.path, error.problems, hint) from error


def _try(config: Config, question: Question, seed: int) -> Preview:
    workers = Workers(config.service.workers, preload=PRELOAD, task_seconds=_TASK_SECONDS)
    with closing(Database(config.service.database)) as database, closing(workers):
        with progress("reading articles for the first time", "articles") as advance:
            fold_texts(database, workers, advance)
        with progress("trying the rule", "articles") as advance:
            return try_rule(database, workers, question, seed, advance)


_Dict = dict[str, object]


def _as_dict(seen: Preview, seed: int, against: Path | None) -> _Dict:
    tally, question = seen.tally, seen.question
    return {
        "output": question.output,
        "since": question.since,
        "against": str(against) if against else "feed" if seen.has_feed else None,
        "articles": tally.articles,
        "kept": len(tally.kept),
        "copies": seen.copies,
        **_counts(tally),
        "gained": _listed(seen, tally.gained),
        "lost": _listed(seen, tally.lost),
        "terms": _terms(seen),
        "warnings": [{"term": term, "problem": why} for term, why in warnings(tally, seen.clauses)],
        "rejections": [
            {"output": output, "clause": clause, "articles": count}
            for (output, clause), count in tally.rejections.most_common()
        ],
        "seed": seed,
        **_examples(seen),
    }


def _counts(tally: Tally) -> _Dict:
    days, sources = tally.by_day(), tally.by_source()
    return {
        "days": [{"day": str(day), "articles": days[day]} for day in sorted(days)],
        "sources": [{"source": one, "articles": sources[one]} for one in sorted(sources)],
        "day_sources": [
            {"day": str(day), "source": source, "articles": tally.days[day, source]}
            for day, source in sorted(tally.days)
        ],
    }


def _terms(seen: Preview) -> list[_Dict]:
    tally = seen.tally
    return [
        {
            "term": term,
            "clauses": clauses,
            "found": tally.found[term],
            "kept": tally.hits[term],
            "alone": tally.alone[term],
            "refused": tally.refused[term],
        }
        for term, clauses in seen.clauses.items()
    ]


def _examples(seen: Preview) -> _Dict:
    hits = _listed(seen, [n for n, _ in seen.sample])
    misses = _listed(seen, [miss.n for miss in seen.tally.misses])
    return {
        "hits": [
            one | {"terms": sorted(case.found)}
            for one, (_, case) in zip(hits, seen.sample, strict=True)
        ],
        "near_misses": [
            one | {"lacks": [asdict(lack) for lack in miss.lacks]}
            for one, miss in zip(misses, seen.tally.misses, strict=True)
        ],
    }


def _listed(seen: Preview, numbers: Iterable[int]) -> list[_Dict]:
    heads = (seen.heads[n] for n in numbers)
    return [
        {"article": one.id, "date": one.date, "source": one.source, "title": one.title}
        for one in heads
    ]
