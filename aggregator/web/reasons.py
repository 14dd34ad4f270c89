"""Why articles are the same or related, as a person would say it."""

import re

_MEASURED = re.compile(r"(text|part|title) (\d\.\d\d)( in one source)?")
_WORDS = {
    "guid": "same id in the feed",
    "url": "same address",
    "body": "same text",
    "merged": "made one by hand",
    "numbers in the titles differ": "alike, but for numbers in the titles",
}
_NEARLY, _MUCH = 80, 42  # percent of a text


def in_words(reason: str) -> str:
    """Say what a reason means, as `store` keeps it; what is in words already stays as it is."""
    if not (measured := _MEASURED.fullmatch(reason)):
        return _WORDS.get(reason, reason)
    kind, value, is_of_one_source = measured.groups()
    words = _measure(kind, round(float(value) * 100))
    return f"{words}, both of one source" if is_of_one_source else words


def _measure(kind: str, percent: int) -> str:
    if percent == 100:
        return {
            "text": "the very same words",
            "part": "one text holds all of the other",
            "title": "same title",
        }[kind]
    if kind == "part":
        return f"one text holds {percent} % of the other"
    if kind == "title":
        return f"nearly the same title: {percent} %"
    how_much = "nearly the same" if percent >= _NEARLY else "much of the same"
    return f"{how_much if percent >= _MUCH else 'some of the same'} text: {percent} %"
