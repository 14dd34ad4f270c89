"""Minutes of the real daemon under load, measured from outside; exits with 1 where it is not flat.

`aggregator run` in a process of its own polls publishers that write all the time, of whom every
third misbehaves, while subscribers ask for its feeds.
"""

import argparse
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from bench.soak.flat import Finding, judge
from bench.soak.sampling import Measure, asked_of, load_of, size
from bench.soak.simulate import built, configure, free_port, serving
from tests.running import ask

INTERVAL_SECONDS = 20
FASTER = 100  # times: a publisher's entry every 25 to 55 minutes is one every 15 to 33 seconds
MEASURES_AT_LEAST = 9
SUBSCRIBERS = 4
PAUSE_SECONDS = 0.4  # of each subscriber
WANTED = tuple(
    f"/feeds/{name}.{kind}" for name in ("everything", "recent") for kind in ("rss", "atom", "json")
)


class Subscribers:
    """Ask for feeds over and over, with the validators of the answer before."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._ending = threading.Event()
        self.answers: Counter[int] = Counter()
        self._threads = [threading.Thread(target=self._ask) for _ in range(SUBSCRIBERS)]
        for one in self._threads:
            one.start()

    def _ask(self) -> None:
        tags: dict[str, str] = {}
        for path in itertools.cycle((*WANTED, "/")):
            if self._ending.wait(PAUSE_SECONDS):
                return
            headers = {"Accept_Encoding": "gzip", "A_IM": "feed"}
            if path in tags:
                headers["If_None_Match"] = tags[path]
            try:
                answer = ask(self._port, path, **headers)
            except OSError:
                self.answers[0] += 1
                continue
            self.answers[answer.status] += 1
            tags[path] = answer.headers.get("etag", tags.get(path, ""))

    def end(self) -> None:
        """Stop asking."""
        self._ending.set()
        for one in self._threads:
            one.join()


@contextmanager
def daemon(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the command, and kill what is left of it in the end."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "aggregator", "--config", str(folder / "feeds.toml"), "run"],
            stderr=log,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def measure(
    folder: Path, pid: int, seconds: float, every: float, told: Callable[[float], None], port: int
) -> tuple[list[Measure], dict[int, int]]:
    """Measure a daemon for so long; `told` lets time go by for the publishers."""
    data = folder / "data"
    began, measures = time.monotonic(), list[Measure]()
    subscribers = Subscribers(port)
    before = (began, 0, 0)
    try:
        while (at := time.monotonic() - began) < seconds:
            told(at * FASTER)
            if at < every * (len(measures) + 1):
                time.sleep(0.1)
                continue
            now, polls, answers = time.monotonic(), polled(folder), subscribers.answers.total()
            passed = now - before[0]
            articles, late = asked_of(data / "aggregator.db", time.time())
            measures.append(
                Measure(
                    at=round(at, 1),
                    **asdict(load_of(pid)),
                    wal=size(data / "aggregator.db-wal"),
                    database=size(data / "aggregator.db"),
                    articles=articles,
                    late=late,
                    polls=(polls - before[1]) / passed,
                    answers=(answers - before[2]) / passed,
                )
            )
            before = (now, polls, answers)
    finally:
        subscribers.end()
    return measures, dict(sorted(subscribers.answers.items()))


def first_feeds(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until every feed is there that subscribers ask for, or the daemon ended."""
    while process.poll() is None:
        with suppress(OSError):
            if all(ask(port, path).status == 200 for path in WANTED):
                return
        time.sleep(0.1)


def polled(folder: Path) -> int:
    """Count the polls in the daemon's log."""
    return (folder / "log").read_bytes().count(b" poll source=")


def soak(folder: Path, sources: int, minutes: float) -> dict[str, object]:
    """Run everything; give the measures and what became of it."""
    town = built(sources)
    port = free_port()
    configure(
        folder, town, interval=f"{INTERVAL_SECONDS}s", service={"listen": f"127.0.0.1:{port}"}
    )
    seconds = minutes * 60
    with serving(town) as (_, pipe, told), daemon(folder) as process:
        first_feeds(process, port)
        every = min(5.0, seconds / (3 * MEASURES_AT_LEAST))
        measures, answers = measure(folder, process.pid, seconds, every, told, port)
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
        pipe.send("end")
        served = Counter(one.status for one in pipe.recv())
    return {
        "sources": sources,
        "seconds": seconds,
        "exit code": code,
        "served by sources": dict(sorted(served.items())),
        "answered to subscribers": answers,
        "polls": polled(folder),
        "measures": measures,
    }


def wrong(run: Mapping[str, object], found: Sequence[Finding]) -> list[str]:
    """Say what is not as it should be."""
    faults = [f"{one.name} is not flat" for one in found if not one.is_flat]
    if run["exit code"] != 0:
        faults.append(f"the daemon ended with {run['exit code']}")
    answers = run["answered to subscribers"]
    assert isinstance(answers, dict)
    if bad := {status: n for status, n in answers.items() if status not in (200, 226, 304)}:
        faults.append(f"subscribers were answered {bad}")
    return faults


def main() -> int:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak.live", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--sources", type=int, default=300)
    parser.add_argument("--out", type=Path, default=Path(), metavar="DIR",
                        help="where soak.json and soak.png are written")  # fmt: skip
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        run = soak(Path(folder), options.sources, options.minutes)
    measures = run.pop("measures")
    assert isinstance(measures, list)
    found = judge(measures)
    faults = wrong(run, found)
    options.out.mkdir(parents=True, exist_ok=True)
    told = run | {
        "findings": [asdict(one) for one in found],
        "faults": faults,
        "measures": [asdict(one) for one in measures],
    }
    (options.out / "soak.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    title = f"{options.sources} sources for {options.minutes:g} minutes"
    picture = _draw(measures, title, options.out / "soak.png")
    for name, value in run.items():
        print(f"{name:24} {value}")
    for one in found:
        print(one.words)
    print(f"{measures[-1].articles} articles, {options.out / 'soak.json'}{picture}")
    for words in faults:
        print(f"  {words}")
    return bool(faults)


def _draw(measures: list[Measure], title: str, path: Path) -> str:
    """Draw where matplotlib is installed; say what to call the picture."""
    try:
        from bench.soak.plot import draw  # each parsing process of a simulation reads this package
    except ImportError:
        return ", no picture: it needs the extra `plot`"
    draw(measures, title, path)
    return f", {path.name}"


if __name__ == "__main__":
    sys.exit(main())
