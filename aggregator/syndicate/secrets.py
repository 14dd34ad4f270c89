"""Secrets that are made once and kept in files of their own: tokens of outputs, our keys; and
what else is in their folder."""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aggregator.syndicate.files import cannot_write

_TOKEN_BYTES = 24


def kept(path: Path) -> str:
    """Give the secret in a file; it is made at the first call, whoever of several processes makes
    it. The folder is for nobody else to read."""
    try:
        with suppress(FileNotFoundError):
            return path.read_text("ascii").strip()
        new = _write_beside(path)
        with suppress(FileExistsError):
            os.link(new, path)  # whole or not at all, and never in place of another's
        new.unlink()
        return path.read_text("ascii").strip()
    except OSError as error:
        raise cannot_write(path, error) from error


def renew(path: Path) -> str:
    """Put a new secret in place of the one in a file."""
    try:
        _write_beside(path).replace(path)
        return path.read_text("ascii").strip()
    except OSError as error:
        raise cannot_write(path, error) from error


def _write_beside(path: Path) -> Path:
    private_folder(path.parent)
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(new, flags, 0o600), "w") as file:
        file.write(f"{secrets.token_urlsafe(_TOKEN_BYTES)}\n")
        file.flush()
        os.fsync(file.fileno())
    return new


def private_folder(path: Path) -> Path:
    """Make a folder that nobody else may look into, and the one around it, where they are not."""
    path.parent.parent.mkdir(parents=True, exist_ok=True)
    for folder in (path.parent, path):
        folder.mkdir(exist_ok=True, mode=0o700)
    return path


class Tokens:
    """The tokens of private outputs, a file each; a new one in its place counts at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, output: str) -> str:
        """Give the token of an output; it is made when it is first asked for."""
        return kept(self._folder / output)

    def renew(self, output: str) -> str:
        """Give an output a new token; its old address is nobody's from then on."""
        return renew(self._folder / output)

    @property
    def stamp(self) -> int:
        """Give a number that changes whenever a token does; 0 where there is none."""
        try:
            return self._folder.stat().st_mtime_ns
        except FileNotFoundError:
            return 0


@dataclass(frozen=True, slots=True)
class Private:
    """The folder of what is for nobody else to read, and what is where in it."""

    folder: Path

    @property
    def feeds(self) -> Path:
        """Name the folder of the feeds that not everybody may read."""
        return self.folder / "feeds"

    @property
    def versions(self) -> Path:
        """Name the folder of what is known of older versions of those."""
        return self.folder / "versions"

    @property
    def tokens(self) -> Tokens:
        """Give the tokens in the addresses of private outputs."""
        return Tokens(self.folder / "tokens")

    def key(self, name: str) -> str:
        """Give a key of ours; it is made when it is first asked for."""
        return kept(self.folder / "keys" / name)
