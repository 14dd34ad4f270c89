"""Which of a poll's articles are new: the identity ladder.

First hit wins: the guid within its source, the canonical URL, the hash of the folded body. The
last rung, texts that are nearly the same, needs the index of anchors and comes after the articles
are stored (`store.near`); the verdicts are `core.likeness`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from aggregator.core.article import Article
from aggregator.core.clusters import BODY, URL
from aggregator.core.identity import Keys, key
from aggregator.core.rules import Verdict
from aggregator.core.text import fold

GUID = "guid"
NO_KEYS = Keys(url=None, body=None)


class Kind(StrEnum):
    """What an article is to what is stored already."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    PURGED = "purged"  # it was here and was purged: it does not come back

    @property
    def has_arrived(self) -> bool:
        """Say whether the article was not here before, be it a copy of another."""
        return self in (Kind.NEW, Kind.DUPLICATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An article as one poll brought it, with its identity keys, the anchors of its text and the
    outputs that keep it, each with why."""

    article: Article
    keys: Keys
    anchors: tuple[int, ...] = ()
    kept_by: Mapping[str, Verdict] = field(default_factory=dict)


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
    """The stored articles that a batch of candidates may be the same as.

    `purged` are what is left of those that were purged, `has_volatile_guids` says that their source
    gives known pages new guids again and again.
    """

    by_id: Mapping[str, Ref]
    by_url: Mapping[int, Ref]
    by_body: Mapping[int, Ref]
    purged: frozenset["Tombstone"] = frozenset()
    has_volatile_guids: bool = False


class Tombstone(NamedTuple):
    """What is left of a purged article: one key of it, with the key of its folded title."""

    rung: str
    key: int
    title: int


def tombstones(article: Article, keys: Keys) -> list[Tombstone]:
    """List what to know an article by once it is purged."""
    title = key(fold(article.title))
    found = ((GUID, key(article.id)), (URL, keys.url), (BODY, keys.body))
    return [Tombstone(rung, known, title) for rung, known in found if known is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do with a candidate, and why.

    `candidate` carries the article as it is to be stored, under the id it is stored by. `reason`
    names the rung that hit ("guid", "url", "body"; empty for a new one), `twin` the id of the
    stored article that it hit, `cluster` the first member of the cluster it joins. `keys` are the
    ones that may identify it later, `worn` those that proved to identify nothing.
    """

    kind: Kind
    candidate: Candidate
    reason: str = ""
    twin: str = ""
    cluster: str
    keys: Keys
    worn: Keys = NO_KEYS


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
        return _again(candidate, keys, same, GUID)
    graves = [one for one in _graves(article, keys, known) if one in known.purged]
    if graves and graves[0].rung == GUID:
        return _purged(candidate, GUID)
    worn: dict[str, int] = {}
    for reason, value, index in ((URL, keys.url, known.by_url), (BODY, keys.body, known.by_body)):
        other = index.get(value) if value is not None else None
        if value is None or other is None:
            continue
        if other.source != article.source:
            return Decision(
                kind=Kind.DUPLICATE,
                candidate=candidate,
                reason=reason,
                twin=other.id,
                cluster=other.cluster,
                keys=keys,
            )
        # In one source a page or a text may serve many entries (a changelog, a podcast's standard
        # description), so the title has to agree as well: then the source re-numbered its guids.
        is_page = reason == URL and known.has_volatile_guids
        if is_page or fold(other.title) == fold(article.title):
            return _again(candidate, keys, other, reason)
        worn[reason] = value
    if graves:
        return _purged(candidate, graves[0].rung)
    return Decision(
        kind=Kind.NEW,
        candidate=candidate,
        cluster=article.id,
        keys=keys,
        worn=Keys(url=worn.get(URL), body=worn.get(BODY)),
    )


def _graves(article: Article, keys: Keys, known: Known) -> list[Tombstone]:
    return tombstones(article, keys) if known.purged else []


def _purged(candidate: Candidate, rung: str) -> Decision:
    return Decision(
        kind=Kind.PURGED,
        candidate=candidate,
        reason=rung,
        cluster=candidate.article.id,
        keys=NO_KEYS,
    )


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
        twin=stored.id,
        cluster=stored.cluster,
        keys=keys,
    )
