"""Record what `aggregator demo` shows, as one SVG that goes from picture to picture by itself.

Run as `python -m bench.recording` from the root of the project; it needs what bench.screenshots
needs.
"""

import argparse
import tempfile
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from bench.screenshots import chromium, demo

_FILE = Path(__file__).parents[1] / "docs" / "images" / "demo.svg"
_VIEW = {"width": 1280, "height": 800}
_WIDTH, _HEIGHT, _SCALE = 960, 600, 0.75  # of a picture: the view, made smaller
_CAPTION = 44
_SECONDS = 4
_QUALITY = 72  # of WebP, which is a quarter of the PNG
_COLUMNS, _LINES = 114, 24  # what fits into the terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A picture, as SVG, and what is to be seen in it."""

    caption: str
    drawing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A page of the demo to be taken, and how."""

    caption: str
    path: str
    scheme: str = "light"


_SHOTS = (
    Shot(caption="The home page: what each output keeps, and which sources are broken", path="/"),
    Shot(
        caption="An output: all that it kept, with the terms marked",
        path="/outputs/interconnection-news",
    ),
    Shot(caption="An article, and why each output keeps it or not", path="article"),
    Shot(caption="The sources: how each is doing", path="/sources"),
    Shot(
        caption="Search in all articles; pages are dark where the system is",
        path="/search?q=互联互通",
        scheme="dark",
    ),
)


def record(browser: Any, base: str, said: str) -> list[Frame]:
    """Take all pictures, the terminal first."""
    page = browser.new_page()
    page.goto(base)
    article = page.get_attribute(".card .headlines a", "href")
    frames = [Frame(caption="aggregator demo: no network, nothing left behind",
                    drawing=terminal(said))]  # fmt: skip
    for shot in _SHOTS:
        context = browser.new_context(viewport=_VIEW, color_scheme=shot.scheme)
        page = context.new_page()
        page.goto(base + (article if shot.path == "article" else shot.path))
        page.wait_for_load_state("networkidle")
        taken = context.new_cdp_session(page).send(
            "Page.captureScreenshot",
            {
                "format": "webp",
                "quality": _QUALITY,
                "clip": {"x": 0, "y": 0, "scale": _SCALE, **_VIEW},
            },
        )
        context.close()
        frames.append(Frame(caption=shot.caption, drawing=picture(taken["data"])))
    return frames


def picture(data: str) -> str:
    """Draw a picture that is given as WebP in base64."""
    return f'<image width="{_WIDTH}" height="{_HEIGHT}" href="data:image/webp;base64,{data}"/>'


def terminal(said: str) -> str:
    """Draw a terminal with the command and what it says."""
    lines = ["$ aggregator demo", *said.splitlines()][:_LINES]
    drawn = "".join(
        f'<text x="20" y="{40 + 23 * n}" xml:space="preserve">{escape(cut(line))}</text>'
        for n, line in enumerate(lines)
    )
    return (
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" class="terminal"/><g class="said">{drawn}</g>'
    )


def cut(line: str) -> str:
    """Cut a line where the terminal ends."""
    return line if len(line) <= _COLUMNS else f"{line[: _COLUMNS - 1]}…"


def drawing(frames: list[Frame]) -> str:
    """Put the pictures into one SVG. Who wants no motion, and what cannot do it, has the second."""
    share, seconds = 100 / len(frames), len(frames) * _SECONDS
    shown = "".join(
        f'<g class="frame" style="animation-delay:{n * _SECONDS}s">'
        f'{one.drawing}<text x="{_WIDTH // 2}" y="{_HEIGHT + 28}" class="caption">'
        f"{escape(one.caption)}</text></g>\n"
        for n, one in enumerate(frames)
    )
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT + _CAPTION}" role="img">
<title>aggregator demo</title>
<desc>{escape("; ".join(one.caption for one in frames))}</desc>
<style>
.frame {{ opacity: 0; }}
.frame:nth-of-type(2) {{ opacity: 1; }}
@media (prefers-reduced-motion: no-preference) {{
  .frame:nth-of-type(n) {{
    opacity: 0; animation: show {seconds}s step-end infinite;
  }}
}}
@keyframes show {{ 0% {{ opacity: 1; }} {share:.4f}% {{ opacity: 0; }} }}
.ground {{ fill: #fff; }} .edge {{ fill: none; stroke: #8888; }}
.caption {{ font: 17px system-ui, sans-serif; text-anchor: middle; fill: #333; }}
.terminal {{ fill: #16181d; }} .said {{ font: 13.5px ui-monospace, monospace; fill: #c9ccd3; }}
.said text:first-child {{ fill: #fff; font-weight: bold; }}
</style>
<rect width="{_WIDTH}" height="{_HEIGHT + _CAPTION}" class="ground"/>
{shown}<rect x=".5" y=".5" width="{_WIDTH - 1}" height="{_HEIGHT + _CAPTION - 1}" class="edge"/>
</svg>
"""


def main() -> None:
    """Write the recording."""
    parser = argparse.ArgumentParser(prog="python -m bench.recording", description=__doc__)
    parser.add_argument("--file", type=Path, default=_FILE)
    options = parser.parse_args()
    with tempfile.NamedTemporaryFile() as errors, chromium() as browser, demo(errors.file) as base:
        frames = record(browser, base, Path(errors.name).read_text("utf-8"))
    options.file.write_text(drawing(frames), "utf-8")


if __name__ == "__main__":
    main()
