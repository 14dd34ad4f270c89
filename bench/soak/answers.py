"""What the simulated servers say to a visit: feeds, and the ways in which servers misbehave."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from enum import Enum, auto
from itertools import pairwise

from bench.soak.clock import START
from bench.soak.news import PLAIN, Style, document, newest, packed, window

XML = ("Content-Type", "application/rss+xml; charset=utf-8")
Headers = tuple[tuple[str, str], ...]


class Manner(Enum):
    """How an answer is sent: `CLOSE` hangs up after it, `RESET` resets the connection."""

    WHOLE = auto()
    CLOSE = auto()
    RESET = auto()
    HANG = auto()
    DRIP = auto()
    DRIP_HEAD = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request: `turn` counts those before it of the same path, `step` is the path's second half.

    `at` is simulated seconds; `root` and `other` are the URLs of this host and of another.
    """

    number: int
    step: str
    turn: int
    at: float
    headers: Mapping[str, str]
    root: str
    other: str

    def url(self, step: str, root: str = "") -> str:
        """Name another place of the same source."""
        return f"{root or self.root}/{self.number}/{step}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer; `entries` are those that were served well, `problem` what was wrong about the
    request."""

    status: int = 200
    headers: Headers = ()
    body: bytes = field(default=b"", repr=False)
    manner: Manner = Manner.WHOLE
    entries: range = range(0)
    problem: str = ""


Behaviour = Callable[[Visit], Answer]


def feed(
    *headers: tuple[str, str], style: Style = PLAIN, gzipped: bool = False, etag: str = ""
) -> Behaviour:
    """Serve a feed whose ETag changes with its news; a given one never does, nor does the news."""

    def answer(visit: Visit) -> Answer:
        at = 0.0 if etag else visit.at
        tag = etag or f'"{visit.number}-{newest(visit.number, at)}"'
        known = visit.headers.get("if-none-match", "")
        stated = (("ETag", tag), *headers)
        if known == tag.strip():
            return Answer(status=304, headers=stated)
        problem = f"If-None-Match: {known}" if etag and known else ""
        entries = window(visit.number, at)
        body = document(visit.number, entries, style)
        if gzipped:
            body, stated = packed(body), (*stated, ("Content-Encoding", "gzip"))
        return Answer(headers=(XML, *stated), body=body, entries=entries, problem=problem)

    return answer


def dated(visit: Visit) -> Answer:
    """Serve a feed with Last-Modified, which is compared as a text."""
    last = format_datetime(START + timedelta(minutes=newest(visit.number, visit.at)), usegmt=True)
    if visit.headers.get("if-modified-since") == last:
        return Answer(status=304)
    return replace(bare(visit), headers=(XML, ("Last-Modified", last)))


def bare(visit: Visit, *headers: tuple[str, str]) -> Answer:
    """Serve a feed without validators."""
    entries = window(visit.number, visit.at)
    body = document(visit.number, entries)
    return Answer(headers=(XML, *headers), body=body, entries=entries)


def always(status: int, body: bytes = b"", *headers: tuple[str, str]) -> Behaviour:
    """Answer always the same."""
    return lambda _: Answer(status=status, headers=headers, body=body)


def sent(manner: Manner) -> Behaviour:
    """Begin a good document and send it in a bad manner."""

    def answer(visit: Visit) -> Answer:
        body = document(visit.number, window(visit.number, visit.at))
        promised = ("Content-Length", str(len(body) + 500))
        return Answer(headers=(XML, promised), body=body, manner=manner)

    return answer


def silent(manner: Manner) -> Behaviour:
    """Say nothing, in a manner."""
    return lambda _: Answer(manner=manner)


def at_moment(
    status: int, name: str, seconds: int, then: Behaviour | None = None, skew: int = 0
) -> Behaviour:
    """State a moment so many seconds ahead of a clock that is `skew` days wrong, which is told."""

    def answer(visit: Visit) -> Answer:
        said = then(visit) if then else Answer(status=status)
        now = START + timedelta(days=skew, seconds=int(visit.at) + 1)
        moments = (("Date", _http(now)), (name, _http(now + timedelta(seconds=seconds))))
        return replace(said, headers=(*said.headers, *moments))

    return answer


def _http(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def turns(*behaviours: Behaviour) -> Behaviour:
    """Behave in each way in turn."""
    return lambda visit: behaviours[visit.turn % len(behaviours)](visit)


def until(minutes: float, before: Behaviour, after: Behaviour) -> Behaviour:
    """Behave in another way from some time on."""
    return lambda visit: (before if visit.at < minutes * 60 else after)(visit)


def sends_on(*hops: tuple[int, str], elsewhere: bool = False) -> Behaviour:
    """Redirect along steps, then serve a feed; `elsewhere` is on another host."""
    chain = {"": hops[0]} | {step: later for (_, step), later in pairwise(hops)}

    def answer(visit: Visit) -> Answer:
        if visit.step not in chain:
            return feed()(visit)
        status, step = chain[visit.step]
        root = visit.other if elsewhere else visit.root
        return Answer(status=status, headers=(("Location", visit.url(step, root)),))

    return answer


def sends_to(location: str) -> Behaviour:
    """Redirect to a place outside; `{self}` in it is the address that was asked."""
    return lambda visit: Answer(
        status=302, headers=(("Location", location.format(self=f"{visit.root}/{visit.number}")),)
    )


def renumbered(visit: Visit) -> Answer:
    """Give every entry another guid at each visit."""
    entries = window(visit.number, visit.at)
    body = document(visit.number, entries, Style(mark=f"-{visit.turn}"))
    return Answer(headers=(XML,), body=body, entries=entries)


def delta(visit: Visit) -> Answer:
    """Serve what is new alone to who asks so (RFC 3229)."""
    whole = feed()(visit)
    known = visit.headers.get("if-none-match", "").strip('"').rpartition("-")[2]
    if whole.status == 304 or not known or "feed" not in visit.headers.get("a-im", ""):
        return whole
    entries = range(int(known) + 1, whole.entries.stop)
    body = document(visit.number, entries)
    return replace(
        whole, status=226, headers=(*whole.headers, ("IM", "feed")), body=body, entries=entries
    )
