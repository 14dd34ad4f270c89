"""The renderers of all formats, by the ending of their files."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from aggregator.core.article import Article
from aggregator.syndicate.channel import FORMATS, Channel
from aggregator.syndicate.jsonfeed import render_json
from aggregator.syndicate.page import render_page
from aggregator.syndicate.readable import readable
from aggregator.syndicate.xmlfeeds import render_atom, render_rss

_RENDERERS: Mapping[str, Callable[[Channel, Sequence[Article]], bytes]] = {
    "rss": render_rss,
    "atom": render_atom,
    "json": render_json,
    "html": render_page,
}


def render(
    channel: Channel, articles: Iterable[Article], kinds: Iterable[str] = FORMATS
) -> dict[str, bytes]:
    """Render a document of an output in the formats named, articles in the order given."""
    shown = [readable(channel.view(article)) for article in articles]
    return {kind: _RENDERERS[kind](channel, shown) for kind in kinds}
