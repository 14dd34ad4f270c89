"""What is wrong with a text that is no TOML, in words for who has not written any before."""

import re
from ast import literal_eval

from aggregator.errors import Problem

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_CURLY = frozenset("“”„‟‘’‚‛「」『』《》＂＇«»")
# What tomllib says, and what that means to a person.
_MEANT = {
    "Invalid value": 'this is no value; a text stands in "quotes"',
    "Illegal character '\\n'": 'the " at the end of the text is missing',
    "Unescaped '\\' in a string": "a backslash; put the text into '…' in place of \"…\"",
    "Unclosed array": "a comma or a ] is missing",
    "Cannot overwrite a value": "the key is there twice",
}
_TWICE = re.compile(r"Cannot declare (\(.*\)) twice")


def problem_in(text: str, message: str) -> Problem:
    """Tell from tomllib's message what is wrong with the text, and on which line."""
    place = _PLACE.search(message)
    line, column = (int(number or 0) for number in place.groups()) if place else (0, 0)
    what = _meant(_PLACE.sub("", message))
    if (sign := _sign(text, line, column)) in _CURLY:
        what = f'{sign} is no quotation mark here; write " in its place'
    at = f" (column {column})" if column else ""
    return Problem(line=line, key="", text=f"is not TOML: {what}{at}")


def _sign(text: str, line: int, column: int) -> str:
    # As tomllib counts: no other character ends a line.
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[line - 1][column - 1 : column] if 0 < line <= len(lines) and column else ""


def _meant(said: str) -> str:
    if twice := _TWICE.fullmatch(said):
        return f"the table [{'.'.join(literal_eval(twice[1]))}] is there twice"
    return _MEANT.get(said, said[:1].lower() + said[1:])
