"""Pictures in bodies: the one that stands for an article, and those that show nothing."""

import pytest

from aggregator.core.entry import Enclosure
from aggregator.core.images import is_decoration, lead_image, pictures

MP3 = Enclosure(url="https://x.example/a.mp3", type="audio/mpeg")
PNG = Enclosure(url="https://x.example/enclosed.png", type="image/png")
STATED = "https://x.example/stated.png"
A = "https://x.example/a.png"
AFTER = f"<p><img src='{A}'></p>"

LEADS = {
    "the first of the body": (f'<p><IMG alt="x" src="{A}?b&amp;c"><img src=x>', f"{A}?b&c"),
    "without quotes": (f"<img class=x src={A}>", A),
    "closed in itself": (f"<img src='{A}'/>", A),
    "with sides that are large enough": (f'<img src="{A}" width="640" height="360">', A),
    "no pixel": (f'<img src="https://x.example/p" width="1" height="1">{AFTER}', A),
    "no pixel by its style": (f'<img src="{STATED}" style="width:1px;height:1px">{AFTER}', A),
    "no pixel by its name": (f'<img src="https://x.example/pixel.gif?id=1">{AFTER}', A),
    "no counter": (f'<img src="https://feeds.feedburner.com/~r/x/~4/1">{AFTER}', A),
    "no icon": (f'<img src="https://x.example/i.png" width="16" height="16px">{AFTER}', A),
    "no emoji by its class": (f'<img class="x emoji" src="https://x.example/e.png">{AFTER}', A),
    "no emoji by its address": (f'<img src="https://s.example/core/emoji/72x72/1.png">{AFTER}', A),
    "no emoji by what it stands for": (f'<img alt="😀" src="https://x.example/e.png">{AFTER}', A),
    "no avatar": (f'<img src="https://secure.gravatar.com/avatar/1">{AFTER}', A),
    "none without an address": (f'<img alt="x"><img src="data:image/png;base64,AA">{AFTER}', A),
    "a max-width is no width": (f'<img src="{A}" style="max-width:1px">', A),
    "an image that is called so": (f"<imgx src='https://x.example/b.png'>{AFTER}", A),
}  # fmt: skip


@pytest.mark.parametrize(("body", "image"), LEADS.values(), ids=LEADS)
def test_the_lead_image_is_the_first_picture_of_the_body_that_shows_something(
    body: str, image: str
) -> None:
    assert lead_image(body, STATED, (PNG,)) == image


PIXEL = '<img src="https://x.example/p" width="1" height="1">'
POSTER = '<video src="https://x.example/v.mp4" poster="https://x.example/p.png?a&amp;b"></video>'


@pytest.mark.parametrize(
    ("body", "stated", "enclosures", "image"),
    [
        (PIXEL, STATED, (PNG,), STATED),
        ("", STATED, (PNG,), STATED),
        (PIXEL, "", (MP3, PNG), PNG.url),
        (POSTER, "", (MP3, PNG), PNG.url),
        (POSTER, "", (MP3,), "https://x.example/p.png?a&b"),
        (PIXEL, "", (MP3,), ""),
        ("", "", (), ""),
    ],
)
def test_where_the_body_shows_nothing_the_entry_says_what_leads(
    body: str, stated: str, enclosures: tuple[Enclosure, ...], image: str
) -> None:
    assert lead_image(body, stated, enclosures) == image


def test_pictures_are_read_with_all_of_their_attributes() -> None:
    [one] = pictures(f"<p><img hidden data-x='&lt;' WIDTH = 5 src=\"{A}\" src='b' /></p>")

    assert one.attributes == {"hidden": "", "data-x": "<", "width": "5", "src": A}
    assert (one.src, one.sides) == (A, [5])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x.example/photos/pixel-phone.jpg", False),
        ("https://x.example/dot.com/history.jpg", False),
        ("https://x.example/spacer.gif", True),
        ("https://twemoji.example/twemoji/72x72/1f600.png", True),
        ("https://pixel.wp.com/b.gif?v=1", True),
    ],
)
def test_a_decoration_is_told_by_its_address(url: str, expected: bool) -> None:
    assert is_decoration(url) is expected
