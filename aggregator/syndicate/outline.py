"""The list of all outputs as OPML."""

from collections.abc import Iterable

from aggregator.core.outlines import Outline, write_outlines
from aggregator.syndicate.channel import Channel


def render_outline(channels: Iterable[Channel]) -> bytes:
    """List outputs, in the order given, for a reader that subscribes to all of them at once."""
    return write_outlines(
        "Outputs of aggregator",
        [
            Outline(
                title=channel.output.title,
                url=channel.address("rss"),
                page=channel.address("html"),
                description=channel.output.description,
            )
            for channel in channels
        ],
    )
