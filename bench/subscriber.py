"""A subscriber with reader (PyPI): follows an output through 50 random publishes, and counts.

Prints for each format how many articles were published and changed, what reader stored and how
often it was told of each, and the bytes that went over the wire with and without A-IM: feed; exits
with 1 if an article is missing or came twice.
"""

import argparse
import json
import os
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from reader import make_reader

from tests.running import ask
from tests.web.stand import Press, Stand

_KINDS = ("rss", "atom", "json")


def follow(kind: str, publishes: int, folder: Path) -> dict[str, object]:
    """Let reader update after each publish; count what it says is new, and what it has."""
    stand = Stand(folder)
    press = Press(seed=len(kind))
    wire = {"whole": 0, "news": 0}
    tag, new, modified = "", 0, 0
    try:
        with make_reader(":memory:") as reader:
            reader.add_feed(stand.url(kind))
            for _ in range(publishes):
                stand.publish(*press.next())
                for result in reader.update_feeds_iter(scheduled=False):
                    if isinstance(result.value, Exception):
                        raise result.value
                    new += result.value.new if result.value else 0
                    modified += (result.value.modified or 0) if result.value else 0
                tag = _weigh(stand, kind, tag, wire)
            stored = sorted(entry.id for entry in reader.get_entries())
    finally:
        stand.server.stop()
    printed = sorted({f"urn:aggregator:{one}" for one, _ in press.printed})
    return {
        "format": kind,
        "publishes": publishes,
        "articles": len(printed),
        "changes": len(press.printed) - len(printed),
        "new_in_reader": new,
        "modified_in_reader": modified,
        "each_once": stored == printed and new == len(printed),
        "bytes": wire,
    }


def _weigh(stand: Stand, kind: str, tag: str, wire: dict[str, int]) -> str:
    """Weigh the answer to a client with the tag of the last publish, in both ways."""
    known = {"Accept_Encoding": "gzip", **({"If_None_Match": tag} if tag else {})}
    port = int(stand.server.address.rpartition(":")[2])
    whole = ask(port, f"/feeds/news.{kind}", **known)
    wire["whole"] += len(whole.body)
    wire["news"] += len(ask(port, f"/feeds/news.{kind}", A_IM="feed", **known).body)
    return whole.headers["etag"]


def main() -> int:
    """Follow an output in every format."""
    parser = argparse.ArgumentParser(prog="python -m bench.subscriber")
    parser.add_argument("--publishes", type=int, default=50)
    options = parser.parse_args()
    if find_spec("sgmllib") is None:  # see bench.rivals.reader_jobs
        os.environ.setdefault("READER_NO_VENDORED_FEEDPARSER", "1")
    failed = False
    for kind in _KINDS:
        with tempfile.TemporaryDirectory() as folder:
            result = follow(kind, options.publishes, Path(folder))
        failed |= not result["each_once"]
        print(json.dumps(result))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
