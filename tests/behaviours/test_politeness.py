"""What publishers may expect of us, row by row: `p14` is the 14th thing naive clients do wrong.

Each test meets a server that speaks exactly that stimulus.
"""

import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from aggregator.core.pace import HostPace
from aggregator.core.source import SourceState
from tests.feeds import an_item, an_rss
from tests.running import free_port
from tests.servers import FeedServer, Request, Response
from tests.visits import AGENT, Visits

FEED = an_rss(an_item("One"), an_item("Two"))
OTHER = an_rss(an_item("Three"))
PAGE = b"<!DOCTYPE html><html><body>Please log in</body></html>"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def paper(visits: Visits, server: FeedServer) -> str:
    """Configure one source, `paper`, at /feed."""
    visits.add("paper", server.url("/feed"))
    return "paper"


def header(server: FeedServer, name: str, request: int = -1) -> str | None:
    """Give a header of a request that the server got, the last one by default."""
    return server.requests[request].headers.get(name)


def tell(server: FeedServer, status: int = 200, **headers: str) -> None:
    """Answer /feed with a status and headers; `_` in a name stands for `-`."""
    stated = {name.replace("_", "-"): value for name, value in headers.items()}
    server.answer("/feed", status, stated, FEED if status == 200 else b"")


# Validators


def test_p01_a_new_source_gets_exactly_one_unconditional_get(
    visits: Visits, server: FeedServer, paper: str
) -> None:
    server.serve("/feed", FEED, etag='"a"', last_modified="then")

    visits.go(paper)

    [request] = server.requests
    assert request.method == "GET"
    assert not {"if-none-match", "if-modified-since"} & set(request.headers)
    assert visits.due() == []


def test_p02_an_etag_comes_back_byte_for_byte(
    visits: Visits, server: FeedServer, paper: str
) -> None:
    server.serve("/feed", FEED, etag='"a"')

    visits.go(paper, 2)

    assert header(server, "if-none-match") == '"a"'


def test_p03_a_weak_etag_stays_weak_and_loses_the_space_around_it(
    visits: Visits, server: FeedServer, paper: str
) -> None:
    tell(server, ETag='W/"a b" ')

    visits.go(paper, 2)

    assert header(server, "if-none-match") == 'W/"a b"'


def test_p04_an_etag_of_strange_bytes_comes_back_as_these_bytes(
    visits: Visits, server: FeedServer, paper: str
) -> None:
    tell(server, ETag='"\xc3\xa9\xff"')

    visits.go(paper, 2)

    assert (header(server, "if-none-match") or "").encode("latin-1") == b'"\xc3\xa9\xff"'


def test_p05_two_etags_do_no_harm(visits: Visits, server: FeedServer, paper: str) -> None:
    server.handle(
        "/feed", lambda _: Response(headers=[("ETag", '"a"'), ("ETag", '"b"')], body=FEED)
    )

    state = visits.go(paper, 2)

    assert header(server, "if-none-match") == '"a", "b"'  # the list that the header takes
    assert state.status == "not_modified"


@pytest.mark.parametrize("stated", ["Thu, 31 Mar 2022 00:36:20 GMT", "yesterday", "0"])
def test_p06_a_last_modified_comes_back_word_for_word(
    stated: str, visits: Visits, server: FeedServer, paper: str
) -> None:
    tell(server, Last_Modified=stated)

    visits.go(paper, 2)

    assert header(server, "if-modified-since") == stated


def test_p07_both_validators_are_sent(visits: Visits, server: FeedServer, paper: str) -> None:
    server.serve("/feed", FEED, etag='"a"', last_modified="then")

    visits.go(paper, 2)

    assert (header(server, "if-none-match"), header(server, "if-modified-since")) == ('"a"', "then")


def test_p08_new_validators_of_a_304_are_stored(
    visits: Visits, server: FeedServer, paper: str
) -> None:
    server.serve("/feed", FEED, etag='"a"')
    visits.go(paper)
    server.answer("/feed", 304, {"ETag": '"b"', "Last-Modified": "now"})

    visits.go(paper, 2)

    assert (header(server, "if-none-match"), header(server, "if-modified-since")) == ('"b"', "now")


