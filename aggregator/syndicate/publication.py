"""Documents on the disk: what is served, compressed as well, and what older versions held."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from aggregator.syndicate import kept, versions
from aggregator.syndicate.codings import STORED, packed
from aggregator.syndicate.document import Document
from aggregator.syndicate.files import Replacement, cannot_write
from aggregator.syndicate.kept import Kept, Keys

_KEPT = ".kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """The folder of what people read, and the one for what is known of older versions."""

    folder: Path
    versions_folder: Path

    def write(
        self,
        documents: Mapping[str, bytes],
        changed: datetime,
        with_them: Mapping[Path, bytes] = MappingProxyType({}),
    ) -> list[Path]:
        """Put documents, by the names of their files, in place of older ones, durably; and after
        them the files of `with_them`.

        Returns the files whose content changed. Their time is `changed`, the date of the newest
        change in them; but a second after the time of what they replace at least, so that nobody
        who asks by date misses a change that came late.
        """
        try:
            for folder in (self.folder, self.versions_folder):
                folder.mkdir(parents=True, exist_ok=True)
            self._drop_orphans()
            with Replacement(self.folder) as files:
                written = [
                    path
                    for name, document in documents.items()
                    if self._stage(files, path := self.folder / name, document, changed)
                ]
                for path, content in with_them.items():
                    if _Old.of(path).content != content:
                        files.stage(path, content)
            return written
        except OSError as error:
            raise cannot_write(self.folder, error) from error

    def kept(self, output: str, kinds: Iterable[str]) -> dict[str, Kept]:
        """Give what stands in the documents of an output that are in place."""
        return kept.read(self._kept_path(output), self.folder, output, kinds)

    def publish(
        self, output: str, documents: Mapping[str, Document], keys: Keys, changed: datetime
    ) -> list[Path]:
        """Put the documents of an output, by their formats, in place like `write`, and beside them
        what tells where the entries with those keys stand."""
        contents = {f"{output}.{kind}": document.content for kind, document in documents.items()}
        places = kept.written(documents, keys.values())
        return self.write(contents, changed, {self._kept_path(output): places})

    def forget(self, output: str) -> None:
        """Have all entries of an output made anew by the next publish."""
        self._kept_path(output).unlink(missing_ok=True)

    def _kept_path(self, output: str) -> Path:
        return self.versions_folder / f"{output}{_KEPT}"

    def remove(self, output: str, kinds: Iterable[str]) -> None:
        """Remove the documents of an output, and all that was made of them."""
        try:
            self.forget(output)
            for kind in kinds:
                path = self.folder / f"{output}.{kind}"
                known = versions_path(self.versions_folder, path.name)
                for one in (path, *forms(path).values(), known):
                    one.unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(self.folder, error) from error

    def _drop_orphans(self) -> None:
        """Remove what belongs to documents that somebody removed."""
        for ending in STORED.values():
            for form in self.folder.glob(f"*{ending}"):
                if not form.with_suffix("").exists():
                    form.unlink(missing_ok=True)
        for known in self.versions_folder.glob("*.json"):
            if not (self.folder / known.stem).exists():
                known.unlink(missing_ok=True)
        for places in self.versions_folder.glob(f"*{_KEPT}"):
            if not any(self.folder.glob(f"{places.stem}.*")):
                places.unlink(missing_ok=True)

    def _stage(self, files: Replacement, path: Path, document: bytes, changed: datetime) -> bool:
        old = _Old.of(path)
        has_changed = old.content != document
        modified = max(int(changed.timestamp()), old.modified + 1) if has_changed else old.modified
        self._stage_versions(files, path, document)
        if has_changed:
            files.stage(path, document, modified)
        for coding, form in forms(path).items():
            if has_changed or read_form(form, modified) is None:
                # Away before the document changes: no moment at which they are of another one.
                form.unlink(missing_ok=True)
                files.stage(form, packed(coding, document), modified)
        return has_changed

    def _stage_versions(self, files: Replacement, path: Path, document: bytes) -> None:
        kind = path.suffix[1:]
        if kind in versions.KINDS:
            place = versions_path(self.versions_folder, path.name)
            known = versions.read(place)
            now = known.followed_by(kind, document)
            if now is not known:
                files.stage(place, now.written())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Old:
    """The document that is in place; `modified` in whole seconds."""

    content: bytes | None = None
    modified: int = -1

    @classmethod
    def of(cls, path: Path) -> "_Old":
        with suppress(FileNotFoundError), path.open("rb") as file:
            return cls(content=file.read(), modified=int(os.fstat(file.fileno()).st_mtime))
        return cls()


def forms(path: Path) -> dict[str, Path]:
    """Name the files of a document's compressed forms, by coding, of those that are stored."""
    return {coding: path.with_name(path.name + ending) for coding, ending in STORED.items()}


def read_form(form: Path, modified: int) -> bytes | None:
    """Read a compressed form, if it is of the document with that time in whole seconds."""
    with suppress(FileNotFoundError), form.open("rb") as file:
        if int(os.fstat(file.fileno()).st_mtime) == modified:
            return file.read()
    return None


def versions_path(folder: Path, name: str) -> Path:
    """Say where it is kept what older versions of a document held."""
    return folder / f"{name}.json"
