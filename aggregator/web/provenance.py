"""What stands behind an article: its entry field by field, and the head of its file."""

import json
import re
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

from aggregator.core.article import Article
from aggregator.core.frontmatter import MATCHED
from aggregator.store import archive_queue
from aggregator.store.database import Database

_MOST_BYTES = 64_000  # of a file, in which its front matter has to end
_FENCE = "---\n"
_OUTPUT = re.compile(r" '?([^':]+)'?: \[")
_TO_COME = "It is written in a moment."
_NONE = "It has none, as copies of other articles have none of their own."
_ANEW = "It is written anew in a moment, with the last change."
_LEFT_OUT = "What it says of outputs that are not public is left out."
_NO_HEAD = "It has no front matter any more."
# In the order of an entry; what is ours, such as the id, stands elsewhere.
_FIELDS = (
    "guid", "link", "title", "authors", "published", "updated", "language", "tags", "image",
    "enclosures", "origin", "season", "episode", "summary", "body",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHead:
    """The file of an article: its path below the archive folder and its front matter to the byte,
    each "" where there is none; `notes` say what else is to be known of it."""

    path: str = ""
    front_matter: str = ""
    notes: tuple[str, ...] = ()


def entry_fields(article: Article) -> str:
    """Write as JSON what is kept of an entry, without the fields that it does not state."""
    stated = {name: getattr(article, name) for name in _FIELDS}
    for name, value in stated.items():
        if name == "enclosures":
            stated[name] = [_stated(asdict(one)) for one in value]
        elif name == "origin" and value:
            stated[name] = _stated(asdict(value))
        elif name in ("published", "updated") and value:
            stated[name] = f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return json.dumps(_stated(stated), ensure_ascii=False, indent=2)


def _stated(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value}


def file_head(database: Database, n: int, archive: Path, public: Collection[str]) -> FileHead:
    """Read the head of an article's file, below the archive's folder and nowhere else; what it says
    of outputs that are not `public` is left out."""
    path, is_due = archive_queue.place(database, n)
    if not path:
        return FileHead(notes=(_TO_COME if is_due else _NONE,))
    try:
        file = (archive / path).resolve()
        if not file.is_relative_to(archive.resolve()):
            return FileHead(path=path, notes=("Its path leads out of the archive.",))
        with file.open("rb") as opened:
            head = opened.read(_MOST_BYTES)
    except OSError:
        return FileHead(path=path, notes=("It is not there any more.",))
    whole = _front_matter(head)
    shown = _of_public(whole, public)
    notes = ((_ANEW, is_due), (_LEFT_OUT, shown != whole), (_NO_HEAD, not whole))
    return FileHead(
        path=path, front_matter=shown, notes=tuple(note for note, holds in notes if holds)
    )


def _front_matter(head: bytes) -> str:
    """Cut a file behind its front matter, which stands between two lines of three hyphens."""
    text = head.decode(errors="replace")
    start = text.find(_FENCE)
    end = text.find(f"\n{_FENCE}", start + 1)
    return text[: end + 1 + len(_FENCE)] if 0 <= start < end else ""


def _of_public(front_matter: str, public: Collection[str]) -> str:
    """Leave out the lines that say why outputs keep the article which are not public; these come
    last."""
    head, matched, rest = front_matter.partition(f"\n{MATCHED}:\n")
    lines = rest.splitlines(keepends=True)
    kept = (one for one in lines if not (name := _OUTPUT.match(one)) or name[1] in public)
    return f"{head}{matched}{''.join(kept)}"
