"""The kinds of sources there are: how each behaves, and how it is to be treated."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from bench.soak.answers import (
    XML,
    Answer,
    Behaviour,
    Manner,
    Visit,
    always,
    at_moment,
    bare,
    dated,
    delta,
    feed,
    renumbered,
    sends_on,
    sends_to,
    sent,
    silent,
    turns,
    until,
)
from bench.soak.news import Style, document, packed, window

HANGS = 30.0  # simulated seconds for which a server holds a thread that never answers well
BACK_OFF = (10, 20, 40, 80, 160, 320, 640, 1280, 1440)
FAILING = tuple(max(30, minutes) for minutes in BACK_OFF)
EVERY_HALF_HOUR: tuple[float, ...] = (30,)
ONCE: tuple[float, ...] = ()
IN_A_HURRY = {"timeout": "0.3s"}  # of real time


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of source; `waits` are the least minutes between two visits, the last one repeats.

    A visit comes within a tenth more than its wait; one without any comes never again. `status`
    and `health` are what it comes to in the end, any of several. `hops` are requests in each
    visit. `skips` is an hour of the day. `most` bounds how many there are, where each costs much.
    """

    name: str
    behaviour: Behaviour = field(repr=False)
    waits: tuple[float, ...] = EVERY_HALF_HOUR
    status: str = "ok not_modified"
    health: str = "ok"
    settings: Mapping[str, str] = field(default_factory=dict)
    hops: tuple[int, ...] = (1,)
    skips: int | None = None
    takes: float = 0.4
    most: int = 10**6
    is_listening: bool = True

    def wait(self, visit: int) -> float:
        """Give the least seconds between a visit, counted from 0, and the next."""
        return self.waits[min(visit, len(self.waits) - 1)] * 60 if self.waits else float("inf")

    def requests(self, visit: int) -> int:
        """Give how many requests a visit has."""
        return self.hops[min(visit, len(self.hops) - 1)]


HALF_HOURLY = {"interval": "30m"}
HEALTHY = (
    Kind(name="etag", behaviour=feed()),
    Kind(name="etag gzip", behaviour=feed(gzipped=True)),
    Kind(name="last-modified", behaviour=dated),
    Kind(name="no validators", behaviour=bare),
    Kind(name="usual interval", behaviour=feed(), waits=(60,), settings={"interval": ""}),
    Kind(name="quarter hour", behaviour=feed(), waits=(15,), settings={"interval": "15m"}),
)


def bad(name: str, behaviour: Behaviour, status: str, health: str = "failing") -> Kind:
    """Make a kind that fails for good, its server answering."""
    return Kind(name=name, behaviour=behaviour, status=status, health=health, waits=FAILING)


def away(name: str, behaviour: Behaviour, status: str = "unreachable") -> Kind:
    """Make a kind that does not get through to a server."""
    return Kind(name=name, behaviour=behaviour, status=status, health="failing", waits=BACK_OFF)


def hangs(name: str, behaviour: Behaviour) -> Kind:
    """Make a kind that holds a thread until its time is out."""
    return replace(away(name, behaviour, "timeout"), takes=HANGS, settings=IN_A_HURRY)


def _laughs() -> bytes:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return (
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a0 "ha">{entities}]><rss version="2.0">'
        "<channel><title>x</title><item><title>&a9;</title></item></channel></rss>"
    ).encode()


def _quadratic() -> bytes:
    text = _laughs().replace(b'"ha"', b'"%b"' % (b"ha" * 50_000))
    return text.replace(b"&a9;", b"&a0;" * 5_000)


def _rss(item: str) -> bytes:
    return f'<rss version="2.0"><channel><title>x</title>{item}</channel></rss>'.encode()


# feedparser looks for a mail address in it, in time that grows with the square of its length.
_ENDLESS = _rss(f"<item><title>x</title><author>{'a' * 2_000_000}</author></item>")
_PAGE = b"<!DOCTYPE html><html><body><form action=/login>Please log in</form></body></html>"
_HTML = ("Content-Type", "text/html")
_GZIP = ("Content-Encoding", "gzip")
_BOMB = packed(b"<rss>" + bytes(64 << 20))
_HUGE = bytes(16 << 20)


def _cut_gzip(visit: Visit) -> Answer:
    body = packed(document(visit.number, window(visit.number, visit.at)))
    return Answer(headers=(XML, _GZIP), body=body[:-6])


def _emptied(visit: Visit) -> Answer:
    return Answer(headers=(XML,), body=document(visit.number, ()))