def test_p09_the_same_body_under_new_validators_is_not_read_again(
    visits: Visits, server: FeedServer, paper: str
) -> None:
    server.serve("/feed", FEED, etag='"a"')
    visits.go(paper)
    server.serve("/feed", FEED, etag='"b"')

    state = visits.go(paper)

    assert (state.status, state.validators.etag) == ("not_modified", '"b"')
    assert visits.reports[-1].recorded.new == 0


def test_p10_validators_that_a_response_no_longer_has_are_dropped(
    visits: Visits, server: FeedServer, paper: str
) -> None:
    server.serve("/feed", FEED, etag='"a"', last_modified="then")
    visits.go(paper)
    server.serve("/feed", OTHER)

    visits.go(paper, 2)

    assert not {"if-none-match", "if-modified-since"} & set(server.requests[-1].headers)


def test_p11_validators_of_what_is_no_feed_are_not_saved(
    visits: Visits, server: FeedServer, paper: str
) -> None:
    server.serve("/feed", FEED, etag='"good"')
    visits.go(paper)
    server.serve("/feed", PAGE, etag='"page"')

    state = visits.go(paper, 2)

    assert (state.status, header(server, "if-none-match")) == ("not_a_feed", '"good"')


def test_p12_a_restart_forgets_neither_validators_nor_the_next_poll(
    visits: Visits, server: FeedServer, paper: str
) -> None:
    server.serve("/feed", FEED, etag='"a"')
    before = visits.go(paper)

    visits.restart()

    assert visits.state(paper) == before
    assert visits.due() == []
    visits.clock.forward(hours=2)
    assert visits.due() == [paper]
    visits.go(paper)
    assert header(server, "if-none-match") == '"a"'


# How long to wait


@pytest.mark.parametrize(
    ("etag", "interval", "wait"),
    [('"a"', None, HOUR), ("", None, DAY), ("", 5 * MINUTE, 5 * MINUTE), ('"a"', DAY, DAY)],
)
def test_p13_without_hints_it_is_an_hour_or_a_day_unless_the_user_says(
    etag: str, interval: timedelta | None, wait: timedelta, visits: Visits, server: FeedServer
) -> None:
    visits.add("paper", server.url("/feed"), interval=interval)
    server.serve("/feed", FEED, etag=etag)

    visits.go("paper")

    assert wait <= visits.wait("paper") <= wait * 1.1


def asked_to_wait(visits: Visits, server: FeedServer, status: int = 200, **headers: str) -> float:
    """Tell after how many hours a source is polled again whose server sent such headers."""
    tell(server, status, ETag='"a"', **headers)
    visits.go("paper")
    return visits.wait("paper") / HOUR


@pytest.mark.usefixtures("paper")
def test_p14_max_age_is_waited_for(visits: Visits, server: FeedServer) -> None:
    assert 12 <= asked_to_wait(visits, server, Cache_Control="public, max-age=43200") < 13.3


@pytest.mark.usefixtures("paper")
def test_p15_max_age_wins_over_expires(visits: Visits, server: FeedServer) -> None:
    later = format_datetime(visits.clock.now + 20 * HOUR, usegmt=True)

    assert 2 <= asked_to_wait(visits, server, Cache_Control="max-age=7200", Expires=later) < 2.3


@pytest.mark.parametrize(
    "stated", ["no-cache", "no-store", "max-age=0", "max-age=-1", "max-age=soon", "?", "max-age"]
)
def test_p16_no_cache_and_nonsense_mean_the_usual_interval_and_still_a_condition(
    stated: str, visits: Visits, server: FeedServer, paper: str
) -> None:
    assert 1 <= asked_to_wait(visits, server, Cache_Control=stated) < 1.2

    visits.go(paper)
    assert header(server, "if-none-match") == '"a"'


@pytest.mark.usefixtures("paper")
def test_p17_expires_counts_from_the_servers_own_date(visits: Visits, server: FeedServer) -> None:
    wrong = visits.clock.now - 400 * DAY
    date, expires = (format_datetime(one, usegmt=True) for one in (wrong, wrong + 6 * HOUR))

    assert 6 <= asked_to_wait(visits, server, Date=date, Expires=expires) < 6.7


