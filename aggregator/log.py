"""Log lines of one shape: an event and key=value pairs, readable by people and by grep."""

import logging
import sys

_NEEDS_QUOTES = frozenset(' "=\t')


def event(
    logger: logging.Logger, name: str, /, *, level: int = logging.INFO, **fields: object
) -> None:
    """Write one line `name key=value …`; fields that are None or empty are left out."""
    if logger.isEnabledFor(level):
        pairs = (
            f"{key}={_quoted(value)}" for key, value in fields.items() if value not in (None, "")
        )
        logger.log(level, "%s", " ".join((name, *pairs)))


def _quoted(value: object) -> str:
    text = str(value).replace("\n", " ")
    if not text or _NEEDS_QUOTES.isdisjoint(text):
        return text
    return '"' + text.replace('"', "'") + '"'


def set_up(*, level: int) -> None:
    """Send log lines from `level` on to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    root = logging.getLogger("aggregator")
    root.handlers[:] = [handler]
    root.propagate = False
    root.setLevel(level)
