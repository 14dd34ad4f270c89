"""What feedgen leaves out of RSS and Atom, added to the elements it made."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.util import xml_elem

_ATOM = "http://www.w3.org/2005/Atom"
_DCTERMS = "http://purl.org/dc/terms/"
_HISTORY = "http://purl.org/syndication/history/1.0"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


class FeedCompletion(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """Names hubs, and the parts of a feed that is paged (RFC 5005), in both formats.

    `links` are pairs of rel and address; feedgen's RSS has no links but rel="self".
    """

    def __init__(self) -> None:
        self.links: Sequence[tuple[str, str]] = ()
        self.is_archive = False

    def extend_ns(self) -> dict[str, str]:
        """Name the prefixes of what this and its entries add."""
        return {"dcterms": _DCTERMS, "fh": _HISTORY}

    def extend_rss(self, document: Any) -> Any:
        """Complete the channel."""
        self._extend(document[0], f"{{{_ATOM}}}link")
        return document

    def extend_atom(self, feed: Any) -> Any:
        """Complete the feed."""
        # feedgen's elements of Atom have no namespace of their own: it writes xmlns as text.
        self._extend(feed, "link")
        return feed

    def _extend(self, element: Any, name: str) -> None:
        for rel, address in self.links:
            xml_elem(name, element, rel=rel, href=address)
        if self.is_archive:
            xml_elem(f"{{{_HISTORY}}}archive", element)


class EntryCompletion(BaseEntryExtension):  # type: ignore[misc]
    """Gives an entry the time we first saw it, and Atom entries what feedgen loses of them.

    `source` are the id, title and address of the feed that an Atom entry is from.
    """

    def __init__(self) -> None:
        self.first_seen: datetime | None = None
        self.updated: datetime | None = None
        self.language = ""
        self.entry_links: Sequence[dict[str, str]] = ()
        self.source = ("", "", "")

    def extend_rss(self, item: Any) -> Any:
        """Complete an item."""
        self._add_first_seen(item)
        return item

    def extend_atom(self, entry: Any) -> Any:
        """Complete an entry; its links stand in the order in which they were added."""
        for element, link in zip(entry.findall("link"), self.entry_links, strict=True):
            element.attrib.update({name: value for name, value in link.items() if name != "href"})
        if self.language:
            entry.set(_LANGUAGE, self.language)
        self._add_source(entry)
        self._add_first_seen(entry)
        return entry

    def _add_source(self, entry: Any) -> None:
        identity, title, address = self.source
        source = xml_elem("source", entry)
        for name, text in (("id", identity), ("title", title), ("updated", _text(self.updated))):
            xml_elem(name, source).text = text
        if address:
            xml_elem("link", source, rel="self", href=address)

    def _add_first_seen(self, element: Any) -> None:
        xml_elem(f"{{{_DCTERMS}}}dateAccepted", element).text = _text(self.first_seen)


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
