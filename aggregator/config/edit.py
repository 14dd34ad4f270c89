"""Write into feeds.toml and leave everything else in it as it is, comments and order included."""

import json
import re
import tomllib
from collections.abc import Mapping

from aggregator.config.locate import tables

_BARE = re.compile(r"[A-Za-z0-9_-]+")
Value = str | bool | tuple[str, ...]


def with_sources(text: str, sources: Mapping[str, Mapping[str, Value]]) -> str:
    """Give the text with more sources, by their ids, behind the last one there is.

    Text is inserted and nothing rendered anew, which no TOML library promises to do traceless.
    Raises ValueError where the result would not say just that.
    """
    ending = "\r\n" if "\r\n" in text else "\n"
    mark, text = text[:1] if text.startswith("\ufeff") else "", text.removeprefix("\ufeff")
    lines = text.splitlines(keepends=True)
    last = max((table.last for table in tables(text) if table.path[:1] == ("sources",)), default=0)
    before = "".join(lines[:last] if last else lines)
    after = "".join(lines[last:]) if last else ""
    if before and not before.endswith("\n"):
        before += ending
    blocks = [
        "".join(line + ending for line in _block(source_id, values))
        for source_id, values in sources.items()
    ]
    result = before + (ending if before else "") + ending.join(blocks) + after
    expected = tomllib.loads(text)
    expected["sources"] = {
        **expected.get("sources", {}),
        **{source_id: _plain(values) for source_id, values in sources.items()},
    }
    if _read(result) != expected:
        raise ValueError("its sources are laid out in a way that a table cannot be added to")
    return mark + result


def _block(source_id: str, values: Mapping[str, Value]) -> list[str]:
    return [
        f"[sources.{_key(source_id)}]",
        *(f"{name} = {_toml(one)}" for name, one in values.items()),
    ]


def _plain(values: Mapping[str, Value]) -> dict[str, object]:
    return {name: list(one) if isinstance(one, tuple) else one for name, one in values.items()}


def _read(text: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def block_of(source_id: str, values: Mapping[str, Value]) -> str:
    """Give what `with_sources` writes of one, for showing it."""
    return with_sources("", {source_id: values})


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _toml(name)


def _toml(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return f"[{', '.join(map(_toml, value))}]"
