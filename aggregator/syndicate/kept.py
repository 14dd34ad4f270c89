"""Entries of the last publish that stand in the documents on the disk, to be taken from there.

Mostly a few of a hundred are new. What an entry is made of has a key. Beside the documents stands
which of their bytes belong to which key; where that fits to a document no more, is broken or
missing, all of its entries are made anew.
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from functools import cache
from hashlib import blake2b
from operator import attrgetter
from pathlib import Path

import aggregator
from aggregator.core.article import Article
from aggregator.core.output import Rule
from aggregator.syndicate.channel import Channel
from aggregator.syndicate.document import Document
from aggregator.syndicate.versions import tag_of

Keys = Mapping[str, str]  # of articles, by their ids
# The tag of a document, and of each entry key, first byte and how many there are.
Places = tuple[str, list[tuple[str, int, int]]]
_MAKERS = ("core", "syndicate")  # the folders of what entries are made by
_BUT_THE_BODY = attrgetter(*(one.name for one in fields(Article) if one.name != "body"))


def keys_of(channel: Channel, articles: Iterable[Article]) -> Keys:
    """Give the key of each article: it is another where anything of its entry could be."""
    links = channel.picture_links
    same = (
        _program(),
        # No entry depends on the rule but by what it matched; and its sets tell themselves in
        # another order in each process, so that all would be made anew after each start.
        replace(channel.output, rule=Rule()),
        channel.address("html"),
        links.address("http://a.example/", may_be_private=False) if links else "",
    )
    common = blake2b(repr(same).encode(), digest_size=16)
    keys = {}
    for article in articles:
        places = (article.source, *(copy.source for copy in article.also))
        sources = [channel.sources.get(place) for place in places]
        named = [(one.name, one.public_url, one.allow_private) if one else () for one in sources]
        # Apart: `repr` looks at each character of what may be long.
        body = article.body.encode("utf-8", "surrogatepass")
        made_of = (_BUT_THE_BODY(article), named, channel.matched.get(article.id), len(body))
        key = common.copy()
        key.update(repr(made_of).encode())
        key.update(body)
        keys[article.id] = key.hexdigest()
    return keys


@cache
def _program() -> tuple[object, ...]:
    """Tell this version of the program from others, and from itself with an edited file."""
    folder = Path(aggregator.__file__).parent
    found = sorted(path for name in _MAKERS for path in (folder / name).rglob("*.*"))
    stats = [(path.name, path.stat()) for path in found if path.suffix != ".pyc"]
    return aggregator.__version__, [(name, one.st_size, one.st_mtime_ns) for name, one in stats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A document as it was published, and where in it which entry stands: its first byte and how
    many there are."""

    document: bytes = b""
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def entries(self, keys: Keys) -> dict[str, bytes]:
        """Give those entries that are among the wanted, by their keys."""
        places = self.places
        wanted = ((key, places[key]) for key in keys.values() if key in places)
        return {key: self.document[start : start + size] for key, (start, size) in wanted}


def read(places: Path, document: Path, kind: str) -> Kept:
    """Read what is kept of a document of a format; `places` is the file of its output's places."""
    with suppress(FileNotFoundError):
        return fitting(places.read_bytes(), kind, document.read_bytes())
    return Kept()


def fitting(places: bytes, kind: str, document: bytes) -> Kept:
    """Read what `written` made; for a document that it does not fit to, nothing."""
    with suppress(LookupError, TypeError, ValueError):
        tag, stored = json.loads(places)[kind]
        if tag == tag_of(document):
            known = {str(key): (int(start), int(size)) for key, start, size in stored}
            return Kept(document=document, places=known)
    return Kept()


def places_in(document: Document, keys: Iterable[str]) -> Places:
    """Say where the entries of a document stand; the keys are theirs, in their order."""
    places, start = [], len(document.head)
    for key, entry in zip(keys, document.entries, strict=True):
        places.append((key, start, len(entry)))
        start += len(entry) + len(document.separator)
    return tag_of(document.content), places


def written(places: Mapping[str, Places]) -> bytes:
    """Put the places in an output's documents, by their formats, into bytes."""
    return json.dumps(places).encode()
