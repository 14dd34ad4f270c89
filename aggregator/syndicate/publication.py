"""Documents on the disk: what is served, compressed as well, and what older versions held."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aggregator.syndicate import kept, versions
from aggregator.syndicate.codings import STORED, packed
from aggregator.syndicate.document import Document
from aggregator.syndicate.files import Replacement, cannot_write, write_if_changed
from aggregator.syndicate.kept import Kept, Keys

_KEPT = ".kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """The folder of what people read, and the one for what is known of older versions."""

    folder: Path
    versions_folder: Path

    def write(self, documents: Iterable[tuple[str, bytes]], changed: datetime) -> list[Path]:
        """Put documents, each with the name of its file, in place of older ones, durably. They are
        taken one after the other, and none is kept in memory.

        Returns the files whose content changed. Their time is `changed`, the date of the newest
        change in them; but a second after the time of what they replace at least, so that nobody
        who asks by date misses a change that came late.
        """
        try:
            for folder in (self.folder, self.versions_folder):
                folder.mkdir(parents=True, exist_ok=True)
            self._drop_orphans()
            with Replacement(self.folder) as files:
                return [
                    path
                    for name, document in documents
                    if self._stage(files, path := self.folder / name, document, changed)
                ]
        except OSError as error:
            raise cannot_write(self.folder, error) from error

    def kept(self, output: str, kind: str) -> Kept:
        """Give what stands in the document of an output that is in place in a format."""
        return kept.read(self._kept_path(output), self.folder / f"{output}.{kind}", kind)

    def publish(
        self,
        output: str,
        documents: Iterable[tuple[str, Document]],
        keys: Keys,
        changed: datetime,
    ) -> list[Path]:
        """Put the documents of an output, each with its format, in place like `write`; and after
        them what tells where the entries with those keys stand."""
        places = {}

        def contents() -> Iterator[tuple[str, bytes]]:
            for kind, document in documents:
                places[kind] = kept.places_in(document, keys.values())
                yield f"{output}.{kind}", document.content

        written = self.write(contents(), changed)
        write_if_changed(self._kept_path(output), kept.written(places))
        return written

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
