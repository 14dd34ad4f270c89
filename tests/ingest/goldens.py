"""Summaries of what is read from each real document: counts, hashes and lengths, no texts.

`python -m tests.ingest.goldens` writes them anew, to be compared with what was there before.
"""

import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from aggregator.core.entry import Enclosure, Entry, Origin, ParsedFeed
from aggregator.ingest.inflate import inflate
from aggregator.ingest.parse import parse

FILE = Path(__file__).with_name("goldens.json")
SHARED = Path(__file__).parents[3] / "shared"
URL = "https://publisher.example/news/feed.xml"
AS_THEY_ARE = ("language", "kind")


def real_documents(shared: Path) -> Iterator[str]:
    """Name the documents that publishers served, below the folder of the collection."""
    with (shared / "corpus" / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["provenance"] == "real":
                yield row["file"]


def summaries(shared: Path) -> dict[str, Any]:
    """Summarize what is read from each real document."""
    return {name: _summary(read(shared, name)) for name in real_documents(shared)}


def read(shared: Path, name: str) -> ParsedFeed:
    """Parse a document of the collection, unpacked where it is packed."""
    return parse(inflate((shared / "corpus" / name).read_bytes(), ""), url=URL)


def stored() -> dict[str, Any]:
    """Read the summaries that are checked in."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def written(found: dict[str, Any]) -> str:
    """Write summaries with a line for each part, so that differences can be read."""
    documents = []
    for name, summary in sorted(found.items()):
        parts = (f"  {json.dumps(key)}: {json.dumps(summary[key])}" for key in summary)
        documents.append(f" {json.dumps(name)}: {{\n" + ",\n".join(parts) + "\n }")
    return "{\n" + ",\n".join(documents) + "\n}\n"


def _summary(parsed: ParsedFeed) -> dict[str, Any]:
    entries = parsed.entries
    return {
        "kind": parsed.kind,
        "title": _plain(parsed.title),
        "link": _plain(parsed.link),
        "language": parsed.language,
        "counts": {
            "entries": len(entries),
            **{name: sum(bool(getattr(one, name)) for one in entries) for name in _names()},
        },
        "all": _plain("\n".join(repr(one) for one in entries)),
        "first": _entry(entries[0]) if entries else None,
        "last": _entry(entries[-1]) if len(entries) > 1 else None,
    }


def _names() -> list[str]:
    return [one.name for one in fields(Entry)]


def _entry(entry: Entry) -> dict[str, Any]:
    stated = {name: getattr(entry, name) for name in _names()}
    return {
        name: value if name in AS_THEY_ARE else _plain(value)
        for name, value in stated.items()
        if value
    }


def _plain(value: object) -> Any:
    """Give a text as its length and hash, anything else by its parts."""
    match value:
        case str():
            return f"{len(value)} {blake2b(value.encode(), digest_size=6).hexdigest()}"
        case datetime():
            return value.isoformat()
        case Enclosure():
            return [_plain(value.url), value.type, value.length, value.duration]
        case Origin():
            return [_plain(value.title), _plain(value.url), _plain(value.link)]
        case tuple():
            return [_plain(one) for one in value]
        case _:
            return value


if __name__ == "__main__":
    FILE.write_text(written(summaries(SHARED)), encoding="utf-8")
    sys.stdout.write(f"{FILE.name}: {len(stored())} documents\n")
