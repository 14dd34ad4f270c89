"""The list of outputs, read by a parser of XML."""

from dataclasses import replace
from xml.etree import ElementTree as Xml

from aggregator.syndicate.outline import render_outline
from tests.syndicate.records import a_channel


def test_the_list_names_every_output_in_order_with_its_addresses() -> None:
    other = a_channel("<Other>\x00")
    channels = [a_channel(), replace(other, output=replace(other.output, id="other"))]

    outline = Xml.fromstring(render_outline(channels))

    assert (outline.tag, outline.get("version")) == ("opml", "2.0")
    assert outline.findtext("head/title") == "Outputs of aggregator"
    assert [one.attrib for one in outline.findall("body/outline")] == [
        {
            "type": "rss",
            "text": title,
            "title": title,
            "description": "What is <new>.",
            "xmlUrl": f"https://news.example/feeds/{name}.rss",
            "htmlUrl": f"https://news.example/feeds/{name}.html",
        }
        for name, title in (("news", "News & more"), ("other", "<Other>"))
    ]


def test_a_list_without_an_output_is_well_formed() -> None:
    assert Xml.fromstring(render_outline([])).findall("body/outline") == []
