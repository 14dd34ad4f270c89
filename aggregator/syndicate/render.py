"""The renderers of all formats, by the ending of their files."""

from collections.abc import Callable, Mapping, Sequence

from aggregator.core.article import Article
from aggregator.syndicate.channel import Channel
from aggregator.syndicate.jsonfeed import render_json
from aggregator.syndicate.xmlfeeds import render_atom, render_rss

RENDERERS: Mapping[str, Callable[[Channel, Sequence[Article]], bytes]] = {
    "rss": render_rss,
    "atom": render_atom,
    "json": render_json,
}
