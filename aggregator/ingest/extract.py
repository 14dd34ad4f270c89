"""The article in a web page → safe HTML, by trafilatura."""

import re

import trafilatura
from trafilatura.settings import use_config

from aggregator.core.polling import Status
from aggregator.errors import ParseError
from aggregator.ingest import charset, sanitize
from aggregator.ingest.links import safe_link

MAX_PAGE_BYTES = 5 << 20
_TAG = re.compile(rb"<(?:!doctype\s+html|html|head|body|article|div|p)\b", re.IGNORECASE)
_META = re.compile(rb"<meta\s[^>]*?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_BASE = re.compile(r"<base\s[^>]*?href\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)
_HEAD_BYTES = 8192
_MEANT = dict.fromkeys(("latin-1", "iso-8859-1", "us-ascii", "ascii"), "windows-1252")
# What is shorter is a failure to trafilatura, and it looks for text elsewhere in the page. Its
# default of 250 is a whole article in Chinese.
_LEAST_CHARACTERS = "25"


def article_markup(page: bytes, content_type: str, url: str) -> str:
    """Give the text of the article that a page shows, as safe HTML with absolute links.

    Raises ParseError where there is none.
    """
    _refuse(page)
    decoded = _decoded(page, content_type)
    base = _base(decoded, url)
    try:
        found = _extracted(decoded)
    except Exception as error:  # lxml and the extractors below raise whatever comes to pass
        raise ParseError(
            Status.BROKEN, f"the page brought the extractor down: {error!r}"
        ) from error
    body = _BODY.search(found or "")
    markup = sanitize.clean(body[1].strip(), base) if body else ""
    if not markup:
        raise ParseError(Status.BROKEN, "no text of an article was found in the page")
    return markup


def _refuse(page: bytes) -> None:
    if not _TAG.search(page[: 64 << 10]):
        raise ParseError(Status.NOT_A_FEED, "the page is no HTML, whatever it is called")
    if len(page) > MAX_PAGE_BYTES:
        raise ParseError(Status.TOO_LARGE, f"the page is larger than {MAX_PAGE_BYTES >> 20} MiB")


def _decoded(page: bytes, content_type: str) -> str:
    """Decode a page by the server's word, else its own, else by the look of it."""
    if "charset" not in content_type.lower() and (stated := _META.search(page[:_HEAD_BYTES])):
        content_type = f"text/html; charset={stated[1].decode()}"
    settled = charset.settle(page, content_type)
    named = next(map(bytes.decode, settled.named), "latin-1")
    encoding = "utf-8" if settled.is_utf8 else _MEANT.get(named.lower(), named)
    try:
        return settled.document.decode(encoding, "replace")
    except LookupError:
        return settled.document.decode("utf-8", "replace")


def _extracted(page: str) -> str | None:
    config = use_config()
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", _LEAST_CHARACTERS)
    return trafilatura.extract(
        page,
        output_format="html",
        favor_precision=True,  # else all text of the page is better than little
        include_comments=False,
        include_formatting=True,
        include_images=True,
        include_links=True,
        config=config,
    )


def _base(page: str, url: str) -> str:
    stated = _BASE.search(page[:_HEAD_BYTES])
    return safe_link(stated[1], url) or url if stated else url
