"""Run the jobs with newsboat (https://newsboat.org), as Debian packages it."""

import shutil
from pathlib import Path

from bench.rivals.debian import version_of
from bench.stored import count_rows


class Newsboat:
    """Reload all with newsboat, without its screen and with its settings as they come."""

    name = "newsboat"
    does = (
        "stores in SQLite by a parser in C++, one feed after the other; bodies stay as they are, "
        "and there are no rules, no outputs and no files"
    )
    sends_validators = True
    knows_validators_late = True

    def version(self) -> str:
        """Ask dpkg."""
        return version_of("newsboat") if shutil.which("newsboat") else ""

    def prepare(self, home: Path, base: str, sources: int) -> None:
        """Write the list of URLs, and a configuration without a word."""
        self.home = home
        listed = (f"{base}{n}.xml\n" for n in range(1, sources + 1))
        (home / "urls").write_text("".join(listed), encoding="utf-8")
        (home / "config").touch()

    def command(self) -> tuple[str, ...]:
        """Reload all feeds; HOME is set because it makes folders there."""
        home = self.home
        files = ("-C", f"{home}/config", "-u", f"{home}/urls", "-c", f"{home}/cache.db")
        return ("env", f"HOME={home}", "LC_ALL=C.UTF-8", "newsboat", *files, "-x", "reload")

    def stored(self) -> int:
        """Ask its cache."""
        return count_rows(self.home / "cache.db", "rss_item")

    def own_wall(self, _: Path) -> float | None:
        """Return None: it does not tell."""
        return None
