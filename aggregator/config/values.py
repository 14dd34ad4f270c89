"""How values of feeds.toml are read: what is right becomes a value, what is wrong a sentence."""

import re
from datetime import timedelta
from importlib.util import find_spec
from urllib.parse import urlsplit

from aggregator.core.output import CONTENTS
from aggregator.core.polling import cron
from aggregator.core.retention import FOREVER
from aggregator.core.source import DatePolicy
from aggregator.core.text import storable
from aggregator.core.urls import PLAIN_URL
from aggregator.log import FORMS


class BadValue(ValueError):  # noqa: N818 - what it says is the text of a Problem
    """A value is not what its key takes; the text says what it takes, with an example."""


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31_536_000}
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([smhdwy])\s*")
_SIZES = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]B)\s*")
_LISTEN = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\s/]+):(?P<port>\d{1,5})")


def text(value: object) -> str:
    """Read a text."""
    if not isinstance(value, str):
        raise BadValue(f"takes a text in quotes, not {value!r}")
    if storable(value) != value:
        raise BadValue(f"has a character in it that no feed can hold: {value!r}")
    return value


def boolean(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise BadValue(f"takes true or false without quotes, not {value!r}")
    return value


def texts(value: object) -> tuple[str, ...]:
    """Read a list of texts."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadValue(f'takes a list of texts such as ["a", "b"], not {value!r}')
    return tuple(text(one) for one in value)


def parameters(value: object) -> tuple[str, ...]:
    """Read names of URL parameters; a star at the end stands for any rest of the name."""
    for name in texts(value):
        if not name.rstrip("*") or "*" in name[:-1]:
            raise BadValue(f'takes names such as "from" or "utm_*", not {name!r}')
    return tuple(name.lower() for name in texts(value))


def count(value: object) -> int:
    """Read a whole number from 0."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadValue(f"takes a whole number such as 50, not {value!r}")
    return value


def positive(value: object) -> int:
    """Read a whole number from 1."""
    if count(value) == 0:
        raise BadValue("takes a whole number from 1")
    return count(value)


def duration(value: object) -> timedelta:
    """Read a time span such as "90s", "30m", "1h", "7d", "2w", "1y"."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None or float(match[1]) == 0:
        raise BadValue(f'takes a time span such as "30m", "1h" or "7d", not {value!r}')
    try:
        return timedelta(seconds=float(match[1]) * _UNITS[match[2]])
    except OverflowError:
        raise BadValue(f"is too long a time span: {value!r}") from None


def span(value: object) -> timedelta:
    """Read a time span that may be none: "0s"."""
    return timedelta(0) if value == "0s" else duration(value)


def lifetime(value: object) -> timedelta:
    """Read how long something is kept: days, weeks or years, or "forever".

    Not minutes: who writes "6m" means months, and would lose nearly everything.
    """
    if value == "forever":
        return FOREVER
    if not (isinstance(value, str) and value.strip().endswith(("d", "w", "y"))):
        raise BadValue(
            f'takes days, weeks or years such as "90d" or "1y", or "forever", not {value!r}'
        )
    return duration(value)


def size(value: object) -> int:
    """Read a size such as "500MB" or "2GB", in bytes."""
    match = _SIZE.fullmatch(value.upper()) if isinstance(value, str) else None
    if match is None or float(match[1]) == 0:
        raise BadValue(f'takes a size such as "500MB" or "2GB", not {value!r}')
    return int(float(match[1]) * _SIZES[match[2]])


def schedule(value: object) -> str:
    """Read a cron expression of five fields."""
    fields = text(value).split()
    if len(fields) != 5:
        raise BadValue(f'takes five fields such as "0 7,19 * * mon-fri", not {value!r}')
    if any(one.isdigit() for one in fields[4]):
        # Sunday is 0 to cron and 6 to others.
        raise BadValue('takes days of the week as names, "mon" to "sun", not as numbers')
    try:
        cron(text(value), "")
    except ValueError as error:
        raise BadValue(f"is no cron expression: {error}") from None
    return text(value)


_ARGON2 = re.compile(r"\$argon2(?:id|i|d)\$v=\d+\$m=\d+,t=\d+,p=\d+\$[\w+/]+\$[\w+/]+")


def password_hash(value: object) -> str:
    """Read a password that is hashed: whoever reads the file learns it all the same otherwise."""
    if not _ARGON2.fullmatch(text(value)):
        raise BadValue("takes a hash, which `aggregator password` makes of a password")
    return text(value)


_SPLITS = re.compile(r"[\s\"'<>]")


def url(value: object) -> str:
    """Read an http or https URL."""
    stated = text(value).strip()
    if PLAIN_URL.fullmatch(stated):
        return stated
    try:
        parts = urlsplit(stated)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        raise BadValue(f'takes a whole URL such as "https://example.org/feed.xml", not {value!r}')
    if _SPLITS.search(parts.netloc):
        # In a line of text nobody could tell where such an address ends, and so its password.
        raise BadValue("has a space or a quote before its path: write it as %20, %22 or %27")
    return stated


def log_form(value: object) -> str:
    """Read how log lines are written."""
    if value not in FORMS:
        raise BadValue(f'takes "text" or "json", not {value!r}')
    return text(value)


def hubs(value: object) -> tuple[str, ...]:
    """Read addresses of hubs, each once."""
    return tuple(dict.fromkeys(map(url, texts(value))))


def zone(value: object) -> str:
    """Read an IANA time zone."""
    from zoneinfo import ZoneInfo, available_timezones  # not at the top: few files name a zone

    name = text(value)
    if name not in available_timezones():
        raise BadValue(f'takes a time zone such as "Asia/Shanghai", not {value!r}')
    return ZoneInfo(name).key


_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]+")
_NOT_OURS = frozenset(("host", "content-length", "transfer-encoding", "connection"))


def header_value(value: object) -> str:
    """Read what may stand in a header; the error does not repeat it."""
    if not isinstance(value, str) or not _HEADER_VALUE.fullmatch(value):
        raise BadValue("takes a text in one line of Latin letters and signs")
    return value


def headers(value: object) -> tuple[tuple[str, str], ...]:
    """Read a table of header names and values."""
    if not isinstance(value, dict):
        raise BadValue('takes a table such as { X-Api-Key = { env = "KEY" } }')
    for name, one in value.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _NOT_OURS:
            raise BadValue(f"cannot set the header {name!r}")
        header_value(one)
    return tuple(value.items())


def auth(value: object) -> tuple[str, str]:
    """Read user and password of HTTP basic authentication."""
    if not isinstance(value, dict) or sorted(value) != ["password", "user"]:
        raise BadValue('takes { user = "me", password = { env = "PASSWORD" } }')
    return header_value(value["user"]), header_value(value["password"])


def proxy(value: object) -> str:
    """Read the address of an HTTP proxy."""
    try:
        return url(value)
    except BadValue:
        raise BadValue('takes an HTTP proxy such as "http://proxy.example:3128"') from None


def verify(value: object) -> bool | str:
    """Read whether certificates are checked, or the file of CAs to check them by."""
    if not isinstance(value, bool | str) or value == "":
        raise BadValue(f'takes true, false or a file of CAs such as "ca.pem", not {value!r}')
    return value


def date_policy(value: object) -> DatePolicy:
    """Read what becomes of a date that can hardly be true."""
    try:
        return DatePolicy(text(value))
    except ValueError:
        known = " or ".join(f'"{one}"' for one in DatePolicy)
        raise BadValue(f"takes {known}, not {value!r}") from None


_FOR_FULL_TEXT = ("trafilatura", "lxml_html_clean")


def full_text(value: object) -> bool:
    """Read whether pages are read for full text, which needs packages that not everybody has."""
    missing = [name for name in _FOR_FULL_TEXT if find_spec(name) is None]
    if boolean(value) and missing:
        raise BadValue(
            f"needs {' and '.join(missing)}: where aggregator was installed from, run "
            '.venv/bin/pip install ".[fulltext]"'
        )
    return boolean(value)


def listen(value: object) -> str:
    """Read host:port."""
    match = _LISTEN.fullmatch(text(value))
    if match is None or int(match["port"]) > 65535:
        raise BadValue(f'takes host:port such as "127.0.0.1:8642", not {value!r}')
    return match[0]


def content(value: object) -> str:
    """Read what the entries of an output are."""
    if text(value) not in CONTENTS:
        raise BadValue(f'takes "full" or "summary", not {value!r}')
    return text(value)


def archive_keys(value: object) -> tuple[str, ...]:
    """Read which optional keys article files carry; "all" stands for every one."""
    from aggregator.core.frontmatter import OPTIONAL_KEYS  # few state any

    if texts(value) == ("all",):
        return OPTIONAL_KEYS
    for name in texts(value):
        if name not in OPTIONAL_KEYS:
            raise BadValue(f"knows {', '.join(OPTIONAL_KEYS)}, not {name!r}")
    return texts(value)


def archive_style(value: object) -> str:
    """Read which site generator article files are for."""
    from aggregator.core.frontmatter import STYLES  # few state one

    if text(value) not in STYLES:
        known = ", ".join(f'"{one}"' for one in STYLES)
        raise BadValue(f"takes {known}, not {value!r}")
    return text(value)


_FIELD = re.compile(r"\{([^{}]*)\}")
PATH_FIELDS = ("source", "year", "month", "day", "date", "slug", "id")


def path_template(value: object) -> str:
    """Read an archive path template; `{id}` keeps two articles from sharing a file."""
    template = text(value)
    for name in _FIELD.findall(template):
        if name not in PATH_FIELDS:
            raise BadValue(f"knows {{{'}, {'.join(PATH_FIELDS)}}}, not {{{name}}}")
    if "{id}" not in template.rpartition("/")[2]:
        raise BadValue("needs {id} in the file's name, so that no two articles share a file")
    if not template.endswith((".md", ".html")):
        raise BadValue("needs to end in .md or .html")
    if template.startswith("/") or ".." in template.split("/"):
        raise BadValue("must stay inside the archive folder: no leading / and no ..")
    return template