@pytest.mark.parametrize(("bound", "hours"), [(DAY, 24), (7 * DAY, 168)])
def test_p18_a_max_age_of_ten_years_is_capped(
    bound: timedelta, hours: int, visits: Visits, server: FeedServer
) -> None:
    visits.add("paper", server.url("/feed"), max_interval=bound)

    wait = asked_to_wait(visits, server, Cache_Control="max-age=315360000")

    assert hours <= wait <= hours * 1.1


def test_p19_a_304_with_max_age_sets_the_next_poll_as_well(
    visits: Visits, server: FeedServer, paper: str
) -> None:
    tell(server, ETag='"a"')
    visits.go(paper)

    wait = asked_to_wait(visits, server, 304, Cache_Control="max-age=36000")

    assert 10 <= wait < 11.1


def test_p20_retry_after_of_a_429_is_waited_for_also_after_a_restart(
    visits: Visits, server: FeedServer, paper: str
) -> None:
    assert 1 <= asked_to_wait(visits, server, 429, Retry_After="3600") < 1.2

    visits.restart()
    visits.clock.forward(minutes=59)
    assert visits.due() == []
    visits.clock.forward(minutes=10)
    assert visits.due() == [paper]


@pytest.mark.usefixtures("paper")
def test_p21_retry_after_may_be_a_date(visits: Visits, server: FeedServer) -> None:
    later = format_datetime(visits.clock.now + 5 * HOUR, usegmt=True)

    assert 5 <= asked_to_wait(visits, server, 429, Retry_After=later) < 5.6


