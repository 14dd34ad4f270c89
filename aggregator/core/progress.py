"""How long work tells how far it is."""

from collections.abc import Callable

Progress = Callable[[int, int], None]  # how many are done, of how many


def no_progress(done: int, total: int) -> None:
    """Tell nobody."""
