"""Pictures in bodies: which of them stands for an article, and which show nothing."""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aggregator.core.entry import Enclosure

_IMG = re.compile(r"<img(?=[\s/])[^<>]*>", re.IGNORECASE)
_POSTER = re.compile(r"<video\b[^<>]*?\sposter\s*=\s*[\"'](https?://[^\"'<>]+)", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+)))?""")
_PIXELS = re.compile(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*", re.IGNORECASE)
_STYLED = re.compile(
    r"(?<![\w-])(width|height)\s*:\s*(\d{1,5})(?:\.\d+)?(?:px|\s*(?:[;!]|$))", re.IGNORECASE
)
_ICON_CLASS = re.compile(
    r"(?<![a-z])(?:emoji|emoticon|smiley|smilie|avatar|icon)(?![a-z])", re.IGNORECASE
)
# What a picture is for, by its address: to take a word's or a face's place, or to be counted.
_STAND_IN = re.compile(
    r"/(?:tw)?emojis?/|/emoticons?/|/smil(?:ey|ie)s?/|gravatar\.com/avatar|//avatars\d*\.githubuser",
    re.IGNORECASE,
)
_COUNTER = re.compile(
    r"/(?:pixel|spacer|blank|transparent|clear|tracker|tracking|1x1|dot)\.(?:gif|png)"
    r"|//feeds\.feedburner\.com/~|//feedads\.|\.feedsportal\.com/|//pixel\.wp\.com/"
    r"|//feeds\.wordpress\.com/|//stats\.wordpress\.com/|\.doubleclick\.net/",
    re.IGNORECASE,
)
LEAST_SIDE = 50  # pixels: what is smaller is an icon
_PIXEL_SIDE = 2
_EMOJI = re.compile("[\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff\ufe0f\u200d]+")


@dataclass(frozen=True, slots=True)
class Picture:
    """An `img` of safe HTML; `tag` is its text there."""

    tag: str
    attributes: dict[str, str]

    @property
    def src(self) -> str:
        """Give the picture's URL; empty where there is none that can be fetched."""
        stated = self.attributes.get("src", "").strip()
        return stated if stated.lower().startswith(("http://", "https://")) else ""

    @property
    def sides(self) -> list[int]:
        """List the sides that are stated, in pixels, by attributes or style."""
        stated = (_PIXELS.fullmatch(self.attributes.get(name, "")) for name in ("width", "height"))
        styled = _STYLED.findall(self.attributes.get("style", ""))
        return [*(int(match[1]) for match in stated if match), *(int(side) for _, side in styled)]

    @property
    def is_pixel(self) -> bool:
        """Say whether nobody can see it: its request is what it is for."""
        if self.sides:
            return max(self.sides) <= _PIXEL_SIDE
        return _COUNTER.search(self.src) is not None

    @property
    def is_worth_looking_at(self) -> bool:
        """Say whether it shows something: no pixel, icon, avatar or emoji."""
        return not (
            min(self.sides, default=LEAST_SIDE) < LEAST_SIDE
            or _ICON_CLASS.search(self.attributes.get("class", ""))
            or _EMOJI.fullmatch(self.attributes.get("alt", ""))
            or is_decoration(self.src)
        )


def pictures(body: str) -> Iterator[Picture]:
    """List the pictures of safe HTML, in order."""
    if "<img" in body or "<IMG" in body:
        # One by one: the lead image is among the first, and a body is long.
        yield from (picture(match[0]) for match in _IMG.finditer(body))


def picture(tag: str) -> Picture:
    """Read an `img` tag; of an attribute that stands there twice the first counts."""
    attributes: dict[str, str] = {}
    for name, *values in ATTRIBUTE.findall(tag[4:-1]):
        attributes.setdefault(name.lower(), html.unescape("".join(values)))
    return Picture(tag, attributes)


def is_decoration(url: str) -> bool:
    """Say whether a picture's URL is that of an emoji, an avatar, a spacer or a counter."""
    return bool(_STAND_IN.search(url) or _COUNTER.search(url))


def lead_image(body: str, stated: str, enclosures: Iterable[Enclosure]) -> str:
    """Choose the first picture of the body that shows something, else the one the entry states,
    else an enclosed one, else a video's poster."""
    for one in pictures(body):
        if one.src and one.is_worth_looking_at:
            return one.src
    if stated:
        return stated
    enclosed = next((one.url for one in enclosures if one.type.startswith("image/")), "")
    poster = _POSTER.search(body) if not enclosed else None
    return html.unescape(poster[1]) if poster else enclosed
