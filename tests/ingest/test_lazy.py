"""Pictures that a page's script would load."""

import pytest

from aggregator.ingest.lazy import absolute_srcset
from aggregator.ingest.sanitize import clean
from tests.ingest.test_sanitize import live

BASE = "https://paper.example/news/1"
REAL = "https://x.example/real.png"

PICTURES = {
    "data-src without src": (f'<img data-src="{REAL}">', REAL),
    "data-src beside inline data": (f'<img src="data:image/gif,AA" data-src="{REAL}">', REAL),
    "data-src beside a placeholder": (
        f'<img src="https://x.example/img/blank.gif?v=1" data-src="{REAL}">', REAL,
    ),
    "data-src beside a script's own": (f'<img src="about:blank" data-original="{REAL}">', REAL),
    "data-actualsrc": (f'<img data-actualsrc="{REAL}">', REAL),
    "relative": ('<img data-src="/a.png?x=1&amp;y=2">', "https://paper.example/a.png?x=1&amp;y=2"),
    "srcset without src": (f'<img srcset="https://x.example/s.png 1x, {REAL} 2x">', REAL),
    "the widest of a srcset": (f'<img srcset="{REAL} 1080w, https://x.example/s.png 480w">', REAL),
    "a relative srcset": ('<img srcset="a.png 1x, /b.png 2x">', "https://paper.example/b.png"),
    "data-srcset": (f'<img data-srcset="{REAL}, https://x.example/s.png 0.5x">', REAL),
    "in capitals": (f'<IMG DATA-SRC="{REAL}"/>', REAL),
    "in a picture": (
        f'<picture><source srcset="https://x.example/a"><img data-src="{REAL}"></picture>', REAL,
    ),
    "a picture that is there": (f'<img src="{REAL}" data-src="https://x.example/b.png">', REAL),
    "a word that is like a placeholder": (
        '<img src="https://x.example/loading-dock.png" data-src="https://x.example/blank.gif">',
        "https://x.example/loading-dock.png",
    ),
}  # fmt: skip


@pytest.mark.parametrize("around", ["{}", "<p onclick='x'>{}</p>"], ids=["verbatim", "rewritten"])
@pytest.mark.parametrize(("markup", "src"), PICTURES.values(), ids=PICTURES)
def test_a_picture_has_its_own_address_where_readers_look(
    markup: str, src: str, around: str
) -> None:
    cleaned = clean(around.format(markup), BASE)

    assert f' src="{src}"' in cleaned
    assert cleaned.count(" src=") == 1
    assert live(cleaned) == []


@pytest.mark.parametrize(
    "markup",
    [
        '<img alt="x">',
        '<img data-src="javascript:alert(1)">',
        '<img data-src="https://x.example/blank.gif">',
        '<img data-width="5" data-src>',
        '<p data-src="https://x.example/a.png">x</p>',
        '<img src="https://x.example/a.png" srcset="https://x.example/b.png 2x" data-src="x.png">',
    ],
)
def test_what_is_no_lazy_picture_stays_as_it_is(markup: str) -> None:
    assert clean(markup, BASE) == markup


@pytest.mark.parametrize(
    ("stated", "absolute"),
    [
        (
            "a.png 1x, /b.png 2x",
            "https://paper.example/news/a.png 1x, https://paper.example/b.png 2x",
        ),
        ("https://x.example/a,b.png 480w,c.png", "https://paper.example/news/c.png"),
        ("a.png big", ""),
        ("javascript:x 1x, data:image/png;base64,AA 2x", ""),
        ("", ""),
        (",,,", ""),
    ],
)
def test_the_addresses_of_a_srcset_are_made_absolute(stated: str, absolute: str) -> None:
    assert absolute_srcset(stated, BASE) == absolute
