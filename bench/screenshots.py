"""Take the pictures of the documentation: the demo's pages, as Chromium shows them.

Run as `python -m bench.screenshots` from the root of the project; it needs the extra `browser` and
Debian's chromium with a font for Chinese.
"""

import argparse
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import IO, Any

from playwright.sync_api import sync_playwright

_FOLDER = Path(__file__).parents[1] / "docs" / "images"
_PATIENCE_SECONDS = 60
_WIDE, _NARROW = (1280, 800), (390, 844)


@contextmanager
def demo(errors: IO[bytes] | int = subprocess.DEVNULL) -> Iterator[str]:
    """Run the demo on a free port; give the address of its page once its articles are there.

    What it says goes to `errors`.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "aggregator", "demo", "--listen", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, stderr=errors)
    try:
        _wait_for(port, "/search?q=%E4%BA%92%E8%81%94%E4%BA%92%E9%80%9A", b"<h2")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int, path: str, words: bytes) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError):
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path)
            if words in connection.getresponse().read():
                return
        time.sleep(0.2)
    raise SystemExit("the demo's articles did not come in time")


@contextmanager
def chromium() -> Iterator[Any]:
    """Start Debian's browser."""
    path = shutil.which("chromium")
    if path is None:
        raise SystemExit("there is no chromium; on Debian: apt install chromium fonts-noto-cjk")
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def shoot(browser: Any, base: str, folder: Path) -> None:
    """Take each picture."""
    page = browser.new_page(viewport=dict(zip(("width", "height"), _WIDE, strict=True)))
    page.goto(base)
    article = page.get_attribute(".card .headlines a", "href")
    pictures = {
        "home": ("/", _WIDE, "light"),
        "output": ("/outputs/interconnection-news", _WIDE, "light"),
        "article": (article, _WIDE, "light"),
        "sources": ("/sources", _WIDE, "light"),
        "search": ("/search?q=互联互通", _WIDE, "dark"),
        "phone": ("/outputs/interconnection-news", _NARROW, "dark"),
    }
    for name, (path, (width, height), scheme) in pictures.items():
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        page = context.new_page()
        page.goto(base + path, wait_until="networkidle")
        page.screenshot(path=str(folder / f"{name}.png"))
        context.close()


def main() -> None:
    """Write docs/images."""
    parser = argparse.ArgumentParser(prog="python -m bench.screenshots", description=__doc__)
    parser.add_argument("--folder", type=Path, default=_FOLDER)
    options = parser.parse_args()
    with demo() as base, chromium() as browser:
        shoot(browser, base, options.folder)


if __name__ == "__main__":
    main()
