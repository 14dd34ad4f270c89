"""Everything that can go wrong, at once, for ten minutes; exits with 1 where anything was lost.

The real daemon polls publishers of whom every third is hostile or broken. Meanwhile it is killed
again and again, its disk fills up but for a megabyte, and its feeds.toml is broken and mended;
subscribers ask for its feeds, and a browser looks at its pages. Then everything is put right, and
what it holds is compared with what the publishers served.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.measure import BenchError
from bench.soak.kinds import BY_NAME, HEALTHY
from bench.soak.live import INTERVAL_SECONDS, WANTED, Subscribers
from bench.soak.news import title
from bench.soak.pages import Visitor
from bench.soak.server import Logged, Town
from bench.soak.simulate import built, configure, free_port, serving
from bench.soak.troubles import Misfortune, Service, Trouble, small_disk
from bench.soak.verdict import stored
from tests.running import ask

# Times: an entry of a publisher every 50 to 110 seconds. What was served to a poll that was killed
# is in its document for minutes, and so nothing may be missing in the end.
FASTER = 30
STEP_SECONDS = 0.1
TO_RECOVER_SECONDS = 120.0  # for every source to be visited once more
TO_END_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What became of it."""

    seconds: float
    troubles: tuple[Trouble, ...]
    starts: int
    own_ends: dict[int, int]
    exit_code: int
    feeds: dict[int, int]
    pages: dict[int, int]
    page_faults: tuple[str, ...]
    served: dict[int, int]
    articles: int
    faults: tuple[str, ...]


def live_through(folder: Path, sources: int, minutes: float, seed: int, picture: Path) -> Day:
    """Run everything, and say what became of it."""
    town = built(sources)
    port = free_port()
    configure(
        folder, town, interval=f"{INTERVAL_SECONDS}s", service={"listen": f"127.0.0.1:{port}"}
    )
    service = Service(folder)
    with small_disk(folder / "data"), serving(town) as (_, pipe, told):
        _first_feeds(service, port)
        began = time.monotonic()
        subscribers, visitor = Subscribers(port), Visitor(port, picture)
        try:
            misfortune = Misfortune(service, folder / "feeds.toml", folder / "data", seed)
            while (at := time.monotonic() - began) < minutes * 60:
                told(at * FASTER)
                service.keep_running()
                misfortune.go_on()
                time.sleep(STEP_SECONDS)
            misfortune.end()
            # The publishers write no more, so that one visit of each is all that is missing.
            recovered = _recover(service, port)
        finally:
            subscribers.end()
            visitor.end()
        code = service.stop(TO_END_SECONDS)
        pipe.send("end")
        log: list[Logged] = pipe.recv()
        database = folder / "data" / "aggregator.db"
        faults = [
            *([] if recovered else ["it did not recover"]),
            *([f"it ended with {code}"] if code else []),
            *_doctor(folder),
            *_stored_faults(town, log, database),
            *(f"a page's script failed: {one}" for one in sorted(set(visitor.faults))),
            *_bad_answers("subscribers", subscribers.answers),
            *_bad_answers("the browser", visitor.answers),
            *_tracebacks(folder / "log"),
        ]
        return Day(
            seconds=minutes * 60,
            troubles=tuple(misfortune.past),
            starts=service.starts,
            own_ends=dict(Counter(code for _, code in service.own_ends)),
            exit_code=code,
            feeds=dict(sorted(subscribers.answers.items())),
            pages=dict(sorted(visitor.answers.items())),
            page_faults=tuple(sorted(set(visitor.faults))),
            served=dict(sorted(Counter(one.status for one in log).items())),
            articles=sum(one.titles.total() for one in stored(database).values()),
            faults=tuple(faults),
        )


def _first_feeds(service: Service, port: int) -> None:
    """Wait until every feed is there that subscribers ask for."""
    deadline = time.monotonic() + TO_RECOVER_SECONDS
    while not _answers(port, *WANTED):
        if time.monotonic() > deadline:
            raise BenchError("the daemon does not get as far as its first feeds")
        service.keep_running()
        time.sleep(STEP_SECONDS)


