"""What older versions of a document held: who has one of them needs only what changed since.

For `A-IM: feed` (RFC 3229, and its manipulation "feed"). Of each entry the number of the version is
kept since which it stands there unchanged, and of the last 200 versions their tag. Both are written
with the document, so that they survive a restart; a version that is not known costs a whole answer.
"""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from aggregator.syndicate.jsonfeed import SEPARATOR

KINDS = ("rss", "atom", "json")  # in which a document may be cut
_KEPT = 200
# Only elements of ours begin with "<" in the XML, whatever the texts in them say.
ENTRY = re.compile(rb"<(item|entry)[\s>](?>[^<]*(?:<(?!/\1>)[^<]*)*)</\1>\s*")
# Within a text of JSON a line break is an escape, so that an item is what stands on its line.
_ITEM = re.compile(rb'(?<=\n  )\{"id": "([^"]*)"[^\n]*\}')
_ID = re.compile(rb"<(?:id|guid)[^>]*>([^<]*)<")


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """The entries of the newest version and the tags of the last, oldest first."""

    entries: dict[str, tuple[str, int]] = field(default_factory=dict)  # id: hash, since which
    tags: dict[str, int] = field(default_factory=dict)

    def followed_by(self, kind: str, document: bytes) -> "Versions":
        """Add a version; the one that was the last already changes nothing."""
        tag = tag_of(document)
        newest = max(self.tags.values(), default=0)
        if self.tags.get(tag) == newest > 0:
            return self
        entries = {}
        for name, content in _entries(kind, document):
            digest = tag_of(content)
            known = self.entries.get(name, ("", 0))
            entries[name] = known if known[0] == digest else (digest, newest + 1)
        kept = {one: number for one, number in self.tags.items() if one != tag}
        tags = dict([*kept.items(), (tag, newest + 1)][-_KEPT:])
        return Versions(entries=entries, tags=tags)

    def unseen(self, document: str, tags: Collection[str]) -> set[str] | None:
        """Name the entries of the document with a tag that the newest of some versions lacks.

        None where none of them is known, or the document is not the newest version: it is on its
        way to be replaced, or a kill came in between.
        """
        known = [self.tags[tag] for tag in tags if tag in self.tags]
        if not known or next(reversed(self.tags)) != document:
            return None
        return {name for name, (_, since) in self.entries.items() if since > max(known)}

    def written(self) -> bytes:
        """Put into bytes what `read` reads."""
        return json.dumps({"entries": self.entries, "tags": self.tags}).encode()


def read(path: Path) -> Versions:
    """Read what is known of a document; nothing where the file is missing or broken."""
    try:
        stored = json.loads(path.read_bytes())
        entries = {name: (str(one[0]), int(one[1])) for name, one in stored["entries"].items()}
        tags = {tag: int(number) for tag, number in stored["tags"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return Versions()
    return Versions(entries=entries, tags=tags)


def tag_of(document: bytes) -> str:
    """Give the tag of a version: the hash of its bytes."""
    return blake2b(document, digest_size=12).hexdigest()


def cut_down(kind: str, document: bytes, wanted: Collection[str]) -> bytes:
    """Leave out of a document all entries but those named."""
    if kind == "json":
        return _cut_items(document, wanted)
    return ENTRY.sub(lambda match: match[0] if _id(match[0]) in wanted else b"", document)


def _cut_items(document: bytes, wanted: Collection[str]) -> bytes:
    """Do it by hand: to load a feed and to write it again takes seven times as long."""
    items = list(_ITEM.finditer(document))
    if not items:
        return document
    left = SEPARATOR.join(one[0] for one in items if one[1].decode() in wanted)
    return document[: items[0].start()] + left + document[items[-1].end() :]


def _entries(kind: str, document: bytes) -> Iterator[tuple[str, bytes]]:
    if kind == "json":
        yield from ((match[1].decode(), match[0]) for match in _ITEM.finditer(document))
    else:
        yield from ((_id(match[0]), match[0].rstrip()) for match in ENTRY.finditer(document))


def _id(entry: bytes) -> str:
    found = _ID.search(entry)
    return found[1].decode() if found else ""
