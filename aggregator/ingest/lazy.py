"""Pictures that a page's script would load: their URLs go where readers without it look."""

import html
import re
from collections.abc import Iterator

from aggregator.core.images import picture
from aggregator.ingest.links import safe_link

_IMG = re.compile(r"<img(?=[\s/>])[^<>]*>", re.IGNORECASE)
_SRC = re.compile(r"""(\ssrc\s*=\s*)(?:"[^"]*"|'[^']*'|[^\s"'<>]+)""", re.IGNORECASE)
# Where scripts look for a picture's URL, the commonest first; then where browsers do.
_URLS = (
    "data-src", "data-original", "data-lazy-src", "data-actualsrc", "data-lazy", "data-echo",
    "data-original-src", "data-orig-file", "data-large-file", "data-hi-res-src", "data-backsrc",
)  # fmt: skip
_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
_PLACEHOLDER = re.compile(
    r"/[^/?#]*(?:blank|spacer|placeholder|loading|lazy|transparent|grey|gray|pixel|1x1|dot)[^/?#]*"
    r"\.(?:gif|png|svg|jpe?g|webp)(?:[?#]|$)|/[a-z]\.gif(?:[?#]|$)",
    re.IGNORECASE,
)
_CANDIDATE = re.compile(r"[\s,]*+([^\s,]\S*[^\s,]|[^\s,])(?:\s+([^,]*))?(?:,|$)")
_LONGEST_SET = 10_000  # characters
_SIZE = re.compile(r"(\d+(?:\.\d+)?)[wx]")


def reveal(markup: str, base: str) -> str:
    """Give each picture of safe HTML that has no `src`, or a placeholder there, its own."""
    return _IMG.sub(lambda match: _revealed(match[0], base), markup)


def _revealed(tag: str, base: str) -> str:
    folded = tag.lower()
    if "srcset" not in folded and "data-" not in folded:
        return tag
    one = picture(tag)
    if one.src and not _PLACEHOLDER.search(one.src):
        return tag
    stated = [one.attributes.get(name, "") for name in _URLS]
    stated += [_largest(one.attributes.get(name, "")) for name in _SETS]
    links = (safe_link(value, base) for value in stated if value)
    link = next((link for link in links if link and not _PLACEHOLDER.search(link)), "")
    if not link:
        return tag
    src = f'src="{html.escape(link)}"'
    if _SRC.search(tag):
        return _SRC.sub(lambda _: f" {src}", tag, count=1)
    return f"{tag[:4]} {src}{tag[4:]}"


def absolute_srcset(stated: str, base: str) -> str:
    """Make the URLs of a `srcset` absolute; empty where none of them may be followed."""
    found = ((safe_link(url, base), size) for url, size in _candidates(stated))
    return ", ".join(f"{link} {size}".rstrip() for link, size in found if link and "," not in link)


def _largest(srcset: str) -> str:
    sizes = {url: float(size[:-1] or 1) for url, size in _candidates(srcset)}
    return max(sizes, key=lambda url: sizes[url], default="")


def _candidates(srcset: str) -> Iterator[tuple[str, str]]:
    """List URL and size of each candidate (HTML §4.8.4.2.1)."""
    for url, stated in _CANDIDATE.findall(srcset[:_LONGEST_SET]):
        size = stated.strip()
        if not size or _SIZE.fullmatch(size):
            yield url, size
