"""The rules about URLs: how those of feeds.toml are read, and those that are shipped."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import re2

from aggregator.config.keys import Key
from aggregator.config.reader import Reader
from aggregator.config.values import BadValue, parameters, text, texts
from aggregator.core.urls import HostRule, Rewrite, UrlRules

_HOST = re.compile(r"(?:\*\.)?[^\s/:*?#@\[\]]+(?::\d{1,5})?|\[[0-9a-f:.]+\](?::\d{1,5})?")
_SHIPPED = Path(__file__).with_name("urls.toml")
_GROUP = re.compile(r"\\(\d)")


def url_host(value: object) -> str:
    """Read the name of a host, or `*.` and the end of several; its `www.` does not count."""
    name = text(value).strip().lower().removeprefix("www.")
    if not _HOST.fullmatch(name):
        raise BadValue(f'takes a host such as "example.org" or "*.example.org", not {value!r}')
    return name


def rewrites(value: object) -> tuple[Rewrite, ...]:
    """Read a list of tables with `path` and `to`."""
    if not isinstance(value, list):
        raise BadValue(
            f"takes a list such as [{{ path = '/amp/(.+)', to = '/\\1' }}], not {value!r}"
        )
    return tuple(map(_rewrite, value))


def _rewrite(value: object) -> Rewrite:
    if not isinstance(value, dict) or sorted(value) != ["path", "to"]:
        raise BadValue(f"takes {{ path = '/amp/(.+)', to = '/\\1' }}, not {value!r}")
    path, to = text(value["path"]), text(value["to"])
    try:
        groups = re2.compile(path).groups
    except re2.error as error:
        raise BadValue(f"has a pattern that re2 cannot take: {path!r}: {error}") from None
    if not to.startswith("/"):
        raise BadValue(f"leads to {to!r}, which does not begin with a slash")
    if missing := [int(one) for one in _GROUP.findall(to) if not 0 < int(one) <= groups]:
        raise BadValue(f"uses \\{missing[0]}, but {path!r} has {groups} groups in parentheses")
    return Rewrite(path=path, to=to)


URL_HOST: Mapping[str, Key] = {
    "alias": Key(url_host, "the host whose pages it shows under another name"),
    "keep": Key(texts, "the only parameters that tell its pages apart"),
    "drop": Key(parameters, "parameters that do not tell its pages apart"),
    "unwrap": Key(texts, "parameters that hold the page a link leads on to"),
    "rewrite": Key(rewrites, "paths under which a page is found at another"),
}


def read_url_rules(reader: Reader) -> UrlRules:
    """Read [urls], in addition to what comes along."""
    values = reader.values(("urls",), reader.table("urls"))
    hosts = {}
    for host in reader.table("urls", "hosts"):
        where = ("urls", "hosts", host)
        try:
            name = url_host(host)
        except BadValue as error:
            reader.problem(where, str(error))
            continue
        hosts[name] = HostRule(**reader.values(where, reader.table(*where), URL_HOST))  # type: ignore[arg-type]
    own = UrlRules(drop=values.get("drop", ()), hosts=tuple(hosts.items()))  # type: ignore[arg-type]
    return shipped_url_rules().extended(own)


@cache
def shipped_url_rules() -> UrlRules:
    """Read the rules that come along."""
    tree = tomllib.loads(_SHIPPED.read_text(encoding="utf-8"))
    hosts = {
        host: HostRule(**{name: URL_HOST[name].read(value) for name, value in table.items()})  # type: ignore[arg-type]
        for host, table in tree["hosts"].items()
    }
    return UrlRules(drop=parameters(tree["drop"]), hosts=tuple(hosts.items()))
