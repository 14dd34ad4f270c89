"""Measure the rung "near": precision and recall on edited articles, its cost, its bytes.

Run as `python -m bench.duplicates` from the root of the project.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from aggregator.core.article import Article
from aggregator.core.dedup import Candidate, deduplicate
from aggregator.core.identity import article_id, content_hash, identity_keys
from aggregator.core.likeness import Text, anchors_of
from aggregator.core.subject import Subject
from aggregator.core.urls import UrlBook, UrlRules
from aggregator.store import near
from aggregator.store.database import Database
from aggregator.store.known import known
from aggregator.store.recording import store as store_articles
from bench.index_cost import AT, Cost, cost

ROOT = Path(__file__).parents[1]

EVALUATION = ROOT.parent / "shared" / "eval" / "dedup"
URLS = UrlBook(UrlRules())
_NATURAL = 0.4  # of all shingles: two originals that are copies of each other, no error of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An article of the evaluation; `edit` and `of` are empty for an original."""

    article: Article
    kind: str
    edit: str = ""
    of: str = ""


@dataclass(slots=True)
class Score:
    """Hits and misses of some edits."""

    edits: int = 0
    found: int = 0
    wrong: int = 0

    @property
    def recall(self) -> float:
        """Give the part of the edits whose original was found."""
        return self.found / self.edits if self.edits else 1.0

    @property
    def precision(self) -> float:
        """Give the part of what was found that is right."""
        hits = self.found + self.wrong
        return self.found / hits if hits else 1.0


@dataclass(slots=True)
class Result:
    """Scores by what they are of: "all", "edit trad", "language zh" and so on."""

    scores: dict[str, Score] = field(default_factory=dict)
    mistakes: list[tuple[str, str, str]] = field(default_factory=list)
    store_us: float = 0.0
    look_up_us: float = 0.0


def cases(path: Path) -> list[Case]:
    """Read articles of the evaluation."""
    # Not splitlines: texts hold other ends of lines.
    lines = filter(None, path.read_text(encoding="utf-8").split("\n"))
    return [_case(json.loads(line), n) for n, line in enumerate(lines)]


def _case(row: Mapping[str, str], n: int) -> Case:
    of = row.get("a", "")
    name = row.get("id") or f"{row['edit']}-{n}"
    source = "edits" if of else row["cat"]
    article = Article(
        id=article_id(source, name),
        source=source,
        guid=name,
        link="",
        title=row["title"],
        body=row["body"],
        summary="",
        image="",
        language=row["lang"],
        authors=(),
        tags=(),
        enclosures=(),
        published=AT,
        updated=None,
        first_seen=AT,
        content_hash=content_hash(row["title"], row["body"]),
    )
    return Case(article=article, kind=row["kind"], edit=row.get("edit", ""), of=of)


def candidate(article: Article) -> Candidate:
    """Do what a parsing process does with an article for the sake of identity."""
    subject = Subject.of(article)
    return Candidate(
        article=article,
        keys=identity_keys(article.link, subject.body, URLS),
        anchors=anchors_of(subject),
    )


def store(database: Database, articles: Sequence[Candidate]) -> None:
    """Record articles as polls of their sources."""
    by_source: dict[str, list[Candidate]] = {}
    for one in articles:
        by_source.setdefault(one.article.source, []).append(one)
    for batch in by_source.values():
        with database.transaction():
            decisions = deduplicate(batch, known(database, batch))
            store_articles(database, decisions, AT)


def evaluate(originals: Sequence[Case], edits: Sequence[Case], folder: Path) -> Result:
    """Index all originals, then look each edit up; nothing of the edits is stored."""
    result = Result()
    with closing(Database(folder / "evaluation.db")) as database:
        ready = [candidate(one.article) for one in originals]
        started = time.process_time()
        store(database, ready)
        result.store_us = (time.process_time() - started) / max(len(originals), 1) * 1e6
        names = dict(database.db.execute("SELECT n, guid FROM article").fetchall())
        texts = {one.article.guid: Text.of(one.article) for one in originals}
        started = time.process_time()
        for edit in edits:
            if edit.of in texts:
                found = near.alike(database, Text.of(edit.article))
                hits = {names[n] for n, likeness in found.items() if likeness.is_same}
                _count(result, edit, hits, texts)
        result.look_up_us = (time.process_time() - started) / max(len(edits), 1) * 1e6
    return result


def _count(result: Result, edit: Case, hits: set[str], texts: Mapping[str, Text]) -> None:
    wrong = [name for name in hits - {edit.of} if _common(texts[name], texts[edit.of]) < _NATURAL]
    kinds = ("all", f"edit {edit.edit}", f"language {edit.article.language}", f"kind {edit.kind}")
    for kind in kinds:
        score = result.scores.setdefault(kind, Score())
        score.edits += 1
        score.found += edit.of in hits
        score.wrong += len(wrong)
    result.mistakes += [("wrong", edit.edit, f"{edit.of} {name}") for name in wrong]
    if edit.of not in hits:
        result.mistakes.append(("missed", edit.edit, edit.of))


def _common(one: Text, other: Text) -> float:
    union = len(one.shingles | other.shingles)
    return len(one.shingles & other.shingles) / union if union else 0.0


def main() -> None:
    """Evaluate, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="look up each n-th edit only")
    parser.add_argument("--stored", default="10000,400000", help="sizes of the index; '' for none")
    parser.add_argument("--mistakes", action="store_true", help="list what was missed or wrong")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if EVALUATION.is_dir():
            _print_result(_evaluated(Path(folder), options.every), mistakes=options.mistakes)
        else:
            print(f"no evaluation: there is nothing at {EVALUATION}")
        for stored in filter(None, options.stored.split(",")):
            _print_cost(cost(int(stored), Path(folder)))


def _evaluated(folder: Path, every: int) -> Result:
    originals, edits = cases(EVALUATION / "originals.jsonl"), cases(EVALUATION / "edits.jsonl")
    return evaluate(originals, edits[::every], folder)


def _print_result(result: Result, *, mistakes: bool) -> None:
    print(f"{'':24}{'edits':>7}{'recall':>9}{'precision':>11}")
    for name, score in sorted(result.scores.items()):
        print(f"{name:24}{score.edits:7}{score.recall:9.4f}{score.precision:11.4f}")
    print(f"{result.store_us:.0f} µs to store an original, {result.look_up_us:.0f} to look one up")
    for mistake in result.mistakes if mistakes else ():
        print(*mistake)


def _print_cost(one: Cost) -> None:
    print(
        f"{one.stored} in the index, per article: {one.worker:.0f} µs in a worker; in the writer "
        f"{one.insert:.0f} µs to insert and {one.lookup:.0f} to look up, {one.join:.0f} in all; "
        f"{one.bytes:.0f} bytes"
    )


if __name__ == "__main__":
    main()