def _recover(service: Service, port: int) -> bool:
    """Wait until the daemon says that it is well, and has visited every source since then."""
    deadline = time.monotonic() + TO_RECOVER_SECONDS
    well_since = float("inf")
    while time.monotonic() < deadline:
        service.keep_running()
        well_since = (
            min(well_since, time.monotonic()) if _answers(port, "/health") else float("inf")
        )
        if time.monotonic() - well_since > 2 * INTERVAL_SECONDS:
            return _answers(port, *WANTED)
        time.sleep(STEP_SECONDS)
    return False


def _answers(port: int, *paths: str) -> bool:
    with suppress(OSError):
        return all(ask(port, path).status == 200 for path in paths)
    return False


def _doctor(folder: Path) -> Iterator[str]:
    command = (sys.executable, "-m", "aggregator", "--config", folder / "feeds.toml", "doctor")
    done = subprocess.run((*command, "--full"), capture_output=True, text=True, check=False)
    if done.returncode:
        yield f"doctor: {done.stdout.strip()} {done.stderr.strip()}"


def _stored_faults(town: Town, log: Sequence[Logged], database: Path) -> Iterator[str]:
    """Compare what healthy sources served with what is stored of them."""
    found = stored(database)
    for number, name in enumerate(town.kinds):
        if BY_NAME[name] not in HEALTHY:
            continue
        mine = found[f"s{number}"].titles
        served = {
            title(number, entry)
            for one in log
            if one.number == number
            for entry in range(one.first, one.end)
        }
        if lost := served - mine.keys():
            yield f"s{number} ({name}): lost {len(lost)} entries, among them {min(lost)}"
        if twice := [words for words, count in mine.items() if count > 1]:
            yield f"s{number} ({name}): stored {len(twice)} entries twice, among them {min(twice)}"


def _bad_answers(who: str, answers: Counter[int]) -> Iterator[str]:
    """Nobody may be answered anything but what is asked for; nobody answers while it starts."""
    if bad := {status: n for status, n in answers.items() if status not in (0, 200, 226, 304)}:
        yield f"{who}: were answered {bad}"


def _tracebacks(log: Path) -> Iterator[str]:
    if count := log.read_bytes().count(b"Traceback (most recent call last)"):
        yield f"{count} tracebacks in the log"


def main() -> int:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak.bad_day", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--sources", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="which troubles come when")
    parser.add_argument("--out", type=Path, default=Path(), metavar="DIR",
                        help="where bad-day.json, the log and a picture are written")  # fmt: skip
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with tempfile.TemporaryDirectory(prefix="bad-day-") as place:
            folder, picture = Path(place), options.out.absolute() / "bad-day.png"
            day = live_through(folder, options.sources, options.minutes, options.seed, picture)
            (options.out / "bad-day.log").write_bytes((folder / "log").read_bytes())
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    told = json.dumps(asdict(day), indent=1, ensure_ascii=False)
    (options.out / "bad-day.json").write_text(told + "\n", encoding="utf-8")
    print(_report(day))
    return bool(day.faults)


def _report(day: Day) -> str:
    counts = Counter(one.kind for one in day.troubles)
    lasted: Counter[str] = Counter()
    for one in day.troubles:
        lasted[one.kind] += round(one.end - one.begin)
    lines = {
        "killed": f"{counts['kill']} times",
        "disk full": f"{counts['disk']} times, {lasted['disk']} s in all",
        "feeds.toml broken": f"{counts['file']} times, {lasted['file']} s in all",
        "starts": str(day.starts),
        "ended by itself": ", ".join(f"{n} times with {code}" for code, n in day.own_ends.items()),
        "answered by sources": str(day.served),
        "feeds": str(day.feeds),
        "pages": str(day.pages),
        "articles": str(day.articles),
        "faults": str(len(day.faults)),
    }
    told = [f"{name:20} {value or 'never'}" for name, value in lines.items()]
    return "\n".join((*told, *(f"  {words}" for words in day.faults)))


if __name__ == "__main__":
    sys.exit(main())
