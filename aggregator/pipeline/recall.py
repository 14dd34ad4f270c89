"""What a poll under way was begun by, and holds no more when it ends."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Self


@dataclass(slots=True)
class Recall:
    """Says whose polls are not to be recorded: they were begun by another feeds.toml, and are done
    once more. It is set by the writer, between two polls that are recorded.

    `after` is that of the feeds.toml that came next: a slow poll may end when several have come.
    """

    sources: Container[str] = ()  # that left, or are others now
    rules: bool = False  # those by which articles were judged
    after: Self | None = None

    def set(self, sources: Container[str], *, rules: bool, after: Self) -> None:
        """Say whose polls are not to be recorded from now on."""
        self.sources, self.rules, self.after = sources, rules, after

    def unset(self) -> None:
        """Have all polls recorded: what came next could not be taken up."""
        self.sources, self.rules, self.after = (), False, None

    def covers(self, source: str, *, has_articles: bool) -> bool:
        """Say whether a poll of a source is not to be recorded."""
        one: Recall | None = self
        while one is not None:
            if source in one.sources or (has_articles and one.rules):
                return True
            one = one.after
        return False
