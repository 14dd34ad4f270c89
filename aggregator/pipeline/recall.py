"""What a poll under way was begun by, and holds no more when it ends."""

from collections.abc import Container
from dataclasses import dataclass


@dataclass(slots=True)
class Recall:
    """Says whose polls are not to be recorded: they were begun by another feeds.toml, and are done
    once more. It is set by the writer, between two polls that are recorded."""

    sources: Container[str] = ()  # that left, or are others now
    rules: bool = False  # those by which articles were judged

    def set(self, sources: Container[str], *, rules: bool) -> None:
        """Say whose polls are not to be recorded from now on."""
        self.sources, self.rules = sources, rules

    def covers(self, source: str, *, has_articles: bool) -> bool:
        """Say whether a poll of a source is not to be recorded."""
        return source in self.sources or (has_articles and self.rules)
