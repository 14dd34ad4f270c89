"""Which URLs name the same page: canonical forms, by rules that are data.

Schemes, `www.`, fragments, the order of parameters and the ways to write one character (RFC 3986
§6.2.2) never tell pages apart; what else does not is in the rules, for all hosts or for one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import re2

# A URL that nothing has to be mended or looked for in: most are so, and it takes 0.3 µs to tell,
# where to take one apart takes 2.4. No segment of its path begins with a point: it may be one of
# those to follow.
PLAIN_URL = re.compile(
    r"https?://(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}))?"
    r"(?:/(?!\.)[\w.~!$&'()*+,;=:@-]*)+(?:\?[\w.~!$&'()*+,;=:@/?-]+)?",
    re.ASCII,
)
_WWW = re.compile(r"^(?:www\.)+")
_PORTS = {"http": 80, "https": 443}
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_AS_IT_IS = "%/:@!$&'()*+,;=~-._[]|^`\\\"<>{}"
_MOST_ALIASES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """A path under which the same page is found at another: `path` is a pattern (google-re2) of the
    whole path, `to` the other one, which may have a query; `\\1` is the pattern's first group."""

    path: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRule:
    """What is special about the URLs of one host.

    `alias` is the host whose pages it shows; `keep` are the only parameters that tell its pages
    apart, `drop` some that do not; `unwrap` are those that hold the page a link leads on to.
    """

    alias: str = ""
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    unwrap: tuple[str, ...] = ()
    rewrite: tuple[Rewrite, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlRules:
    """All rules. `drop` are names of parameters, in lower case; one that ends in `*` is the
    beginning of names. Hosts are without `www.`; `*.example.org` is every host below that one.
    """

    drop: tuple[str, ...] = ()
    hosts: tuple[tuple[str, HostRule], ...] = ()

    def extended(self, other: "UrlRules") -> "UrlRules":
        """Add rules; those for a host take the place of what is said of it here."""
        return UrlRules(
            drop=tuple(dict.fromkeys((*self.drop, *other.drop))),
            hosts=tuple((dict(self.hosts) | dict(other.hosts)).items()),
        )


class _Names:
    """Names of parameters, told without regard to case."""

    def __init__(self, names: Iterable[str]) -> None:
        stated = [name.lower() for name in names]
        self._whole = frozenset(name for name in stated if not name.endswith("*"))
        self._beginnings = tuple(name[:-1] for name in stated if name.endswith("*"))

    def __contains__(self, name: str) -> bool:
        folded = name.lower()
        return folded in self._whole or folded.startswith(self._beginnings)


class _Page(NamedTuple):
    """A URL taken apart; `place` is the host, with its port where that is not the usual one."""

    place: str
    path: str
    query: tuple[tuple[str, str], ...]


class UrlBook:
    """The rules, compiled."""

    def __init__(self, rules: UrlRules) -> None:
        self._dropped = _Names(rules.drop)
        self._hosts = {name: _CompiledRule(rule) for name, rule in rules.hosts}

    def is_tracking(self, parameter: str) -> bool:
        """Say whether a parameter of this name only tells where a reader came from."""
        return parameter in self._dropped

    def canonical(self, url: str) -> str:
        """Give the form under which a page is known; idempotent with a scheme put back.

        Empty for what is no http(s) URL, and for a bare home page, which identifies no article.
        """
        page = _page(url)
        if page is None:
            return ""
        page = self._settled(page)
        telling = self._telling(page) if page.query else ()
        query = urlencode(sorted(telling), errors="surrogateescape") if telling else ""
        if not page.path and not query:
            return ""
        return f"{page.place}{page.path}{'?' if query else ''}{query}"

    def _settled(self, page: _Page) -> _Page:
        """Go on to the page that a URL really leads to: unwrapped, rewritten, under its alias."""
        start = page
        for _ in range(_MOST_ALIASES):
            rule, star = self._rule(page.place)
            if rule is None:
                return page
            if inner := rule.unwrapped(page.query):
                return self._settled(inner)  # a part of this URL, so this comes to an end
            page = rule.rewritten(page)
            if not rule.alias:
                return page
            page = page._replace(place=rule.alias.replace("*", star))
        return start  # aliases in a circle say nothing

    def _rule(self, place: str) -> "tuple[_CompiledRule | None, str]":
        """Find the rule for a host, with what the star of its name stands for."""
        if (rule := self._hosts.get(place)) is not None:
            return rule, ""
        star, _, rest = place.partition(".")
        while rest:
            if (rule := self._hosts.get(f"*.{rest}")) is not None:
                return rule, star
            label, _, rest = rest.partition(".")
            star = f"{star}.{label}"
        return None, ""

    def _telling(self, page: _Page) -> list[tuple[str, str]]:
        """Keep the parameters that tell which page it is."""
        rule, _ = self._rule(page.place)
        if rule is None:
            return [pair for pair in page.query if pair[0] not in self._dropped]
        if kept := [pair for pair in page.query if pair[0] in rule.keep]:
            return kept
        return [p for p in page.query if p[0] not in self._dropped and p[0] not in rule.drop]


class _CompiledRule:
    """A host's rule, compiled."""

    def __init__(self, rule: HostRule) -> None:
        self.alias = rule.alias
        self.keep = _Names(rule.keep)
        self.drop = _Names(rule.drop)
        self._unwrap = rule.unwrap
        self._rewrites = [(re2.compile(one.path), one.to) for one in rule.rewrite]

    def unwrapped(self, query: tuple[tuple[str, str], ...]) -> _Page | None:
        """Give the page that a parameter holds."""
        for name in self._unwrap:
            for key, value in query:
                if key == name and (page := _page(value)) is not None:
                    return page
        return None

    def rewritten(self, page: _Page) -> _Page:
        """Give the page under its other path, unless that would be rewritten once more."""
        path, query = self._rewrite(page.path)
        if path == page.path or self._rewrite(path)[0] != path:
            return page
        return page._replace(path=path, query=(*query, *page.query))

    def _rewrite(self, path: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        for pattern, to in self._rewrites:
            if match := pattern.fullmatch(path):
                path, _, query = match.expand(to).partition("?")
                return _path(path), _pairs(query)
        return path, ()


def _page(url: str) -> _Page | None:
    try:
        parts = urlsplit(url.strip())
        host, port = _host(parts.hostname or ""), parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not host:
        return None
    place = host if port in (None, _PORTS[parts.scheme]) else f"{host}:{port}"
    return _Page(place, _path(parts.path), _pairs(parts.query))


def _host(name: str) -> str:
    """Write a host in its one form: IDNA (RFC 3490) for names that are not ASCII."""
    host = _WWW.sub("", name.rstrip("."))
    if not host.isascii():
        try:
            host = _WWW.sub("", host.encode("idna").decode())
        except UnicodeError:
            return host
    return f"[{host}]" if ":" in host else host


def _path(path: str) -> str:
    path = path.rstrip("/ ")
    if "%" in path or not path.isascii() or " " in path:
        path = quote(_ESCAPE.sub(_normal_escape, path), safe=_AS_IT_IS, errors="surrogateescape")
    return path


def _normal_escape(match: re.Match[str]) -> str:
    """Write out what needs no escape, and the others in upper case."""
    byte = int(match[1], 16)
    return chr(byte) if byte in _UNRESERVED else match[0].upper()


def _pairs(query: str) -> tuple[tuple[str, str], ...]:
    # Bytes that are not UTF-8 stay apart from each other; they are GBK as a rule.
    return (
        tuple(parse_qsl(query, keep_blank_values=True, errors="surrogateescape")) if query else ()
    )
