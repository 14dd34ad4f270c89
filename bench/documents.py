"""Render the feed documents of the load, and move them on by one entry."""

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import format_datetime
from html import escape

from bench.articles import Entry, is_chinese, published, write_entry


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """Hold how one format writes a document; `mark` is what its entries begin with."""

    media_type: str
    mark: str
    head: Callable[[int, int], str]
    entry: Callable[[Entry], str]
    tail: str


def form_of(source: int) -> Form:
    """Tell the format of a source: each of the three has a third of them."""
    return FORMS[source % len(FORMS)]


def render_document(seed: int, source: int, entries: int) -> bytes:
    """Render entries 1 to `entries` of a source, newest first."""
    form = form_of(source)
    written = (form.entry(write_entry(seed, source, n)) for n in range(entries, 0, -1))
    return "".join((form.head(source, entries), *written, form.tail)).encode()


def move_on(document: bytes, seed: int, source: int, newest: int) -> bytes:
    """Put entry `newest` on top of a document and drop its oldest, as sites do."""
    form = form_of(source)
    mark = form.mark.encode()
    kept = document[document.index(mark) : document.rindex(mark)]
    entry = form.entry(write_entry(seed, source, newest)).encode()
    return form.head(source, newest).encode() + entry + kept + form.tail.encode()


def _title(source: int) -> str:
    return f"第 {source} 号观察站" if is_chinese(source) else f"Site {source} Journal"


def _language(source: int) -> str:
    return "zh-CN" if is_chinese(source) else "en"


def _rss_head(source: int, newest: int) -> str:
    date = format_datetime(published(source, newest), usegmt=True)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>\n'
        f"<title>{_title(source)}</title><link>https://site{source}.example.com/</link>"
        f"<description>{_title(source)}</description><language>{_language(source)}</language>"
        f"<lastBuildDate>{date}</lastBuildDate>\n"
    )


def _rss_common(entry: Entry) -> str:
    categories = "".join(f"<category>{escape(name)}</category>" for name in entry.categories)
    permalink = "true" if entry.guid.startswith("https:") else "false"
    return (
        f"<item><title>{escape(entry.title)}</title><link>{escape(entry.link)}</link>\n"
        f'<guid isPermaLink="{permalink}">{escape(entry.guid)}</guid>'
        f"<pubDate>{format_datetime(entry.published, usegmt=True)}</pubDate>"
        f"<dc:creator>{escape(entry.author)}</dc:creator>{categories}\n"
    )


def _rss_entry(entry: Entry) -> str:
    return f"{_rss_common(entry)}<description><![CDATA[{entry.body}]]></description></item>\n"


def _rss_content_entry(entry: Entry) -> str:
    return (
        f"{_rss_common(entry)}<description>{escape(escape(entry.summary, quote=False))}"
        f"</description>\n<content:encoded>{escape(entry.body, quote=False)}"
        "</content:encoded></item>\n"
    )


def _atom_head(source: int, newest: int) -> str:
    site = f"https://site{source}.example.com"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" '
        f'xml:lang="{_language(source)}">\n<title>{_title(source)}</title><id>{site}/</id>'
        f'<link rel="alternate" type="text/html" href="{site}/"/>'
        f'<link rel="self" href="{site}/atom.xml"/>'
        f"<updated>{published(source, newest).isoformat()}</updated>\n"
    )


def _atom_entry(entry: Entry) -> str:
    categories = "".join(f'<category term="{escape(name)}"/>' for name in entry.categories)
    date = entry.published.isoformat()
    return (
        f"<entry><title>{escape(entry.title)}</title><id>tag:example.com,2026:{escape(entry.guid)}"
        f'</id>\n<link rel="alternate" type="text/html" href="{escape(entry.link)}"/>'
        f"<published>{date}</published><updated>{date}</updated>"
        f"<author><name>{escape(entry.author)}</name></author>{categories}\n"
        f'<content type="html">{escape(entry.body, quote=False)}</content></entry>\n'
    )


RSS_TAIL = "</channel></rss>\n"
RSS_TYPE = "application/rss+xml; charset=utf-8"
FORMS = (
    Form(media_type=RSS_TYPE, mark="<item>", head=_rss_head, entry=_rss_entry, tail=RSS_TAIL),
    Form(
        media_type=RSS_TYPE, mark="<item>", head=_rss_head, entry=_rss_content_entry, tail=RSS_TAIL
    ),
    Form(
        media_type="application/atom+xml; charset=utf-8",
        mark="<entry>",
        head=_atom_head,
        entry=_atom_entry,
        tail="</feed>\n",
    ),
)
