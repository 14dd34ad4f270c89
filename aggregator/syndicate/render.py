"""The renderers of all formats, by the ending of their files."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from aggregator.core.article import Article
from aggregator.syndicate.channel import FORMATS, Channel
from aggregator.syndicate.document import Document
from aggregator.syndicate.jsonfeed import render_json
from aggregator.syndicate.kept import Kept, Keys
from aggregator.syndicate.page import render_page
from aggregator.syndicate.readable import readable
from aggregator.syndicate.xmlfeeds import render_atom, render_rss

_RENDERERS: Mapping[str, Callable[[Channel, Sequence[Article], Sequence[Article]], Document]] = {
    "rss": render_rss,
    "atom": render_atom,
    "json": render_json,
    "html": render_page,
}


def render(
    channel: Channel, articles: Iterable[Article], kinds: Iterable[str] = FORMATS
) -> dict[str, bytes]:
    """Render a document of an output in the formats named, articles in the order given."""
    listed = tuple(articles)
    shown = [readable(channel.view(article)) for article in listed]
    return {kind: _RENDERERS[kind](channel, listed, shown).content for kind in kinds}


def renew(
    channel: Channel, articles: Sequence[Article], keys: Keys, kept: Callable[[str], Kept]
) -> Iterator[tuple[str, Document]]:
    """Render the same in all formats, one after the other, but only those entries that are not kept
    from before; `kept` gives those of a format."""

    @cache
    def shown(key: str) -> Article:
        return readable(channel.view(by_key[key]))

    by_key = {keys[one.id]: one for one in articles}
    for kind in FORMATS:
        known = kept(kind).entries(keys)
        new = [key for key in by_key if key not in known]
        document = _RENDERERS[kind](channel, articles, [shown(key) for key in new])
        entries = known | dict(zip(new, document.entries, strict=True))
        yield kind, replace(document, entries=[entries[key] for key in by_key])
