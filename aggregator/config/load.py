"""feeds.toml → Config: every problem at once, each with its line and the nearest right name."""

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from aggregator.config.keys import ACCESS, TABLES, BadValue, Key, texts
from aggregator.config.locate import key_lines
from aggregator.config.secrets import opened
from aggregator.core import rules
from aggregator.core.output import Output, Rule
from aggregator.core.pace import ANY_HOST, HostPace
from aggregator.core.source import Access, Source
from aggregator.errors import ConfigError, Problem

_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
_TOML_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")
DEFAULT_LISTEN = "127.0.0.1:8642"
_TERM_CLAUSES = ("any", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The [service] table; paths are absolute."""

    data_dir: Path
    listen: str = DEFAULT_LISTEN
    public_url: str = f"http://{DEFAULT_LISTEN}"
    contact: str = ""
    fetch_threads: int = 32
    workers: int = 0
    prefer: tuple[str, ...] = ()
    archive: bool = True
    archive_path: str = "{source}/{year}/{month}/{date}-{slug}-{id}.md"
    archive_keys: tuple[str, ...] = ()

    @property
    def database(self) -> Path:
        """Where the database is, for people's scripts as well: a fixed name."""
        return self.data_dir / "aggregator.db"

    @property
    def feeds_dir(self) -> Path:
        """Where the generated feeds are written and served from: a fixed name."""
        return self.data_dir / "public" / "feeds"

    @property
    def archive_dir(self) -> Path:
        """Where article files are written: a fixed name."""
        return self.data_dir / "archive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A whole feeds.toml, checked."""

    path: Path
    service: Service
    paces: Mapping[str, HostPace]
    sources: tuple[Source, ...]
    outputs: tuple[Output, ...]

    def source(self, source_id: str) -> Source | None:
        """Find a source by its key."""
        return next((one for one in self.sources if one.id == source_id), None)


def load(path: Path) -> Config:
    """Read and check feeds.toml; raises ConfigError with every problem found."""
    try:
        source = path.read_text(encoding="utf-8-sig")
        tree = tomllib.loads(source)
    except FileNotFoundError:
        raise _unreadable(path, "there is no such file") from None
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise _unreadable(path, f"is not UTF-8 text (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(path), (_syntax_problem(str(error)),)) from error
    return _Loader(path, source, tree).config()


def _unreadable(path: Path, why: str) -> ConfigError:
    problem = Problem(line=0, key="", text=why)
    return ConfigError(str(path), (problem,), "name the right file with --config")


def _syntax_problem(message: str) -> Problem:
    place = _TOML_PLACE.search(message)
    line = int(place[1]) if place else 0
    what = _TOML_PLACE.sub("", message)
    return Problem(line=line, key="", text=f"is not TOML: {what[:1].lower()}{what[1:]}")


@dataclass
class _Loader:
    """Walks the tree once and collects problems; an object is built only where there are none."""

    path: Path
    source: str
    tree: dict[str, object]
    problems: list[Problem] = field(default_factory=list)

    def config(self) -> Config:
        self._check_names(self.tree, TABLES, ())
        defaults = self._values(("defaults",), self._table("defaults"))
        terms = self._term_lists()
        service = self._service()
        paces = dict(self._paces())
        sources = tuple(self._sources(defaults))
        outputs = tuple(self._outputs(terms))
        if self.problems:
            ordered = sorted(self.problems, key=lambda problem: problem.line)
            raise ConfigError(str(self.path), tuple(ordered))
        return Config(
            path=self.path, service=service, paces=paces, sources=sources, outputs=outputs
        )

    @cached_property
    def lines(self) -> Mapping[tuple[str, ...], int]:
        """Know each key's line; only problems need them, and a large file takes a while."""
        return key_lines(self.source)

    def _problem(self, where: tuple[str, ...], text: str) -> None:
        line = next(
            (self.lines[where[:n]] for n in range(len(where), 0, -1) if where[:n] in self.lines), 0
        )
        problem = Problem(line=line, key=".".join(where), text=text)
        if problem not in self.problems:
            self.problems.append(problem)

    def _table(self, *where: str) -> dict[str, object]:
        node: object = self.tree
        for key in where:
            node = node.get(key, {}) if isinstance(node, dict) else {}
        if isinstance(node, dict):
            return node
        self._problem(where, f"is a table: write [{'.'.join(where)}] on a line of its own")
        return {}

    def _is_table(self, where: tuple[str, str]) -> bool:
        return isinstance(self._table(where[0])[where[1]], dict)

    def _check_names(
        self, names: Iterable[str], known: Iterable[str], where: tuple[str, ...]
    ) -> None:
        for name in names:
            if name not in known:
                self._problem((*where, name), f"is not known{nearest(name, known)}")

    def _values(self, where: tuple[str, ...], table: dict[str, object]) -> dict[str, object]:
        """Read the keys of a table; what cannot be read becomes a problem and is left out."""
        known: Mapping[str, Key] = TABLES[where[0]]
        self._check_names(table, known, where)
        values = {}
        for name, value in table.items():
            if name not in known:
                continue
            try:
                values[name] = self._value(known[name], value)
            except BadValue as error:
                self._problem((*where, name), str(error))
        return values

    def _value(self, key: Key, value: object) -> object:
        if not key.is_secret:
            return key.read(value)
        found = opened(value, self.path.parent, os.environ)
        if found is value:
            return key.read(value)
        try:
            return key.read(found)
        except BadValue as error:
            said = str(error).replace(repr(found), "what is kept there")
            raise BadValue(said) from None

    def _service(self) -> Service:
        values = self._values(("service",), self._table("service"))
        data_dir = self.path.parent / str(values.pop("data_dir", "data"))
        self._check_sources(("service", "prefer"), texts(list(values.get("prefer", ()))))  # type: ignore[call-overload]
        listen = values.setdefault("listen", DEFAULT_LISTEN)
        values.setdefault("public_url", f"http://{listen}")
        values["public_url"] = str(values["public_url"]).rstrip("/")
        return Service(data_dir=data_dir.absolute(), **values)  # type: ignore[arg-type]

    def _sources(self, defaults: dict[str, object]) -> Iterable[Source]:
        urls: dict[object, str] = {}
        for source_id in self._table("sources"):
            where = ("sources", source_id)
            self._check_id(where)
            table = self._table(*where)
            values = self._values(where, table)
            url = values.get("url")
            if url is None:
                if "url" not in table and self._is_table(where):
                    self._problem(where, 'has no url; add a line such as url = "https://…"')
                continue
            if url in urls:
                self._problem((*where, "url"), f"is the url of sources.{urls[url]} already")
            urls.setdefault(url, source_id)
            self._check_either(where, values, "interval", "cron")
            self._check_either(where, values, "auth", "token")
            yield self._source(where, {**_without_rivals(defaults, values), **values})

    def _source(self, where: tuple[str, ...], values: dict[str, object]) -> Source:
        access = {name: values.pop(name) for name in ACCESS if name in values}
        if isinstance(file := access.get("verify"), str):
            access["verify"] = str(self.path.parent / file)
            if not (self.path.parent / file).is_file():
                self._problem((*where, "verify"), f"names the file {file}, which is not there")
        values.setdefault("name", where[-1])
        return Source(id=where[-1], access=Access(**access), **values)  # type: ignore[arg-type]

    def _check_either(
        self, where: tuple[str, ...], values: Mapping[str, object], one: str, other: str
    ) -> None:
        if one in values and other in values:
            self._problem((*where, other), f"stands beside `{one}`: only one of them can hold")

    def _paces(self) -> Iterable[tuple[str, HostPace]]:
        for host in self._table("hosts"):
            where = ("hosts", host)
            if host != ANY_HOST and not _HOST.fullmatch(host):
                self._problem(where, 'is no host; write [hosts."example.org"], or "*" for all')
            values = self._values(where, self._table(*where))
            if isinstance(delay := values.get("delay"), timedelta):
                values["delay"] = delay.total_seconds()
            yield host.lower(), HostPace(**values)  # type: ignore[arg-type]

    def _check_id(self, where: tuple[str, ...]) -> None:
        if not _ID.fullmatch(where[-1]):
            self._problem(where, "may hold letters, digits, '.', '_' and '-' only, 64 at most")

    def _term_lists(self) -> dict[str, tuple[str, ...]]:
        lists = {}
        for name, value in self._table("terms").items():
            try:
                lists[name] = texts(value)
            except BadValue as error:
                self._problem(("terms", name), str(error))
                lists[name] = ()
                continue
            self._check_terms(("terms", name), lists[name])
        return lists

    def _outputs(self, lists: Mapping[str, tuple[str, ...]]) -> Iterable[Output]:
        folded: dict[str, str] = {}
        for output_id in self._table("outputs"):
            where = ("outputs", output_id)
            self._check_id(where)
            # Its files must not fall together where file names ignore case.
            if (twin := folded.setdefault(output_id.lower(), output_id)) != output_id:
                self._problem(where, f"differs from outputs.{twin} by case only")
            yield self._output(where, lists)

    def _output(self, where: tuple[str, ...], lists: Mapping[str, tuple[str, ...]]) -> Output:
        values = self._values(where, self._table(*where))
        title = str(values.pop("title", where[-1]))
        description = str(values.pop("description", title))
        shown = {key: values.pop(key) for key in ("max_age", "limit") if key in values}
        for clause in ("sources", "not_sources"):
            names = texts(list(values.get(clause, ())))  # type: ignore[call-overload]
            self._check_sources((*where, clause), names)
            values[clause] = frozenset(names)
        for clause in _TERM_CLAUSES:
            if clause in values:
                values[clause] = self._opened((*where, clause), values[clause], lists)  # type: ignore[arg-type]
        if "all" in values:
            members = values["all"]
            values["all"] = tuple(
                self._opened((*where, "all"), member, lists)
                for member in members  # type: ignore[attr-defined]
            )
        rule = Rule(**values)  # type: ignore[arg-type]
        return Output(
            id=where[-1],
            title=title,
            description=description,
            rule=rule,
            **shown,  # type: ignore[arg-type]
        )

    def _check_sources(self, where: tuple[str, ...], names: Iterable[str]) -> None:
        known = self._table("sources")
        for name in names:
            if name not in known:
                self._problem(
                    where, f"names the source {name!r}, which is not there{nearest(name, known)}"
                )

    def _opened(
        self, where: tuple[str, ...], terms: tuple[str, ...], lists: Mapping[str, tuple[str, ...]]
    ) -> tuple[str, ...]:
        """Replace each `@list` by its terms, and check the terms that are written here."""
        opened: list[str] = []
        for term in terms:
            if not term.startswith("@"):
                self._check_terms(where, (term,))
                opened.append(term)
            elif term[1:] in lists:
                opened.extend(lists[term[1:]])
            else:
                near = nearest(term[1:], lists)
                self._problem(where, f"uses the list {term!r}, which [terms] does not have{near}")
        return tuple(dict.fromkeys(opened))

    def _check_terms(self, where: tuple[str, ...], terms: Iterable[str]) -> None:
        for term in terms:
            if where[0] == "terms" and term.startswith("@"):
                self._problem(where, f"holds {term!r}: a list cannot hold another list")
            elif fault := rules.fault_of(term):
                self._problem(where, f"the term {term!r} {fault}")


_RIVALS = {"interval": "cron", "cron": "interval", "auth": "token", "token": "auth"}


def _without_rivals(defaults: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    """Leave out the defaults that a key of the source's own takes the place of."""
    return {name: value for name, value in defaults.items() if _RIVALS.get(name) not in own}


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known name is meant, as the tail of a sentence; else list what there is."""
    names = list(known)
    close = difflib.get_close_matches(name.lower(), [one.lower() for one in names], n=1, cutoff=0.6)
    if close:
        right = next(one for one in names if one.lower() == close[0])
        return f"; did you mean {right!r}?"
    if names and len(names) <= 12:
        return f"; known: {', '.join(sorted(names))}"
    return ""
