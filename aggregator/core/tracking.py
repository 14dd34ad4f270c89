"""What in links and bodies only serves to follow readers: parameters and pixels."""

import html
import re
from urllib.parse import unquote_plus, urlsplit, urlunsplit

from aggregator.core.images import picture

_PARAMETERS = frozenset(
    """at_campaign at_medium bxid cmpid dclid fbclid from_source gbraid gclid _hsenc _hsmi igshid
    mc_cid mc_eid mkt_tok msclkid oly_anon_id oly_enc_id ref_src scm sharer_share_time share_token
    spm ttclid twclid vd_source vero_id wbraid weibo_id wt_mc wt_zmc xtor yclid""".split()
)
_PREFIX = "utm_"
_FRAGMENT = re.compile(r"(?:xtor|utm_\w+)=.*", re.IGNORECASE)
_LINK = re.compile(
    r"""(<a(?=\s)[^<>]*?\shref\s*=\s*)("[^"<>]*[?#][^"<>]*"|'[^'<>]*[?#][^'<>]*')""", re.IGNORECASE
)
_IMG = re.compile(r"<img(?=[\s/])[^<>]*>", re.IGNORECASE)


def is_tracking(parameter: str) -> bool:
    """Say whether a parameter of this name only tells where a reader came from."""
    name = parameter.lower()
    return name in _PARAMETERS or name.startswith(_PREFIX)


def clean_url(url: str) -> str:
    """Take tracking parameters out of a URL; the rest of it stays as it is written."""
    if "?" not in url and "#" not in url:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    pairs = parts.query.split("&")
    kept = [pair for pair in pairs if not is_tracking(unquote_plus(pair.partition("=")[0]))]
    fragment = "" if _FRAGMENT.fullmatch(parts.fragment) else parts.fragment
    if len(kept) == len(pairs) and fragment == parts.fragment:
        return url
    return urlunsplit(parts._replace(query="&".join(kept), fragment=fragment))


def clean_body(body: str) -> str:
    """Take tracking parameters out of the links of safe HTML, and tracking pixels out of it."""
    return _IMG.sub(_without_pixel, _LINK.sub(_clean_link, body))


def _clean_link(match: re.Match[str]) -> str:
    start, stated = match.groups()
    quote, url = stated[0], html.unescape(stated[1:-1])
    cleaned = clean_url(url)
    return match[0] if cleaned == url else f"{start}{quote}{html.escape(cleaned)}{quote}"


def _without_pixel(match: re.Match[str]) -> str:
    return "" if picture(match[0]).is_pixel else match[0]
