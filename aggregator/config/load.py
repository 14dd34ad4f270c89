"""feeds.toml → Config: every problem at once, each with its line and the nearest right name."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from aggregator.config.keys import ACCESS, TABLES
from aggregator.config.outputs import read_outputs
from aggregator.config.reader import Reader
from aggregator.config.syntax import problem_in
from aggregator.config.urls import read_url_rules
from aggregator.config.values import texts
from aggregator.config.warnings import note_warnings
from aggregator.core.output import Output
from aggregator.core.pace import ANY_HOST, HostPace
from aggregator.core.rotation import Rotation
from aggregator.core.source import Access, Source
from aggregator.core.urls import UrlRules
from aggregator.errors import ConfigError, Problem

_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
DEFAULT_LISTEN = "127.0.0.1:8642"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The [service] table; paths are absolute."""

    data_dir: Path
    listen: str = DEFAULT_LISTEN
    public_url: str = f"http://{DEFAULT_LISTEN}"
    contact: str = ""
    log: str = "text"
    fetch_threads: int = 32
    workers: int = 0
    prefer: tuple[str, ...] = ()
    max_size: int | None = None
    hubs: tuple[str, ...] = ()
    allow_private: bool = False
    archive: bool = True
    archive_path: str = "{source}/{year}/{month}/{date}-{slug}-{id}.md"
    archive_keys: tuple[str, ...] = ()
    archive_style: str = "hexo"

    @property
    def database(self) -> Path:
        """Where the database is, for people's scripts as well: a fixed name."""
        return self.data_dir / "aggregator.db"

    @property
    def feeds_dir(self) -> Path:
        """Where the generated feeds are written and served from: a fixed name."""
        return self.data_dir / "public" / "feeds"

    @property
    def versions_dir(self) -> Path:
        """Where it is kept what older versions of the feeds held: a fixed name."""
        return self.data_dir / "versions"

    @property
    def private_dir(self) -> Path:
        """Where private outputs, their tokens and our keys are, for nobody else: a fixed name."""
        return self.data_dir / "private"

    @property
    def archive_dir(self) -> Path:
        """Where article files are written: a fixed name."""
        return self.data_dir / "archive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backups:
    """The [backup] table; the path is absolute."""

    folder: Path
    rotation: Rotation = field(default_factory=Rotation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """The [web] table: what the pages may do beyond showing."""

    edit: bool = False
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A whole feeds.toml, checked."""

    path: Path
    service: Service
    backups: Backups
    paces: Mapping[str, HostPace]
    sources: tuple[Source, ...]
    outputs: tuple[Output, ...]
    url_rules: UrlRules
    web: Web = Web()

    @property
    def hubs(self) -> frozenset[str]:
        """All hubs that are told of something."""
        return frozenset(
            hub for output in self.outputs for hub in output.told_to(self.service.hubs)
        ).union(self.service.hubs)

    def source(self, source_id: str) -> Source | None:
        """Find a source by its key."""
        return next((one for one in self.sources if one.id == source_id), None)


def load(path: Path) -> Config:
    """Read and check feeds.toml; raises ConfigError with every problem found."""
    return _config(_reader(path))


def load_text(path: Path, text: str) -> Config:
    """Check a text as if it stood in the file, which stays as it is."""
    return _config(_reader_of(path, text))


def look_through(path: Path) -> tuple[Config, tuple[Problem, ...]]:
    """Load feeds.toml, and give the warnings as well, in file order; they take a while."""
    reader = _reader(path)
    config = _config(reader)
    note_warnings(reader, config.outputs)
    return config, _ordered(reader.warnings)


def _reader(path: Path) -> Reader:
    try:
        return _reader_of(path, path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise _unreadable(path, "there is no such file") from None
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problem = Problem(line=line, key="", text="is not UTF-8 text")
        raise ConfigError(str(path), (problem,), "save it as UTF-8") from error


def _reader_of(path: Path, text: str) -> Reader:
    text = text.removeprefix("\ufeff")
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(path), (problem_in(text, str(error)),)) from error
    return Reader(path, text, tree)


def _unreadable(path: Path, why: str) -> ConfigError:
    problem = Problem(line=0, key="", text=why)
    hint = "name the right file with --config; into a new, empty one `aggregator add URL` writes"
    return ConfigError(str(path), (problem,), hint)


def _config(reader: Reader) -> Config:
    """Walk the tree once; what is built of a tree with problems is thrown away."""
    reader.check_names(reader.tree, TABLES, ())
    service = _service(reader)
    config = Config(
        path=reader.path,
        service=service,
        backups=_backups(reader, service.data_dir),
        paces=dict(_paces(reader)),
        sources=tuple(_sources(reader)),
        outputs=read_outputs(reader),
        url_rules=read_url_rules(reader),
        web=Web(**reader.values(("web",), reader.table("web"))),  # type: ignore[arg-type]
    )
    if reader.problems:
        raise ConfigError(str(reader.path), _ordered(reader.problems))
    return config


def _ordered(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.line))


def _service(reader: Reader) -> Service:
    values = reader.values(("service",), reader.table("service"))
    data_dir = reader.path.parent / str(values.pop("data_dir", "data"))
    reader.check_sources(("service", "prefer"), texts(list(values.get("prefer", ()))))  # type: ignore[call-overload]
    listen = values.setdefault("listen", DEFAULT_LISTEN)
    values.setdefault("public_url", f"http://{listen}")
    values["public_url"] = str(values["public_url"]).rstrip("/")
    return Service(data_dir=data_dir.absolute(), **values)  # type: ignore[arg-type]


def _backups(reader: Reader, data_dir: Path) -> Backups:
    values = reader.values(("backup",), reader.table("backup"))
    folder = data_dir / str(values.pop("folder", "backups"))
    return Backups(folder=folder, rotation=Rotation(**values))  # type: ignore[arg-type]


def _sources(reader: Reader) -> Iterable[Source]:
    defaults = reader.values(("defaults",), reader.table("defaults"))
    urls: dict[object, str] = {}
    for source_id in reader.table("sources"):
        where = ("sources", source_id)
        reader.check_id(where)
        table = reader.table(*where)
        values = reader.values(where, table)
        url = values.get("url")
        if url is None:
            if "url" not in table and reader.is_table(where):
                reader.problem(where, 'has no url; add a line such as url = "https://…"')
            continue
        if url in urls:
            reader.problem((*where, "url"), f"is the url of sources.{urls[url]} already")
        urls.setdefault(url, source_id)
        _check_either(reader, where, values, "interval", "cron")
        _check_either(reader, where, values, "auth", "token")
        yield _source(reader, where, {**_without_rivals(defaults, values), **values})


def _source(reader: Reader, where: tuple[str, ...], values: dict[str, object]) -> Source:
    access = {name: values.pop(name) for name in ACCESS if name in values}
    if isinstance(file := access.get("verify"), str):
        access["verify"] = str(reader.path.parent / file)
        if not (reader.path.parent / file).is_file():
            reader.problem((*where, "verify"), f"names the file {file}, which is not there")
    values.setdefault("name", where[-1])
    return Source(id=where[-1], access=Access(**access), **values)  # type: ignore[arg-type]


def _check_either(
    reader: Reader, where: tuple[str, ...], values: Mapping[str, object], one: str, other: str
) -> None:
    if one in values and other in values:
        reader.problem((*where, other), f"stands beside `{one}`: only one of them can hold")


def _paces(reader: Reader) -> Iterable[tuple[str, HostPace]]:
    for host in reader.table("hosts"):
        where = ("hosts", host)
        if host != ANY_HOST and not _HOST.fullmatch(host):
            reader.problem(where, 'is no host; write [hosts."example.org"], or "*" for all')
        values = reader.values(where, reader.table(*where))
        if isinstance(delay := values.get("delay"), timedelta):
            values["delay"] = delay.total_seconds()
        yield host.lower(), HostPace(**values)  # type: ignore[arg-type]


_RIVALS = {"interval": "cron", "cron": "interval", "auth": "token", "token": "auth"}


def _without_rivals(defaults: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    """Leave out the defaults that a key of the source's own takes the place of."""
    return {name: value for name, value in defaults.items() if _RIVALS.get(name) not in own}
