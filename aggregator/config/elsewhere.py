"""Values that are kept elsewhere: `{ env = "NAME" }` and `{ file = "path" }`."""

from collections.abc import Mapping
from pathlib import Path
from string import Template

from aggregator.config.values import BadValue

_MOST_BYTES = 64 << 10


def opened(value: object, folder: Path, environment: Mapping[str, str]) -> object:
    """Put what is kept elsewhere in its place, at any depth of a value; the rest stays as it is.

    A relative file is beside feeds.toml, `$NAME` in its path is of the environment, and the white
    space at its end does not count.
    """
    if not isinstance(value, dict):
        return value
    match list(value.items()):
        case [("env", str(name))]:
            return _of_environment(name, environment)
        case [("file", str(path))]:
            return _of_file(folder / _substituted(path, environment))
    return {name: opened(one, folder, environment) for name, one in value.items()}


def _of_environment(name: str, environment: Mapping[str, str]) -> str:
    if not environment.get(name):
        raise BadValue(f"wants the environment variable {name}, which is not set")
    return environment[name]


def _substituted(path: str, environment: Mapping[str, str]) -> str:
    """Put the environment into a path, as in "$CREDENTIALS_DIRECTORY/token", where systemd puts
    credentials (systemd.exec(5), LoadCredential)."""
    template = Template(path)
    if missing := [name for name in template.get_identifiers() if not environment.get(name)]:
        raise BadValue(
            f"wants the file {path}, and the environment has no {missing[0]}{_hint(missing[0])}"
        )
    return template.safe_substitute(environment)


def _hint(name: str) -> str:
    if name != "CREDENTIALS_DIRECTORY":
        return ""
    return (
        "; systemd sets it for the service, by hand write CREDENTIALS_DIRECTORY=/the/folder before"
    )


def _of_file(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_MOST_BYTES).rstrip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise BadValue(f"wants the file {path}, which cannot be read: {why}") from None
    if not text:
        raise BadValue(f"wants the file {path}, which is empty")
    return text
