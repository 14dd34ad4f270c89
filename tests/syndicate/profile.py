"""What is wrong with a feed: the rules of RSS 2.0 and its profile, RFC 4287, JSON Feed 1.1.

Each function gives complaints in words, none for a clean document. The rules are those of
rssboard.org/rss-profile, RFC 4287, RFC 5005, RFC 3339, RFC 3986, jsonfeed.org/version/1.1, and what
the feed validator of the W3C warns about as far as a document alone can tell.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

import html5lib

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
DC = "{http://purl.org/dc/elements/1.1/}"
DCTERMS = "{http://purl.org/dc/terms/}"
MEDIA = "{http://search.yahoo.com/mrss/}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
XML = "{http://www.w3.org/XML/1998/namespace}"
KNOWN = (ATOM, CONTENT, DC, DCTERMS, MEDIA, HISTORY)

CHANNEL = frozenset(
    """title link description language copyright managingEditor webMaster pubDate lastBuildDate
    category generator docs cloud ttl image rating textInput skipHours skipDays item""".split()
)
ITEM = frozenset(
    "title link description author category comments enclosure guid pubDate source".split()
)
FEED = frozenset(
    """author category contributor generator icon id link logo rights subtitle title updated
    entry""".split()
)
ENTRY = frozenset(
    """author category content contributor id link published rights source summary title
    updated""".split()
)
URI = re.compile(r"[a-z][a-z0-9+.-]*:(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})+"
                 r"(?:#(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?", re.ASCII)  # fmt: skip
URN = re.compile(
    r"urn:[a-z0-9][a-z0-9-]{1,31}:(?:[a-z0-9()+,.:=@;$_!*'/?#-]|%[0-9a-f]{2})+", re.IGNORECASE
)
MEDIA_TYPE = re.compile(r"""[^\s()<>,;:\\"/\[\]?=]+/[^\s()<>,;:\\"/\[\]?=]+""")
RFC_822 = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"\d{4} \d\d:\d\d:\d\d (?:[+-]\d{4}|GMT)"
)
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff\ud800-\udfff]")
LIKE_HTML = re.compile(r"</?[A-Za-z][^<]*>|&#?\w+;")
URLS = ("href", "src", "poster", "cite", "action", "data", "background")
DANGEROUS = frozenset(
    """script style iframe object embed applet form input link meta base svg math template frame
    frameset textarea select button""".split()
)
Complaints = Iterator[str]


def complaints(kind: str, document: bytes, address: str) -> list[str]:
    """Check a document that was found at an address."""
    check = {"rss": rss, "atom": atom, "json": json_feed, "html": page}[kind]
    return list(check(document, address))


# What all of them have


def text_of(text: str | None, what: str) -> Complaints:
    if FORBIDDEN.search(text or ""):
        yield f"{what}: a character that has no place in a text"


def uri(address: str | None, what: str, schemes: tuple[str, ...] = ("http", "https")) -> Complaints:
    try:
        parts = urlsplit(address or "")
    except ValueError:
        parts = urlsplit("")
    if not URI.fullmatch((address or "").replace("[", "").replace("]", "")):
        yield f"{what}: {address!r} is no URI"
    elif parts.scheme not in schemes or not parts.netloc:
        yield f"{what}: {address!r} is not absolute"


def identity(text: str | None, what: str) -> Complaints:
    if (text or "").startswith("urn:"):
        if not URN.fullmatch(text or ""):
            yield f"{what}: {text!r} is no URN"
    else:
        yield from uri(text, what)


def date(text: str | None, what: str, form: "re.Pattern[str]") -> Complaints:
    if not form.fullmatch(text or ""):
        yield f"{what}: {text!r} is no date of its kind"
        return
    is_822 = form is RFC_822
    moment = parsedate_to_datetime(text or "") if is_822 else datetime.fromisoformat(text or "")
    if moment.year < 1990:
        yield f"{what}: {text} is implausible"
    if is_822 and (text or "")[:3] != f"{moment:%a}":
        yield f"{what}: {text} is another day of the week"


def language(text: str | None, what: str) -> Complaints:
    if not LANGUAGE.fullmatch(text or ""):
        yield f"{what}: {text!r} is no language"


def hypertext(markup: str | None, what: str) -> Complaints:
    """Check HTML: well-formed, inert, all links absolute."""
    for one in _hypertext(markup or ""):
        yield f"{what}: {one}"


@cache
def _hypertext(markup: str) -> tuple[str, ...]:
    return tuple(_in_hypertext(markup))


def _in_hypertext(markup: str) -> Complaints:
    parser = html5lib.HTMLParser(namespaceHTMLElements=False, strict=True)
    try:
        tree = parser.parseFragment(markup)
    except html5lib.html5parser.ParseError as error:
        yield f"invalid HTML ({error}): {markup[:300]!r}"
        return
    for element in tree.iter():
        if isinstance(element.tag, str):
            yield from _element(element)
            for name in element.attrib:
                if name == "style" or name.startswith(("data-", "aria-")):
                    yield f"{name} is for the page it came from"


def _element(element: Any) -> Complaints:
    if element.tag in DANGEROUS:
        yield f"<{element.tag}>"
    for name, value in element.attrib.items():
        if name.startswith("on"):
            yield f"{name}="
        if name in URLS and not re.match(r"(?:https?://|mailto:)", value.strip(), re.IGNORECASE):
            yield f"{name}={value!r} is relative or acts"


def plain(text: str | None, what: str) -> Complaints:
    """Check a text of RSS that is no HTML."""
    yield from text_of(text, what)
    if re.search(r"</?[A-Za-z][^<]*>", text or ""):
        yield f"{what}: {text!r} holds HTML"


def once(parent: Any, names: Iterable[str], what: str) -> Complaints:
    for name in names:
        if len(parent.findall(name)) > 1:
            yield f"{what}: several {name}"


def required(parent: Any, names: Iterable[str], what: str) -> Complaints:
    for name in names:
        element = parent.find(name)
        if element is None or not (element.text or "").strip():
            yield f"{what}: no {name}"


def elements(parent: Any, known: frozenset[str], core: str, what: str) -> Complaints:
    for one in parent:
        if one.tag.startswith("{") and not one.tag.startswith(KNOWN):
            yield f"{what}: unknown namespace of {one.tag}"
        elif one.tag.startswith(core) and one.tag.removeprefix(core).isalpha():
            if one.tag.removeprefix(core) not in known:
                yield f"{what}: unknown element {one.tag}"
        elif not one.tag.startswith("{"):
            yield f"{what}: {one.tag} is in no namespace"


def unique(ids: list[str | None]) -> Complaints:
    for one, count in Counter(ids).items():
        if count > 1:
            yield f"two entries with the id {one}"


def parsed(document: bytes) -> Any:
    assert document.startswith((b"<?xml version='1.0' encoding='UTF-8'?>", b"<?xml version='1.0'"))
    return Xml.fromstring(document)


# RSS 2.0 and its profile


def rss(document: bytes, address: str) -> Complaints:
    root = parsed(document)
    if (root.tag, root.get("version"), len(root)) != ("rss", "2.0", 1):
        yield "not one channel in <rss version='2.0'>"
        return
    channel = root[0]
    yield from elements(channel, CHANNEL, "", "channel")
    yield from required(channel, ("title", "link", "description"), "channel")
    yield from once(channel, CHANNEL - {"item", "category"}, "channel")
    yield from uri(channel.findtext("link"), "channel link")
    yield from title(document, channel.findtext("title"), "channel title")
    yield from hypertext(channel.findtext("description"), "channel description")
    yield from date(channel.findtext("lastBuildDate"), "lastBuildDate", RFC_822)
    if channel.find("language") is not None:
        yield from language(channel.findtext("language"), "channel language")
    if channel.find("docs") is not None:
        yield from uri(channel.findtext("docs"), "docs")
    yield from own_link(channel.findall(f"{ATOM}link"), address, "application/rss+xml")
    items = channel.findall("item")
    if items and list(channel).index(items[0]) + len(items) != len(channel):
        yield "elements of the channel behind its items"
    yield from unique([one.findtext("guid") for one in items])
    for one in items:
        yield from rss_item(document, one, f"item {one.findtext('guid')}")


def title(document: bytes, text: str | None, what: str) -> Complaints:
    """Check a title: `&` and `<` as hexadecimal references, no HTML in what they say."""
    yield from plain(text, what)
    if re.search(rb"<title>[^<]*&(?:amp|lt);", document):
        yield f"{what}: a reference that the profile wants as &#x26; or &#x3C;"


def rss_item(document: bytes, item: Any, what: str) -> Complaints:
    yield from elements(item, ITEM, "", what)
    yield from required(item, ("title", "description", "guid", "pubDate"), what)
    yield from once(item, (*(ITEM - {"category"}), f"{CONTENT}encoded"), what)
    yield from title(b"", item.findtext("title"), f"{what} title")
    if item.find("link") is not None:
        yield from uri(item.findtext("link"), f"{what} link")
    yield from date(item.findtext("pubDate"), f"{what} pubDate", RFC_822)
    yield from item_identity(item, what)
    yield from item_texts(item, what)
    yield from item_files(item, what)
    yield from extensions(item, what)


def item_identity(item: Any, what: str) -> Complaints:
    guid = item.find("guid")
    if guid is not None:
        is_link = guid.get("isPermaLink", "true") == "true"
        check = uri if is_link else identity
        yield from check(guid.text, f"{what} guid")
    if item.find("author") is not None:
        yield f"{what}: an author, which would have to be an address"
    if item.find(f"{DC}creator") is None:
        yield f"{what}: no dc:creator"
    for one in item.findall("category"):
        if not (one.text or "").strip():
            yield f"{what}: an empty category"
    for one in item.findall("source"):
        yield from uri(one.get("url"), f"{what} source")
        yield from text_of(one.text, f"{what} source")


def item_texts(item: Any, what: str) -> Complaints:
    names = [one.tag for one in item]
    if f"{CONTENT}encoded" not in names:
        yield f"{what}: no content:encoded"
    elif names.index(f"{CONTENT}encoded") < names.index("description"):
        yield f"{what}: content:encoded before the description"
    for name in ("description", f"{CONTENT}encoded"):
        yield from text_of(item.findtext(name), f"{what} {name}")
        yield from hypertext(item.findtext(name), f"{what} {name}")


def item_files(item: Any, what: str) -> Complaints:
    for one in item.findall("enclosure"):
        yield from uri(one.get("url"), f"{what} enclosure")
        yield from sized(one.get("length"), one.get("type"), f"{what} enclosure")
        if one.get("length") is None:
            yield f"{what}: an enclosure without a length"


def sized(length: str | None, media_type: str | None, what: str) -> Complaints:
    if length is not None and not length.isdigit():
        yield f"{what}: {length!r} is no length"
    if not MEDIA_TYPE.fullmatch(media_type or ""):
        yield f"{what}: {media_type!r} is no media type"


def extensions(entry: Any, what: str) -> Complaints:
    """Check elements of other namespaces, in both formats."""
    for name in ("thumbnail", "content"):
        for one in entry.iter(f"{MEDIA}{name}"):
            yield from uri(one.get("url"), f"{what} media:{name}")
            if one.get("medium", "image") not in ("image", "audio", "video"):
                yield f"{what}: medium {one.get('medium')}"
            if not one.get("fileSize", "1").isdigit() or not one.get("duration", "1").isdigit():
                yield f"{what}: a size of media that is no number"
    yield from date(entry.findtext(f"{DCTERMS}dateAccepted"), f"{what} first seen", RFC_3339)
    yield from once(entry, (f"{DCTERMS}dateAccepted", f"{DC}identifier", f"{DC}language"), what)
    yield from required(entry, (f"{DC}identifier",), what)
    if entry.find(f"{DC}language") is not None:
        yield from language(entry.findtext(f"{DC}language"), f"{what} dc:language")


def own_link(links: list[Any], address: str, media_type: str) -> Complaints:
    """Check that a document links to itself, and each relation but alternate is there once."""
    mine = [(one.get("href"), one.get("type")) for one in links if one.get("rel") == "self"]
    if mine != [(address, media_type)]:
        yield f"self reference {mine} doesn't match document location {address}"
    yield from link_forms(links, "feed")


def link_forms(links: list[Any], what: str) -> Complaints:
    for one in links:
        yield from uri(one.get("href"), f"{what} link {one.get('rel')}")
        if one.get("type") and not MEDIA_TYPE.fullmatch(one.get("type")):
            yield f"{what}: {one.get('type')!r} is no media type"
    kinds = [(one.get("rel", "alternate"), one.get("type"), one.get("hreflang")) for one in links]
    for kind, count in Counter(kinds).items():
        if count > 1 and kind[0] not in ("related", "enclosure", "via", "hub"):
            yield f"{what}: {count} links {kind}"


# Atom (RFC 4287)


def atom(document: bytes, address: str) -> Complaints:
    feed = parsed(document)
    if feed.tag != f"{ATOM}feed":
        yield "not a feed"
        return
    yield from elements(feed, FEED, ATOM, "feed")
    yield from atom_head(feed, "feed")
    yield from own_link(feed.findall(f"{ATOM}link"), address, "application/atom+xml")
    if feed.find(f"{ATOM}author") is None:
        yield "feed: no author"
    yield from people(feed, "feed")
    if feed.get(f"{XML}lang") is not None:
        yield from language(feed.get(f"{XML}lang"), "feed")
    entries = feed.findall(f"{ATOM}entry")
    if entries and list(feed).index(entries[0]) + len(entries) != len(feed):
        yield "elements of the feed behind its entries"
    yield from unique([one.findtext(f"{ATOM}id") for one in entries])
    newest = max((one.findtext(f"{ATOM}updated") or "" for one in entries), default="")
    if newest > (feed.findtext(f"{ATOM}updated") or ""):
        yield "feed: updated before an entry"
    for one in entries:
        yield from atom_entry(one, f"entry {one.findtext(f'{ATOM}id')}")


def atom_head(element: Any, what: str) -> Complaints:
    names = [f"{ATOM}{name}" for name in ("id", "title", "updated")]
    yield from required(element, names, what)
    yield from once(element, (*names, f"{ATOM}subtitle", f"{ATOM}generator"), what)
    yield from identity(element.findtext(f"{ATOM}id"), f"{what} id")
    yield from date(element.findtext(f"{ATOM}updated"), f"{what} updated", RFC_3339)
    yield from text_of(element.findtext(f"{ATOM}title"), f"{what} title")


def people(element: Any, what: str) -> Complaints:
    for one in element.findall(f"{ATOM}author"):
        if not (one.findtext(f"{ATOM}name") or "").strip():
            yield f"{what}: an author without a name"
        yield from text_of(one.findtext(f"{ATOM}name"), f"{what} author")


def atom_entry(entry: Any, what: str) -> Complaints:
    yield from elements(entry, ENTRY, ATOM, what)
    yield from atom_head(entry, what)
    once_each = ("content", "published", "rights", "source", "summary")
    yield from once(entry, [f"{ATOM}{name}" for name in once_each], what)
    yield from date(entry.findtext(f"{ATOM}published"), f"{what} published", RFC_3339)
    yield from people(entry, what)
    if entry.find(f"{ATOM}author") is None:
        yield f"{what}: no author"
    if entry.get(f"{XML}lang") is not None:
        yield from language(entry.get(f"{XML}lang"), what)
    links = entry.findall(f"{ATOM}link")
    yield from link_forms(links, what)
    for one in links:
        if one.get("rel") == "enclosure":
            yield from sized(one.get("length"), one.get("type"), f"{what} enclosure")
    content = entry.find(f"{ATOM}content")
    if content is None or content.get("type") != "html" or content.get("src"):
        yield f"{what}: no content as html"
    else:
        yield from hypertext(content.text, f"{what} content")
    for one in entry.findall(f"{ATOM}category"):
        if not (one.get("term") or "").strip():
            yield f"{what}: a category without a term"
    source = entry.find(f"{ATOM}source")
    if source is None:
        yield f"{what}: no source"
    else:
        yield from atom_head(source, f"{what} source")
        yield from link_forms(source.findall(f"{ATOM}link"), f"{what} source")
    yield from extensions(entry, what)


# JSON Feed 1.1


def json_feed(document: bytes, address: str) -> Complaints:
    feed = json.loads(document.decode("utf-8"))
    if feed.get("version") != "https://jsonfeed.org/version/1.1":
        yield "no version of JSON Feed 1.1"
    if not feed.get("title") or not isinstance(feed.get("items"), list):
        yield "no title or no items"
    if feed.get("feed_url") != address:
        yield f"feed_url {feed.get('feed_url')} is not where it is: {address}"
    for name in ("home_page_url", "next_url"):
        if name in feed:
            yield from uri(feed[name], name)
    if feed.get("next_url") == feed.get("feed_url"):
        yield "next_url is the feed itself"
    yield from json_forms(feed, "feed", frozenset(
        """version title home_page_url feed_url description user_comment next_url icon favicon
        authors language expired hubs items""".split()))  # fmt: skip
    yield from unique([one.get("id") for one in feed["items"]])
    for one in feed["items"]:
        yield from json_item(one, f"item {one.get('id')}")


def json_forms(value: dict[str, Any], what: str, known: frozenset[str]) -> Complaints:
    for name, one in value.items():
        if name.startswith("_"):
            if not isinstance(one, dict):
                yield f"{what}: {name} is no object"
        elif name not in known:
            yield f"{what}: unknown {name}"
        if isinstance(one, str):
            yield from text_of(one, f"{what} {name}")
    if "language" in value:
        yield from language(value["language"], f"{what} language")
    for author in value.get("authors", []):
        if not author.get("name") and not author.get("url"):
            yield f"{what}: an author without a name"


def json_item(item: dict[str, Any], what: str) -> Complaints:
    yield from json_forms(item, what, frozenset(
        """id url external_url title content_html content_text summary image banner_image
        date_published date_modified authors tags language attachments""".split()))  # fmt: skip
    if not isinstance(item.get("id"), str) or not item["id"]:
        yield f"{what}: its id is no text"
    if not item.get("content_html") and not item.get("content_text"):
        yield f"{what}: no content"
    yield from hypertext(item.get("content_html"), what)
    for name in ("date_published", "date_modified"):
        yield from date(item.get(name), f"{what} {name}", RFC_3339)
    for name in ("url", "external_url", "image", "banner_image"):
        if name in item:
            yield from uri(item[name], f"{what} {name}")
    if not all(isinstance(one, str) and one.strip() for one in item.get("tags", [])):
        yield f"{what}: a tag that is no text"
    for one in item.get("attachments", []):
        yield from uri(one.get("url"), f"{what} attachment")
        yield from sized(None, one.get("mime_type"), f"{what} attachment")
        for name in ("size_in_bytes", "duration_in_seconds"):
            if name in one and not (isinstance(one[name], int) and one[name] > 0):
                yield f"{what}: {name} is no number"


# HTML


def page(document: bytes, _address: str) -> Complaints:
    text = document.decode("utf-8")
    parser = html5lib.HTMLParser(namespaceHTMLElements=False, strict=True)
    try:
        tree = parser.parse(text)
    except html5lib.html5parser.ParseError as error:
        yield f"invalid HTML: {error}"
        return
    yield from text_of(text, "page")
    counts = Counter(one.tag for one in tree.iter() if isinstance(one.tag, str))
    if (counts["main"], counts["title"], counts["style"]) != (1, 1, 1):
        yield "not one main, one title, one style"
    for one in tree.find("body").iter():
        if isinstance(one.tag, str):
            yield from _element(one)
