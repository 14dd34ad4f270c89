"""Adding sources to feeds.toml: their addresses, their keys, and the writing of the file."""

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from aggregator.config.edit import Value, with_sources
from aggregator.config.values import BadValue
from aggregator.config.values import url as read_url
from aggregator.config.writing import rewrite
from aggregator.errors import ConfigError, FileError
from aggregator.pipeline.discover import full_url

_SCHEME = re.compile(r"\s*(?!feed:)[a-zA-Z][a-zA-Z0-9+.-]*:(?!//|\d)")  # as in mailto:, not a port


def whole_url(address: str) -> str:
    """Complete an address; empty where it is none."""
    url = full_url(address)
    try:
        fits = not (_SCHEME.match(address) or re.search(r"\s", url)) and read_url(url) == url
    except BadValue:
        fits = False
    return url if fits else ""


def same_feed(url: str) -> str:
    """Give what two addresses of one feed have in common."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    return f"{host}:{parts.port or ''}{parts.path.rstrip('/')}?{parts.query}"


def free_id(words: str, taken: Collection[str]) -> str:
    """Make a source's key of some words, with a number where it is taken already."""
    base = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:40].strip("-") or "source"
    return next(name for name in _numbered(base) if name not in taken)


def _numbered(base: str) -> Iterable[str]:
    yield base
    for number in range(2, 100_000):
        yield f"{base}-{number}"


def write_sources(path: Path, sources: Mapping[str, Mapping[str, Value]]) -> None:
    """Write more sources into the file."""
    try:
        rewrite(path, lambda text: with_sources(text, sources))
    except OSError as error:
        raise FileError(
            f"{path} cannot be written: {error.strerror}", "add the lines above by hand"
        ) from error
    except ConfigError as error:
        raise FileError(f"nothing is added: {error.problems[0]}") from error
    except ValueError as error:
        raise FileError(
            f"{path} cannot be changed: {error}",
            "write its sources as tables like the lines above, and add these",
        ) from error
