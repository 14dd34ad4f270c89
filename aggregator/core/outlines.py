"""OPML ↔ lists of feeds (opml.org/spec2), both ways; a nested folder is a path of names."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from aggregator.core.text import one_line, storable
from aggregator.errors import OpmlError

_DEEPEST = 50  # folders within folders
_HINT = "export it anew from the reader that it came from"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A feed that OPML lists; `folders` are those around it, the outermost first. `page` and
    `description` are written and not read."""

    title: str
    url: str
    folders: tuple[str, ...] = ()
    language: str = ""
    page: str = ""
    description: str = ""


def read_outlines(document: bytes) -> list[Outline]:
    """List the feeds of an OPML document in order; raises OpmlError for what is none.

    An outline that names a page and no feed has an empty `url`. Entities are refused: no reader
    writes them, and they are what bombs are made of.
    """
    reading = _Reading()
    parser = expat.ParserCreate()
    parser.EntityDeclHandler = _refuse_entity
    parser.StartElementHandler = reading.open
    parser.EndElementHandler = reading.close
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        what = expat.ErrorString(error.code)
        raise OpmlError(
            f"not well-formed XML: {what}, line {error.lineno}, column {error.offset + 1}", _HINT
        ) from error
    except (ValueError, LookupError) as error:
        raise OpmlError(f"in an encoding that cannot be read: {error}", _HINT) from error
    if not reading.has_body:
        raise OpmlError("not OPML: it has no body", _HINT)
    return reading.found


def _refuse_entity(name: str, *_: object) -> None:
    raise OpmlError(f"it declares the entity {name[:40]!r}, which is refused", _HINT)


class _Reading:
    """Follows the elements of a document; `_around` has a folder, or "" for what is none, for each
    outline that is open."""

    def __init__(self) -> None:
        self.found: list[Outline] = []
        self.has_body = False
        self._is_first = True
        self._around: list[str] = []

    def open(self, element: str, attributes: dict[str, str]) -> None:
        if self._is_first and element.lower() != "opml":
            raise OpmlError(f"not OPML: it begins with <{element[:40]}>", _HINT)
        self._is_first = False
        self.has_body = self.has_body or element.lower() == "body"
        if element.lower() == "outline":
            if len(self._around) == _DEEPEST:
                raise OpmlError(f"its folders are more than {_DEEPEST} deep", _HINT)
            self._outline({name.lower(): value for name, value in attributes.items()})

    def _outline(self, stated: dict[str, str]) -> None:
        title = one_line(storable(stated.get("title", "") or stated.get("text", "")))
        url = stated.get("xmlurl", "").strip()
        is_feed = bool(url or stated.get("htmlurl") or stated.get("url"))
        if is_feed:
            self.found.append(
                Outline(
                    title=title,
                    url=url,
                    folders=tuple(filter(None, self._around)) or _category(stated),
                    language=stated.get("language", "").strip(),
                )
            )
        self._around.append("" if is_feed else title)

    def close(self, element: str) -> None:
        if element.lower() == "outline":
            self._around.pop()


def _category(stated: dict[str, str]) -> tuple[str, ...]:
    """Give the first category of an outline, which stands for a folder where it is in none."""
    first = storable(stated.get("category", "")).partition(",")[0]
    return tuple(name for one in first.split("/") if (name := one_line(one)))


def write_outlines(title: str, outlines: Sequence[Outline]) -> bytes:
    """Write an OPML 2.0 document, folders where their first feed is."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"<head><title>{escape(storable(title))}</title></head>",
        "<body>",
        *_lines(outlines),
        "</body>",
        "</opml>",
    ]
    return ("\n".join(lines) + "\n").encode()


def _lines(outlines: Iterable[Outline]) -> Iterator[str]:
    written = set()
    listed = list(outlines)
    for one in listed:
        folder = one.folders[:1]
        if not folder:
            yield f"<outline{_attributes(one)}/>"
        elif folder not in written:
            written.add(folder)
            yield f"<outline text={quoteattr(storable(folder[0]))}>"
            yield from _lines(
                replace(inner, folders=inner.folders[1:])
                for inner in listed
                if inner.folders[:1] == folder
            )
            yield "</outline>"


def _attributes(outline: Outline) -> str:
    stated = {
        "type": "rss",
        "text": outline.title,
        "title": outline.title,
        "description": outline.description,
        "xmlUrl": outline.url,
        "htmlUrl": outline.page,
        "language": outline.language,
    }
    return "".join(
        f" {name}={quoteattr(storable(value))}" for name, value in stated.items() if value
    )
