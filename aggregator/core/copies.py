"""One article of several copies: whose words an output shows, under whose id."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from aggregator.core.article import Article, Copy
from aggregator.core.text import one_line, plain_text

# As full as the longest text is one that lacks a tenth of it, or so many characters: an outlet's
# words about itself make no copy better.
_AS_FULL, _FEW = 0.9, 100


def shown(
    announced: Article, kept: Sequence[Article], members: Sequence[Article], prefer: Sequence[str]
) -> Article:
    """Give what an output shows of a cluster.

    The id and the date are those of the member that it announced, so that no reader takes a better
    copy for news; `kept` are the members that the output keeps, and the best of them gives the
    rest. `members` are all of the cluster, in order of arrival.
    """
    best = _best(kept, prefer)
    return replace(
        best,
        id=announced.id,
        guid=announced.guid,
        published=announced.published,
        first_seen=announced.first_seen,
        updated=announced.updated if best.id == announced.id else _improved(announced, best),
        also=_also(best, members),
    )


def _improved(announced: Article, best: Article) -> datetime:
    """Date the change from what was announced to a better copy."""
    return max(announced.updated or announced.date, best.updated or best.date, best.first_seen)


def _best(kept: Sequence[Article], prefer: Sequence[str]) -> Article:
    """Choose by the order of sources that people prefer, then the fullest text, then the first."""
    ranks = {source: rank for rank, source in enumerate(prefer)}
    best_rank = min(ranks.get(one.source, len(ranks)) for one in kept)
    preferred = [one for one in kept if ranks.get(one.source, len(ranks)) == best_rank]
    lengths = [_length(one) for one in preferred]
    enough = min(_AS_FULL * max(lengths), max(lengths) - _FEW)
    return next(one for one, length in zip(preferred, lengths, strict=True) if length >= enough)


def _length(article: Article) -> int:
    return len(one_line(plain_text(article.body or article.summary)))


def _also(best: Article, members: Sequence[Article]) -> tuple[Copy, ...]:
    """List the other places, each link once."""
    places = {
        one.link: Copy(source=one.source, link=one.link, title=one.title)
        for one in reversed(members)
        if one.link and one.link != best.link
    }
    return tuple(reversed(places.values()))
