"""Two hundred sources of which sixty do harm: the healthy ones do not notice."""

import gzip
from collections import Counter
from contextlib import ExitStack

import pytest

from tests.feeds import an_item, an_rss
from tests.running import Home
from tests.servers import FeedServer

FEED = an_rss(an_item("One"), an_item("Two"))
BOMB = gzip.compress(b"<rss>" + bytes(64 << 20), mtime=0)
HEALTHY, PER_HOST, OF_EACH_KIND = 140, 10, 20


def harm(server: FeedServer, kind: str) -> None:
    """Program a server to do one kind of harm."""
    match kind:
        case "drip":
            server.drip("/feed", FEED * 100)
        case "reset":
            server.reset("/feed", FEED)
        case "bomb":
            server.answer("/feed", 200, {"Content-Encoding": "gzip"}, BOMB)


@pytest.mark.slow
def test_twenty_that_drip_twenty_that_reset_and_twenty_bombs_hold_up_nobody(home: Home) -> None:
    sources: dict[str, str] = {}
    with ExitStack() as stack:
        for number in range(HEALTHY):
            if number % PER_HOST == 0:
                host = f"127.0.1.{number // PER_HOST + 1}"
                server = stack.enter_context(FeedServer(host=host))
            server.serve(f"/{number}", FEED)
            sources[f"healthy{number}"] = server.url(f"/{number}")
        for kind in ("drip", "reset", "bomb"):
            for number in range(OF_EACH_KIND):
                place = len(sources) - HEALTHY + 1
                server = stack.enter_context(FeedServer(host=f"127.0.2.{place}"))
                harm(server, kind)
                sources[f"{kind}{number}"] = server.url("/feed")
        home.configure(sources=sources, defaults={"timeout": "10s"}, delay="0.1s")

        told = home.run("poll", "--json").json

    outcomes = Counter(
        (one["source"].rstrip("0123456789"), one["status"]) for one in told["sources"]
    )
    assert outcomes == {
        ("healthy", "ok"): HEALTHY,
        ("drip", "timeout"): OF_EACH_KIND,
        ("reset", "unreachable"): OF_EACH_KIND,
        ("bomb", "too_large"): OF_EACH_KIND,
    }
    # In the order of their ends: every other source was done before the first drip ran out of time.
    order = [one["status"] for one in told["sources"]]
    assert order[-OF_EACH_KIND:] == ["timeout"] * OF_EACH_KIND
