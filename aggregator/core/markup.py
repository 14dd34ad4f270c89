"""HTML that is safe to show: which elements, attributes, styles and URLs it may have."""

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import nh3

TAGS = frozenset(
    """a abbr acronym address article aside audio b bdi bdo big blockquote br caption center cite
    code col colgroup dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5
    h6 header hgroup hr i img ins kbd li main mark nav ol p picture pre q rp rt ruby s samp section
    small source span strike strong sub summary sup table tbody td tfoot th thead time tr track
    tt u ul var video wbr""".split()
)
ATTRIBUTES = frozenset(
    """abbr align alt border cellpadding cellspacing char charoff class color colspan controls
    crossorigin datetime decoding dir face headers height hspace ismap itemprop itemscope kind label
    lang loading loop media muted nowrap playsinline preload referrerpolicy rel reversed role
    rowspan scope size sizes span start target title type valign value vspace width""".split()
)
PREFIXES = frozenset(("data-", "aria-"))
# The attributes whose URLs nh3 checks and makes absolute. It does neither for cite, so a rewritten
# body has none, nor for srcset, which is ours to do.
URL_ATTRIBUTES = {
    "a": ("href",),
    "audio": ("src",),
    "img": ("src",),
    "source": ("src",),
    "track": ("src",),
    "video": ("src", "poster"),
}
SCHEMES = frozenset(("http", "https", "mailto"))
DROPPED_WHOLE = frozenset(
    "script style template noscript iframe object embed applet select textarea svg math".split()
)
STYLES = frozenset(
    """text-align text-indent text-decoration text-transform color background-color font-weight
    font-style font-size font-family font-variant line-height letter-spacing word-break white-space
    vertical-align list-style-type margin margin-left margin-right margin-top margin-bottom padding
    padding-left padding-right padding-top padding-bottom border border-collapse width max-width
    min-width height max-height min-height box-sizing overflow-wrap word-wrap""".split()
)


# Of no use to a reader of a feed, and many strip them: what scripts and style sheets of the source
# work with. Styles of single elements stand against a reader's own, in the dark above all.
_FOR_PAGES = frozenset(("role", "nowrap", "itemprop", "itemscope"))


def _attributes(of_all: frozenset[str]) -> dict[str, set[str]]:
    allowed = {tag: set(names) for tag, names in URL_ATTRIBUTES.items()}
    for tag in ("img", "source"):
        allowed[tag].add("srcset")
    return {**allowed, "*": set(of_all)}


def cleaner(
    relative: object, attribute_filter: Callable[[str, str, str], str | None] | None = None
) -> "nh3.Cleaner":
    """Make what rewrites HTML into safe HTML; `relative` says what becomes of relative URLs."""
    return _rewriter(relative) if attribute_filter is None else _made(relative, attribute_filter)


@lru_cache(maxsize=16)
def _rewriter(relative: object) -> "nh3.Cleaner":
    """Keep what one feed needs for all of its entries: to make it takes a third of a rewriting."""
    return _made(relative, None)


def _made(
    relative: object, attribute_filter: Callable[[str, str, str], str | None] | None
) -> "nh3.Cleaner":
    return _cleaner(
        attributes=_attributes(ATTRIBUTES | {"style"}),
        attribute_filter=attribute_filter,
        generic_attribute_prefixes=set(PREFIXES),
        url_relative=relative,
        filter_style_properties=set(STYLES),
    )


@cache
def _tidier() -> "nh3.Cleaner":
    return _cleaner(attributes=_attributes(ATTRIBUTES - _FOR_PAGES), url_relative="deny")


def _cleaner(**options: Any) -> "nh3.Cleaner":
    # Not at the top: core is imported everywhere, and few need this.
    import nh3

    return nh3.Cleaner(
        tags=set(TAGS),
        clean_content_tags=set(DROPPED_WHOLE),
        url_schemes=set(SCHEMES),
        link_rel=None,
        strip_comments=True,
        **options,
    )


# What plays by itself, and what would choose a picture that is not ours.
_NOT_IN_PAGES = frozenset("audio video source track picture".split())
_FEW_ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "reversed"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "*": {"lang", "dir"},
}
_HEADING = re.compile(r"<(/?)h[1-6](?=[ >])")
_BARE_PICTURE = re.compile(r"<img(?![^>]* alt=)")


@cache
def _framer() -> "nh3.Cleaner":
    import nh3

    return nh3.Cleaner(
        tags=set(TAGS - _NOT_IN_PAGES),
        attributes=_FEW_ATTRIBUTES,
        set_tag_attribute_values={"img": {"loading": "lazy"}},
        clean_content_tags=set(DROPPED_WHOLE),
        url_schemes=set(SCHEMES),
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def framed(markup: str) -> str:
    """Rewrite safe HTML so that it can stand in a page of ours: nothing in it looks or acts like
    a part of the page, all headings are right below the page's own, every picture has an `alt`."""
    clean = _framer().clean(markup)
    return _BARE_PICTURE.sub('<img alt=""', _HEADING.sub(r"<\1h2", clean))


def tidy(markup: str) -> str:
    """Close what a safe HTML text leaves open; drop comments, relative URLs, styles and data.

    A body is kept as its source wrote it; in a document of ours an element that is never closed
    would spill over what follows.
    """
    return _tidier().clean(markup) if "<" in markup or "&" in markup else markup