FIXED = '"fixed"'
MISBEHAVING = (
    bad("403", always(403), "blocked", "blocked"),
    bad("404", always(404), "http_error"),
    Kind(name="410", behaviour=always(410), waits=ONCE, status="gone", health="gone"),
    replace(
        bad("429 an hour", always(429, b"", ("Retry-After", "3600")), "blocked", "blocked"),
        waits=(60, 60, 60, 80, *BACK_OFF[4:]),
    ),
    replace(
        bad("429 until then", at_moment(429, "Retry-After", 2700), "blocked", "blocked"),
        waits=(45, 45, 45, 80, *BACK_OFF[4:]),
    ),
    bad("429 soon", always(429, b"", ("Retry-After", "soon")), "blocked", "blocked"),
    bad("429", always(429), "blocked", "blocked"),
    bad("500", always(500), "http_error"),
    replace(
        bad("503 an hour", always(503, b"", ("Retry-After", "3600")), "http_error"),
        waits=(60, 60, 60, 80, *BACK_OFF[4:]),
    ),
    bad("503", always(503), "http_error"),
    Kind(name="404 for a while", behaviour=until(45, always(404), feed())),
    Kind(name="500 now and then", behaviour=turns(feed(), always(500)),
         status="ok not_modified http_error"),
    # Failures of the connection
    replace(away("refused", always(500)), is_listening=False),
    Kind(name="slow", behaviour=feed(), health="slow", takes=12.0),
    away("reset", silent(Manner.RESET)),
    away("reset within", sent(Manner.RESET)),
    away("short", sent(Manner.CLOSE)),
    hangs("never", silent(Manner.HANG)),
    hangs("drips", sent(Manner.DRIP)),
    hangs("drips its head", silent(Manner.DRIP_HEAD)),
    # Bodies
    bad("cut gzip", _cut_gzip, "broken"),
    bad("bomb", always(200, _BOMB, _GZIP), "too_large"),
    replace(bad("huge", always(200, _HUGE), "too_large"), most=4),
    bad("brotli", always(200, b"\x0b\x02\x80", ("Content-Encoding", "br")), "broken"),
    bad("page", always(200, _PAGE, _HTML), "not_a_feed", "not_a_feed"),
    bad("page as xml", always(200, _PAGE, XML), "not_a_feed", "not_a_feed"),
    bad("nothing", always(200), "not_a_feed", "not_a_feed"),
    bad("garbage", always(200, b"\x00\xff<rss" * 1000), "broken"),
    bad("laughs", always(200, _laughs(), XML), "broken"),
    bad("quadratic", always(200, _quadratic(), XML), "broken"),
    replace(bad("endless", always(200, _ENDLESS, XML), "broken"), most=1),
    Kind(name="comments", behaviour=always(200, _rss("<!--" * 50_000)), health="ok empty"),
    Kind(name="empty", behaviour=_emptied, health="empty"),
    Kind(name="empties", behaviour=turns(bare, _emptied)),
    Kind(name="called html", behaviour=lambda visit: replace(bare(visit), headers=(_HTML,))),
    Kind(name="utf-16", behaviour=feed(style=Style(encoding="utf-16"))),
    Kind(name="gb18030 as gb2312", behaviour=feed(
        style=Style(encoding="gb18030", stated="gb2312"))),
    Kind(name="utf-8 as latin", behaviour=feed(style=Style(stated="iso-8859-1"))),
    Kind(name="renumbers", behaviour=renumbered),
    # Redirects
    Kind(name="moved", behaviour=sends_on((301, "b")), health="moved", hops=(2, 1)),
    Kind(name="moved away", behaviour=sends_on((308, "b"), elsewhere=True), health="moved",
         hops=(2, 1)),
    Kind(name="sent on", behaviour=sends_on((302, "b")), hops=(2,)),
    Kind(name="sent away", behaviour=sends_on((307, "b"), elsewhere=True), hops=(2,)),
    Kind(name="moved and sent on", behaviour=sends_on((301, "b"), (303, "c")), hops=(3, 2),
         health="moved"),
    replace(bad("circle", sends_to("{self}"), "http_error"), hops=(6,)),
    bad("to a file", sends_to("file:///etc/passwd"), "http_error"),
    away("to nobody", sends_to("http://127.0.0.2:9/")),
    # Wishes
    Kind(name="max-age", behaviour=feed(("Cache-Control", "max-age=2700")), waits=(45,)),
    Kind(name="ten years", behaviour=feed(("Cache-Control", "max-age=315360000")), waits=(1440,)),
    Kind(name="no-cache", behaviour=feed(("Cache-Control", "no-cache, max-age=9999"))),
    Kind(name="expires", behaviour=at_moment(200, "Expires", 2700, feed(), skew=-400), waits=(45,)),
    Kind(name="304 asks", behaviour=until(1, feed(etag=FIXED), feed(
        ("Cache-Control", "max-age=2700"), etag=FIXED)), waits=(30, 45)),
    Kind(name="ttl", behaviour=feed(style=Style(head="<ttl>45</ttl>")), waits=(45,)),
    Kind(name="skips an hour", skips=13, behaviour=feed(
        style=Style(head="<skipHours><hour>13</hour></skipHours>"))),
    Kind(name="hourly", waits=(60,), behaviour=feed(
        style=Style(head="<sy:updatePeriod>hourly</sy:updatePeriod>"))),
    Kind(name="bare and unset", behaviour=bare, waits=(1440,), settings={"interval": ""}),
    Kind(name="cron", behaviour=feed(), waits=(28,),
         settings={"cron": "*/30 * * * *", "interval": ""}),
    # Validators and cookies
    Kind(name="weak etag", behaviour=feed(etag='W/"a b" ')),
    Kind(name="strange etag", behaviour=feed(etag='"\xc3\xa9\xff"')),
    Kind(name="forgets validators", behaviour=turns(feed(), bare)),
    Kind(name="cookies", behaviour=feed(("Set-Cookie", "id=1; Path=/"))),
    Kind(name="deltas", behaviour=delta),
)  # fmt: skip
BY_NAME = {kind.name: kind for kind in (*HEALTHY, *MISBEHAVING)}


def kinds_of(count: int) -> tuple[Kind, ...]:
    """Say of which kind each of so many sources is: every third misbehaves."""
    healthy, misbehaving = _round_robin(HEALTHY), _round_robin(MISBEHAVING)
    return tuple(next(misbehaving if n % 3 == 0 else healthy) for n in range(count))


def _round_robin(kinds: tuple[Kind, ...]) -> Iterator[Kind]:
    turn = 0
    while True:
        yield from (kind for kind in kinds if turn < kind.most)
        turn += 1
