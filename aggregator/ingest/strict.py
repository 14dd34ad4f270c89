"""feedparser's strict parser, asked faster: a quarter of its time went into looking things up.

Its dict answers for old names of keys too, which takes long, and is asked ten times for an element.
What it knows of an element's text, its `contentparams`, is never asked by an old name; entries are,
but mostly by others, and so each goes the short way where both ways come to the same.
"""

from typing import Any

import feedparser
import feedparser.api

_Dict = feedparser.FeedParserDict
# Those that it has a word of its own for; of all others it is a dict.
_SPECIAL = frozenset(
    (*_Dict.keymap, "category", "enclosures", "license", "updated", "updated_parsed")
)


class _Parameters(feedparser.FeedParserDict):  # type: ignore[misc]  # without types
    get = dict.get
    __getitem__ = dict.__getitem__
    __setitem__ = dict.__setitem__
    __contains__ = dict.__contains__

    def __deepcopy__(self, _memo: Any) -> Any:
        return _Dict(self)  # texts and numbers, so a copy is deep


class _Entry(feedparser.FeedParserDict):  # type: ignore[misc]  # without types
    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(key) if key in _SPECIAL else dict.__getitem__(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        if key in _SPECIAL:
            super().__setitem__(key, value)
        else:
            dict.__setitem__(self, key, value)

    def __contains__(self, key: Any) -> bool:
        return super().__contains__(key) if key in _SPECIAL else dict.__contains__(self, key)

    def setdefault(self, key: Any, default: Any) -> Any:
        if key in _SPECIAL:
            return super().setdefault(key, default)
        return dict.setdefault(self, key, default)


# A feedparser without such a class is used as it is.
class _StrictParser(getattr(feedparser.api, "StrictFeedParser", object)):  # type: ignore[misc]
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.contentparams = _Parameters()

    def push_content(self, *args: Any) -> None:
        super().push_content(*args)
        self.contentparams = _Parameters(self.contentparams)

    def _start_item(self, *args: Any) -> None:
        super()._start_item(*args)
        self.entries[-1].__class__ = _Entry

    _start_entry = _start_item


def install() -> None:
    """Have feedparser.parse use this parser."""
    feedparser.api.StrictFeedParser = _StrictParser
