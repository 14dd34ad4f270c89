"""Say how each contender is set up, run and asked what it stored."""

import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Protocol

from aggregator import __version__
from bench.measure import ROOT
from bench.rivals.newsboat import Newsboat
from bench.rivals.sfeed import Sfeed
from bench.stored import count_rows
from bench.vocabulary import EN, ZH, Words

READER = (sys.executable, "-m", "bench.rivals.reader_jobs")
# Of 1, 2, 4, 8 and 16 the fastest or level in each job: loopback leaves nothing to wait for.
READER_WORKERS = 1

OUTPUTS = """
[outputs.interconnection-news]
title = "Interconnection news"
any = ["互联互通", "互操作", "interoperab*", "外链开放"]
none = ["re:(高速公路|铁路|电网)互联互通"]

[outputs.everything]
title = "Everything"
"""


class Contender(Protocol):
    """Describe what the driver needs of a contender; `home` is a directory that is empty."""

    name: str
    does: str
    """What it does in a poll and what not, in a sentence without its subject."""
    sends_validators: bool
    knows_validators_late: bool
    """Whether it has them only from its second poll on."""

    def version(self) -> str:
        """Give the version that is installed; empty where none is."""

    def prepare(self, home: Path, base: str, sources: int) -> None:
        """Subscribe to the sources below the URL `base`, with nothing stored; not measured."""

    def command(self) -> tuple[str, ...]:
        """Return the command that polls every source once; measured as a whole process."""

    def stored(self) -> int:
        """Count the articles stored; not measured."""

    def own_wall(self, output: Path, /) -> float | None:
        """Read from a run's output how long it says polling itself took, if it says so."""


class Ours:
    """Poll with this project's command."""

    name = "ours"
    does = (
        "stores in SQLite, rewrites bodies that are not safe, finds near-duplicates, evaluates six "
        "outputs, publishes each in four forms, compressed too, and writes a file for each article"
    )
    sends_validators = True
    knows_validators_late = False

    def __init__(self, executable: str = str(Path(sys.executable).with_name("aggregator"))) -> None:
        """Run `executable`, the console script."""
        self.executable = executable

    def version(self) -> str:
        """Give our own."""
        return __version__

    def prepare(self, home: Path, base: str, sources: int) -> None:
        """Write feeds.toml."""
        self.home = home
        self.config = home / "feeds.toml"
        self.config.write_text(feeds_toml(home / "data", base, sources), encoding="utf-8")

    def command(self) -> tuple[str, ...]:
        """Poll all sources and publish."""
        return (self.executable, "--config", str(self.config), "poll", "--all")

    def stored(self) -> int:
        """Ask the database itself."""
        return count_rows(self.home / "data" / "aggregator.db", "article")

    def own_wall(self, _: Path) -> float | None:
        """Return None: the whole process is what counts."""
        return None


class LemonReader:
    """Update with reader."""

    name = "reader"
    does = (
        "stores in SQLite and sanitizes every body that it parses; search is left off, and there "
        "are no outputs and no files"
    )
    sends_validators = True
    knows_validators_late = False

    def __init__(self, workers: int = READER_WORKERS) -> None:
        """Retrieve with `workers` threads."""
        self.workers = workers

    def version(self) -> str:
        """Ask for what is installed."""
        try:
            return version_of("reader")
        except PackageNotFoundError:
            return ""

    def prepare(self, home: Path, base: str, sources: int) -> None:
        """Add the feeds."""
        self.database = str(home / "reader.sqlite")
        self._ask("add", "--base", base, "--sources", str(sources))

    def command(self) -> tuple[str, ...]:
        """Update all feeds."""
        return (*READER, "update", self.database, "--workers", str(self.workers))

    def stored(self) -> int:
        """Ask reader."""
        return int(self._ask("count"))

    def own_wall(self, output: Path) -> float | None:
        """Return the time within the update, without start-up."""
        return float(json.loads(output.read_text().splitlines()[-1])["wall"])

    def _ask(self, command: str, *options: str) -> str:
        arguments = (*READER, command, self.database, *options)
        return subprocess.run(
            arguments, cwd=ROOT, check=True, stdout=subprocess.PIPE
        ).stdout.decode()


def everybody() -> tuple[Contender, ...]:
    """Give all, ours first, with the settings that they come with."""
    return Ours(), LemonReader(), Sfeed(), Newsboat()


def feeds_toml(data_dir: Path, base: str, sources: int, listen: str = "127.0.0.1:8642") -> str:
    """Write a configuration of every source and six outputs."""
    service = f'[service]\ndata_dir = "{data_dir}"\nlisten = "{listen}"\n\n'
    # One connection is the default; the pause is not, since all sources are on one host here.
    pace = '[hosts."127.0.0.1"]\ndelay = "0s"\n\n'
    defaults = pace + '[defaults]\nallow_private = true\ninterval = "1h"\n'
    numbers = range(1, sources + 1)
    listed = (
        f'\n[sources.s{n:04}]\nurl = "{base}{n}.xml"\ncategories = ["bench"]\n' for n in numbers
    )
    topics = (_topic(name, words[:4] + EN.topics[name][:4]) for name, words in ZH.topics.items())
    return "".join((service, defaults, *listed, OUTPUTS, *topics))


def _topic(name: str, terms: Words) -> str:
    listed = json.dumps(terms, ensure_ascii=False)
    return f'\n[outputs.{name}]\ntitle = "{name}"\nany = {listed}\n'
