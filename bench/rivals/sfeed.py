"""Run the jobs with sfeed (https://codemadness.org/sfeed.html), as Debian packages it."""

import shlex
import shutil
from pathlib import Path

from bench.rivals.debian import version_of


class Sfeed:
    """Update with sfeed_update as it comes: eight feeds at a time, curl, one file a feed."""

    name = "sfeed"
    does = (
        "merges entries into a text file for each feed, by curl, sort and a parser in C; no "
        "database, no sanitizing, and as it comes neither validators nor compression"
    )
    sends_validators = False
    knows_validators_late = False

    def version(self) -> str:
        """Ask dpkg; sfeed does not tell."""
        return version_of("sfeed") if shutil.which("sfeed_update") else ""

    def prepare(self, home: Path, base: str, sources: int) -> None:
        """Write sfeedrc, which is a shell script."""
        self.config = home / "sfeedrc"
        self.feeds = home / "feeds"
        lines = [f"sfeedpath={shlex.quote(str(self.feeds))}", "feeds() {"]
        lines += [f"\tfeed s{n} {base}{n}.xml" for n in range(1, sources + 1)]
        self.config.write_text("\n".join((*lines, "}", "")), encoding="utf-8")

    def command(self) -> tuple[str, ...]:
        """Update all feeds."""
        return ("sfeed_update", str(self.config))

    def stored(self) -> int:
        """Count the lines: each is an entry."""
        return sum(one.read_bytes().count(b"\n") for one in self.feeds.iterdir())

    def own_wall(self, _: Path) -> float | None:
        """Return None: it does not tell."""
        return None