@pytest.mark.parametrize("stated", ["", "-5", "soon", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_p22_a_429_without_a_useful_retry_after_means_ten_minutes_at_least(
    stated: str, visits: Visits, server: FeedServer
) -> None:
    visits.add("paper", server.url("/feed"), interval=MINUTE)

    assert 1 / 6 <= asked_to_wait(visits, server, 429, Retry_After=stated) < 0.2


@pytest.mark.usefixtures("paper")
def test_p23_a_503_with_retry_after_is_like_a_429(visits: Visits, server: FeedServer) -> None:
    assert 3 <= asked_to_wait(visits, server, 503, Retry_After="10800") < 3.4


def test_p24_a_429_slows_its_host_down_and_freezes_none_of_its_other_feeds(
    visits: Visits, server: FeedServer
) -> None:
    arrived: list[float] = []

    def answer(request: Request) -> Response:
        arrived.append(time.monotonic())
        return Response(status=429) if len(arrived) == 2 else Response(body=FEED)

    for number in range(4):
        visits.add(f"s{number}", server.url(f"/{number}"))
        server.handle(f"/{number}", answer)

    reports = visits.go_all({"*": HostPace(delay=0.01)})

    assert sorted(one.outcome.status for one in reports) == ["blocked", "ok", "ok", "ok"]
    before, after, _ = (later - earlier for earlier, later in pairwise(arrived))
    assert before < 1.0 < 2.0 <= after  # a second at least, doubled


# Failures


def failing_waits(visits: Visits, name: str, times: int) -> list[timedelta]:
    """Poll a source that fails, each time when it is due, and tell each wait."""
    waits = []
    for _ in range(times):
        visits.go(name)
        waits.append(visits.wait(name))
        visits.clock.now += waits[-1]
    return waits


@pytest.mark.parametrize("fault", ["500", "timeout", "refused"])
def test_p25_after_a_failure_the_wait_grows_and_nothing_is_tried_at_once(
    fault: str, visits: Visits, server: FeedServer
) -> None:
    url = f"http://127.0.0.1:{free_port()}/" if fault == "refused" else server.url("/feed")
    visits.add("paper", url, interval=MINUTE, timeout=timedelta(seconds=0.3))
    if fault == "timeout":
        server.never("/feed")
    else:
        tell(server, 500)

    waits = failing_waits(visits, "paper", 5)

    assert all(later > earlier * 1.5 for earlier, later in pairwise(waits))
    assert waits[0] >= 10 * MINUTE
    assert len({wait % MINUTE for wait in waits}) > 1  # jittered
    assert len(server.requests) == (0 if fault == "refused" else 5)


@pytest.mark.parametrize("status", [403, 404])
def test_p26_a_403_or_404_is_asked_less_often_and_for_ever(
    status: int, visits: Visits, server: FeedServer, paper: str
) -> None:
    tell(server, status)

    waits = failing_waits(visits, paper, 20)

    assert len(server.requests) == 20
    assert DAY <= waits[-1] <= 1.1 * DAY
    assert visits.due() == [paper]


def test_p27_a_410_ends_it_for_good_and_is_told(
    visits: Visits, server: FeedServer, paper: str
) -> None:
    tell(server, 410)

    state = visits.go(paper)

    visits.restart()
    visits.clock.forward(days=400)
    assert visits.due() == []
    assert (state.status, state.health) == ("gone", "gone")
    [event] = visits.health_events()
    assert (event.source, event.health, event.what) == (
        paper,
        "gone",
        "the server answered 410 Gone",
    )


# Redirects


def paths(server: FeedServer) -> list[str]:
    return [request.path for request in server.requests]


@pytest.mark.parametrize("status", [301, 308])
def test_p28_a_permanent_redirect_is_remembered_once_the_target_parsed(
    status: int, visits: Visits, server: FeedServer, paper: str
) -> None:
    server.redirect("/feed", "/new", status)
    server.serve("/new", PAGE)
    visits.go(paper)
    server.serve("/new", FEED, etag='"n"')
    remembered = visits.go(paper)

    visits.go(paper)

    assert paths(server) == ["/feed", "/new", "/feed", "/new", "/new"]
    assert (remembered.moved_to, remembered.health) == (server.url("/new"), "moved")


@pytest.mark.parametrize("status", [302, 303, 307])
def test_p29_a_temporary_redirect_is_never_remembered(
    status: int, visits: Visits, server: FeedServer, paper: str
) -> None:
    server.redirect("/feed", "/new", status)
    server.serve("/new", FEED)

    visits.go(paper, 2)

    assert paths(server) == ["/feed", "/new"] * 2


def test_p30_of_a_chain_only_the_permanent_beginning_is_remembered(
    visits: Visits, server: FeedServer, paper: str
) -> None:
    server.redirect("/feed", "/b", 301)
    server.redirect("/b", "/c", 302)
    server.redirect("/c", "/d", 301)
    server.serve("/d", FEED)

    visits.go(paper, 2)

    assert paths(server) == ["/feed", "/b", "/c", "/d", "/b", "/c", "/d"]


@pytest.mark.parametrize(
    ("hops", "end", "status"), [(5, "/5", "ok"), (6, "/6", "http_error"), (2, "/0", "http_error")]
)
def test_p31_more_than_five_redirects_or_a_circle_end_and_have_a_name(
    hops: int, end: str, status: str, visits: Visits, server: FeedServer
) -> None:
    visits.add("paper", server.url("/0"))
    for hop in range(hops):
        server.redirect(f"/{hop}", end if hop == hops - 1 else f"/{hop + 1}")
    if end != "/0":
        server.serve(end, FEED)

    state = visits.go("paper")

    error = "" if status == "ok" else "more than 5 redirects"
    assert (state.status, state.error) == (status, error)
    assert len(server.requests) == 6


# What the feed itself asks for


EVERY_HOUR = "".join(f"<hour>{n}</hour>" for n in range(24))


def read(visits: Visits, server: FeedServer, extra: str, **settings: object) -> SourceState:
    """Read a feed whose head says something, of a source that may be polled each half hour."""
    visits.add("paper", server.url("/feed"), **({"interval": HOUR / 2} | settings))
    namespace = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    document = an_rss(an_item("One"), extra=extra).replace(b"<rss ", f"<rss {namespace} ".encode())
    server.serve("/feed", document, etag='"a"')
    return visits.go("paper")


def test_p32_ttl_is_the_least_interval(visits: Visits, server: FeedServer) -> None:
    read(visits, server, "<ttl>60</ttl>")
    first = visits.wait("paper")
    visits.go("paper")  # a 304 says nothing of it, and it still holds

    assert HOUR <= first < 1.2 * HOUR
    assert HOUR <= visits.wait("paper") < 1.2 * HOUR


@pytest.mark.parametrize(
    ("extra", "earliest", "latest"),
    [
        ("<skipHours><hour>12</hour><hour>13</hour><hour>14</hour></skipHours>", 15, 16),
        ("<skipHours><hour>3</hour></skipHours>", 12.5, 12.6),
        ("<skipDays><day>Monday</day><day> tuesday </day></skipDays>", 48, 49),
        (
            "<skipHours><hour>12</hour><hour>0</hour></skipHours><skipDays><day>Monday</day></skipDays>",
            25,
            26,
        ),
        (f"<skipHours>{EVERY_HOUR}</skipHours>", 12.5, 12.6),
        ("<skipHours><hour>noon</hour><hour/></skipHours>", 12.5, 12.6),
    ],
)  # fmt: skip
def test_p33_hours_and_days_to_skip_are_skipped_in_gmt(
    extra: str, earliest: float, latest: float, visits: Visits, server: FeedServer
) -> None:
    midnight = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday; the clock says noon

    state = read(visits, server, extra)

    assert state.next_poll_at is not None
    assert earliest <= (state.next_poll_at - midnight) / HOUR <= latest


@pytest.mark.parametrize(
    ("extra", "hours"),
    [
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 12),
        ("<sy:updatePeriod> Daily </sy:updatePeriod>", 24),
        ("<sy:updateFrequency>4</sy:updateFrequency>", 6),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>", 1),
        ("<sy:updatePeriod>weekly</sy:updatePeriod>", 24),  # capped
        ("<sy:updatePeriod>often</sy:updatePeriod>", 0.5),
    ],
)
def test_p34_the_syndication_module_is_the_least_interval(
    extra: str, hours: float, visits: Visits, server: FeedServer
) -> None:
    read(visits, server, extra)

    assert hours <= visits.wait("paper") / HOUR <= hours * 1.1


def test_p35_deltas_are_asked_for_and_what_they_leave_out_is_not_deleted(
    visits: Visits, server: FeedServer, paper: str
) -> None:
    server.serve("/feed", FEED, etag='"a"')
    visits.go(paper)
    server.answer("/feed", 226, {"ETag": '"b"', "IM": "feed"}, OTHER)
    visits.go(paper)
    asked = header(server, "a-im")
    server.serve("/feed", an_rss(an_item("Three"), an_item("One"), an_item("Two")), etag='"c"')

    visits.go(paper)

    assert asked == "feed"
    assert sorted(visits.titles()) == ["One", "Three", "Two"]
    assert visits.reports[-1].recorded.new == visits.reports[-1].recorded.changed == 0
    assert header(server, "if-none-match") == '"b"'


# Requests


def test_p36_only_encodings_that_can_be_read_are_accepted(
    visits: Visits, server: FeedServer, paper: str
) -> None:
    read_titles = {}
    for encoding in ("gzip", "deflate", "br"):
        server.serve(
            "/feed", an_rss(an_item(encoding)), encoding="" if encoding == "br" else encoding
        )
        visits.go(paper)
        read_titles[encoding] = visits.titles()[-1]

    assert header(server, "accept-encoding") == "gzip, deflate"
    assert read_titles == {one: one for one in read_titles}


def test_p37_every_request_says_who_asks_and_where_to_complain(
    visits: Visits, server: FeedServer, paper: str
) -> None:
    server.redirect("/feed", "/new")
    server.serve("/new", FEED)

    visits.go(paper)

    assert [one.headers["user-agent"] for one in server.requests] == [AGENT] * 2


def test_p38_no_cookie_referer_or_query_is_added(
    visits: Visits, server: FeedServer, paper: str
) -> None:
    tell(server, ETag='"a"', Set_Cookie="id=1; Path=/")

    visits.go(paper, 2)

    assert not {"cookie", "referer"} & set(server.requests[1].headers)
    assert paths(server) == ["/feed", "/feed"]


def test_p39_fifty_feeds_of_one_host_are_asked_one_by_one_with_pauses(
    visits: Visits, server: FeedServer
) -> None:
    lock, arrived, under_way, crowds = threading.Lock(), list[float](), list[str](), list[int]()

    def answer(request: Request) -> Response:
        with lock:
            arrived.append(time.monotonic())
            under_way.append(request.path)
            crowds.append(len(under_way))
        server.closing.wait(0.005)  # an answer takes a moment, in which another could come
        with lock:
            under_way.remove(request.path)
        return Response(body=FEED)

    for number in range(50):
        visits.add(f"s{number}", server.url(f"/{number}"))
        server.handle(f"/{number}", answer)

    reports = visits.go_all({"127.0.0.1": HostPace(delay=0.02)})

    assert len(reports) == len(arrived) == 50
    assert set(crowds) == {1}
    assert min(b - a for a, b in pairwise(arrived)) >= 0.02
    assert len({request.connection for request in server.requests}) == 1
    assert HostPace() == HostPace(connections=1, delay=1.0)  # one to two seconds, if nobody says


def test_p40_equal_intervals_are_spread_and_the_same_each_time(
    visits: Visits, server: FeedServer
) -> None:
    server.serve("/feed", FEED, etag='"a"')
    dues = []
    for _ in range(2):
        for number in range(100):
            visits.add(f"s{number}", server.url(f"/feed?{number}"))
        visits.go_all({"*": HostPace(connections=8, delay=0)})
        dues.append([visits.state(f"s{number}").next_poll_at for number in range(100)])

    assert dues[0] == dues[1]
    tenths = Counter(
        int((due - visits.clock.now - HOUR) / (HOUR / 100)) for due in dues[0] if due is not None
    )
    assert sorted(tenths) == list(range(10))  # ten sources or so in each hundredth of the hour
    assert max(tenths.values()) <= 20


# Bodies


@pytest.mark.parametrize("part", ["head", "body"])
def test_p41_a_response_that_drips_is_given_up_in_time(
    part: str, visits: Visits, server: FeedServer
) -> None:
    visits.add("paper", server.url("/feed"), timeout=timedelta(seconds=0.5))
    if part == "head":
        server.drip_head("/feed")
    else:
        server.drip("/feed", FEED)

    state = visits.go("paper")

    assert state.status == "timeout"
    assert visits.reports[-1].outcome.seconds < 5  # the whole would take many times that
    assert visits.titles() == []


def test_p42_more_than_15_mib_is_too_large(visits: Visits, server: FeedServer, paper: str) -> None:
    large = an_rss(an_item("One", body="<p>" + "x" * (16 << 20) + "</p>"))
    states = []
    for encoding in ("", "gzip"):
        server.serve("/feed", large, encoding=encoding)
        states.append(visits.go(paper))

    assert [state.status for state in states] == ["too_large"] * 2
    assert visits.titles() == []


INFLATE_A_BOMB = """
import resource, sys, zlib
from aggregator.errors import ParseError
from aggregator.ingest.inflate import inflate
packer = zlib.compressobj(9, zlib.DEFLATED, 31)
# After a full flush the same MiB may follow as often as one likes.
begin = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
more = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
bomb = begin + more * 1023 + packer.flush()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    inflate(bomb, "gzip")
except ParseError as error:
    print(error.status, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_p43_a_gzip_bomb_is_cut_off_and_takes_no_memory(
    visits: Visits, server: FeedServer, paper: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INFLATE_A_BOMB], capture_output=True, text=True, check=True
    )
    server.serve("/feed", b"<rss>" + bytes(64 << 20), encoding="gzip")

    state = visits.go(paper)

    status, kilobytes = done.stdout.split()
    assert (status, state.status) == ("too_large", "too_large")
    assert int(kilobytes) < 64 << 10


def test_p44_a_gzip_that_is_cut_short_is_refused_though_its_length_is_right(
    visits: Visits, server: FeedServer, paper: str
) -> None:
    server.truncated_gzip("/feed", FEED, missing=4)

    state = visits.go(paper)

    assert (state.status, state.error) == ("broken", "the compressed body is cut short")
    assert visits.titles() == []


def test_p45_a_body_shorter_than_it_says_is_refused(
    visits: Visits, server: FeedServer, paper: str
) -> None:
    server.short("/feed", FEED)

    state = visits.go(paper)

    assert (state.status, visits.titles()) == ("unreachable", [])
    assert state.error == "127.0.0.1 broke off before the end of the response"


def test_p46_a_feed_called_html_is_read_and_a_page_is_an_error_without_loss(
    visits: Visits, server: FeedServer, paper: str
) -> None:
    server.serve("/feed", FEED, content_type="text/html", etag='"a"')
    visits.go(paper)
    server.serve("/feed", PAGE, content_type="text/html")

    state = visits.go(paper)

    assert (state.status, state.error) == ("not_a_feed", "an HTML page, not a feed")
    assert sorted(visits.titles()) == ["One", "Two"]
    assert state.validators.etag == '"a"'
