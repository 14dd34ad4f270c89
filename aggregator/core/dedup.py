"""Which of a poll's articles are new: the identity ladder.

First hit wins: the guid within its source, the canonical URL, the hash of the folded body. Near
duplicates would be the next rung; their candidates come from an index, not from `Known`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from aggregator.core.article import Article
from aggregator.core.identity import Keys
from aggregator.core.text import fold


class Kind(StrEnum):
    """What an article is to what is stored already."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An article as one poll brought it, with its identity keys and the outputs that keep it."""

    article: Article
    keys: Keys
    kept_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """What identity needs to know of a stored article; `cluster` is the id of its first member."""

    id: str
    source: str
    guid: str
    title: str
    first_seen: datetime
    published: datetime | None
    content_hash: bytes
    cluster: str

    @classmethod
    def of(cls, article: Article, cluster: str) -> "Ref":
        """Refer to an article that is about to be stored."""
        return cls(
            id=article.id,
            source=article.source,
            guid=article.guid,
            title=article.title,
            first_seen=article.first_seen,
            published=article.published,
            content_hash=article.content_hash,
            cluster=cluster,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The stored articles that a batch of candidates may be the same as."""

    by_id: Mapping[str, Ref]
    by_url: Mapping[int, Ref]
    by_body: Mapping[int, Ref]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do with a candidate, and why.

    `candidate` carries the article as it is to be stored, under the id it is stored by. `reason`
    names the rung that hit ("guid", "url", "body"; empty for a new one), `cluster` the first
    member of the cluster it joins. `keys` are the ones that may identify it later.
    """

    kind: Kind
    candidate: Candidate
    reason: str = ""
    cluster: str
    keys: Keys


def deduplicate(candidates: Iterable[Candidate], known: Known) -> list[Decision]:
    """Decide on each candidate of one poll, in order; twins within the poll are seen as well."""
    batch = tuple(candidates)
    shared_urls = _shared(candidate.keys.url for candidate in batch)
    shared_bodies = _shared(candidate.keys.body for candidate in batch)
    by_id = dict(known.by_id)
    decisions = []
    for candidate in batch:
        keys = Keys(
            url=None if candidate.keys.url in shared_urls else candidate.keys.url,
            body=None if candidate.keys.body in shared_bodies else candidate.keys.body,
        )
        decision = _decide(candidate, keys, known, by_id)
        article = decision.candidate.article
        by_id[article.id] = Ref.of(article, decision.cluster)
        decisions.append(decision)
    return decisions


def _shared(keys: Iterable[int | None]) -> frozenset[int]:
    """Find keys of several entries of one document: a common page or a boilerplate text."""
    counts = Counter(key for key in keys if key is not None)
    return frozenset(key for key, count in counts.items() if count > 1)


def _decide(candidate: Candidate, keys: Keys, known: Known, by_id: Mapping[str, Ref]) -> Decision:
    article = candidate.article
    if same := by_id.get(article.id):
        return _again(candidate, keys, same, "guid")
    for reason, key, index in (
        ("url", keys.url, known.by_url),
        ("body", keys.body, known.by_body),
    ):
        other = index.get(key) if key is not None else None
        if other is None:
            continue
        if other.source != article.source:
            return Decision(
                kind=Kind.DUPLICATE,
                candidate=candidate,
                reason=reason,
                cluster=other.cluster,
                keys=keys,
            )
        # In one source a page or a text may serve many entries (a changelog, a podcast's standard
        # description), so the title has to agree as well: then the source re-numbered its guids.
        if fold(other.title) == fold(article.title):
            return _again(candidate, keys, other, reason)
    return Decision(kind=Kind.NEW, candidate=candidate, cluster=article.id, keys=keys)


def _again(candidate: Candidate, keys: Keys, stored: Ref, reason: str) -> Decision:
    """The same entry once more: what was first seen, dated and named stays so."""
    new = candidate.article
    article = replace(
        new,
        id=stored.id,
        guid=stored.guid,
        first_seen=stored.first_seen,
        published=new.published or stored.published,
    )
    changed = new.content_hash != stored.content_hash
    return Decision(
        kind=Kind.CHANGED if changed else Kind.UNCHANGED,
        candidate=replace(candidate, article=article),
        reason=reason,
        cluster=stored.cluster,
        keys=keys,
    )
