"""People who look at the pages all the while, in a real browser."""

import itertools
import shutil
import threading
from collections import Counter
from pathlib import Path

from bench.measure import BenchError

PAGES = ("/", "/sources", "/status", "/search?q=Publisher", "/outputs/everything")
PAUSE_SECONDS = 0.5
WAIT_MS = 5_000


class Visitor:
    """Opens one page after the other in one tab; in another the status page stays open.

    `answers` counts the statuses of pages, 0 where nobody answered; `faults` are the errors of
    scripts in the pages. A picture of the status page is taken in the end.
    """

    def __init__(self, port: int, picture: Path) -> None:
        """Start the browser; raises BenchError where there is none."""
        chromium = shutil.which("chromium")
        if chromium is None:
            raise BenchError("the pages need Debian's chromium")
        self._chromium = chromium
        self._root = f"http://127.0.0.1:{port}"
        self._picture = picture
        self._ending = threading.Event()
        self.answers: Counter[int] = Counter()
        self.faults: list[str] = []
        self._thread = threading.Thread(target=self._visit)
        self._thread.start()

    def _visit(self) -> None:
        from playwright.sync_api import Error, sync_playwright

        with sync_playwright() as player:
            # As root, as in containers, Chromium has no sandbox; it opens loopback only.
            browser = player.chromium.launch(executable_path=self._chromium, args=["--no-sandbox"])
            status, tab = browser.new_page(), browser.new_page()
            for one in (status, tab):
                one.on("pageerror", lambda error: self.faults.append(str(error)))
            is_open = False
            for path in itertools.cycle(PAGES):
                if self._ending.wait(PAUSE_SECONDS):
                    break
                try:
                    if not is_open:
                        status.goto(f"{self._root}/status", timeout=WAIT_MS)
                        is_open = True
                    answer = tab.goto(f"{self._root}{path}", timeout=WAIT_MS)
                    self.answers[answer.status if answer else 0] += 1
                except Error:
                    self.answers[0] += 1
            status.screenshot(path=self._picture)
            browser.close()

    def end(self) -> None:
        """Take the picture, and leave."""
        self._ending.set()
        self._thread.join()
