"""What in links and bodies only serves to follow readers: parameters and pixels."""

import html
import re
from urllib.parse import unquote_plus, urlsplit, urlunsplit

from aggregator.core.images import picture
from aggregator.core.urls import UrlBook

_FRAGMENT = re.compile(r"(?:xtor|utm_\w+)=.*", re.IGNORECASE)
_LINK = re.compile(
    r"""(<a(?=\s)[^<>]*?\shref\s*=\s*)("[^"<>]*[?#][^"<>]*"|'[^'<>]*[?#][^'<>]*')""", re.IGNORECASE
)
_IMG = re.compile(r"<img(?=[\s/])[^<>]*>", re.IGNORECASE)


def clean_url(url: str, urls: UrlBook) -> str:
    """Take tracking parameters out of a URL; the rest of it stays as it is written."""
    if "?" not in url and "#" not in url:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    pairs = parts.query.split("&")
    kept = [pair for pair in pairs if not urls.is_tracking(unquote_plus(pair.partition("=")[0]))]
    fragment = "" if _FRAGMENT.fullmatch(parts.fragment) else parts.fragment
    if len(kept) == len(pairs) and fragment == parts.fragment:
        return url
    return urlunsplit(parts._replace(query="&".join(kept), fragment=fragment))


def clean_body(body: str, urls: UrlBook) -> str:
    """Take tracking parameters out of the links of safe HTML, and tracking pixels out of it."""

    def clean_link(match: re.Match[str]) -> str:
        start, stated = match.groups()
        quote, url = stated[0], html.unescape(stated[1:-1])
        cleaned = clean_url(url, urls)
        return match[0] if cleaned == url else f"{start}{quote}{html.escape(cleaned)}{quote}"

    return _IMG.sub(_without_pixel, _LINK.sub(clean_link, body))


def _without_pixel(match: re.Match[str]) -> str:
    return "" if picture(match[0]).is_pixel else match[0]
