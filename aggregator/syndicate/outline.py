"""The list of all outputs as OPML 2.0 (opml.org/spec2.opml)."""

from collections.abc import Iterable
from xml.etree import ElementTree as Xml

from aggregator.core.text import storable
from aggregator.syndicate.channel import Channel


def render_outline(channels: Iterable[Channel]) -> bytes:
    """List outputs, in the order given, for a reader that subscribes to all of them at once."""
    document = Xml.Element("opml", version="2.0")
    Xml.SubElement(Xml.SubElement(document, "head"), "title").text = "Outputs of aggregator"
    body = Xml.SubElement(document, "body")
    for channel in channels:
        title = storable(channel.output.title)
        Xml.SubElement(
            body,
            "outline",
            type="rss",
            text=title,
            title=title,
            description=storable(channel.output.description),
            xmlUrl=channel.address("rss"),
            htmlUrl=channel.address("html"),
        )
    Xml.indent(document, " ")
    return bytes(Xml.tostring(document, "utf-8", xml_declaration=True)) + b"\n"
