"""Which addresses may be connected to."""

from dataclasses import replace
from datetime import timedelta

import pytest
from requests.adapters import HTTPAdapter

from aggregator.core.source import Source, Validators
from aggregator.errors import FetchError
from aggregator.ingest.fetch import Fetcher
from aggregator.ingest.guard import is_public
from aggregator.ingest.transport import Adapters
from tests.feeds import an_rss
from tests.servers import FeedServer


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255",
        "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.9",
        "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::", "fe80::1",
        "fe80::1%eth0", "fec0::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1",
        "64:ff9b:1::7f00:1", "", "localhost", "127.1", "2130706433",
    ],
)  # fmt: skip
def test_an_address_that_is_not_of_the_public_internet_is_not_public(address: str) -> None:
    assert is_public(address) is False


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "93.184.216.34", "172.32.0.1", "2606:4700:4700::1111", "::ffff:1.1.1.1",
    "64:ff9b::101:101",
     "2002:101:101::1"],
)  # fmt: skip
def test_an_address_of_the_public_internet_is_public(address: str) -> None:
    assert is_public(address) is True


def failure(fetcher: Fetcher, url: str, *, allow_private: bool = False) -> FetchError:
    """Fetch what cannot be fetched and give the error."""
    source = Source(
        id="s", url=url, name="s", timeout=timedelta(seconds=5), allow_private=allow_private
    )
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(source, Validators())
    return caught.value


LOOPBACK_HOSTS = [
    "127.0.0.1", "localhost", "2130706433", "0x7f000001", "017700000001", "127.1", "0", "[::]",
    "[::1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "good.example@127.0.0.1", "good.example:pw@127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("host", LOOPBACK_HOSTS)
def test_loopback_is_refused_however_it_is_written(host: str, server: FeedServer) -> None:
    error = failure(Fetcher("test"), f"http://{host}:{server.port}/feed")

    assert (error.status, error.hint) == (
        "refused",
        "write allow_private = true for this source if you mean it",
    )
    assert server.requests == ()


@pytest.mark.parametrize(
    "url",
    [
        "http://good.example\\@127.0.0.1:{}/feed",
        "http://127.0.0.1:{}\\@good.example/feed",
        "http://①②⑦.⓪.⓪.①:{}/feed",
        "http://127。0。0。1:{}/feed",
        "http://127.0.0.1%00.good.example:{}/feed",
    ],
)
def test_a_url_whose_host_is_in_doubt_reaches_no_loopback(url: str, server: FeedServer) -> None:
    error = failure(Fetcher("test"), url.format(server.port))

    assert error.status in ("refused", "unreachable")
    assert server.requests == ()


def test_the_address_of_cloud_metadata_is_refused() -> None:
    error = failure(Fetcher("test"), "http://169.254.169.254/latest/meta-data/")

    assert (error.status, error.what) == (
        "refused",
        "169.254.169.254 is at 169.254.169.254, which is not a public address",
    )


class FirstHopPublic(Adapters):
    """Takes the first server it meets for a public one, the next ones for what they are."""

    hops = 0

    def adapter(self, source: Source) -> HTTPAdapter:
        self.hops += 1
        return super().adapter(replace(source, allow_private=self.hops == 1))


def first_hop_public() -> Fetcher:
    """Make a fetcher that a redirect has to lead to what is private."""
    fetcher = Fetcher("test")
    fetcher._adapters = FirstHopPublic()
    return fetcher


@pytest.mark.parametrize("host", LOOPBACK_HOSTS)
def test_a_redirect_to_loopback_is_refused(host: str, server: FeedServer) -> None:
    with FeedServer() as inner:
        inner.serve("/secret", an_rss())
        server.redirect("/feed", f"http://{host}:{inner.port}/secret")

        error = failure(first_hop_public(), server.url("/feed"))

        assert error.status == "refused"
        assert inner.requests == ()
    assert len(server.requests) == 1


def test_loopback_is_reached_by_a_source_that_says_so(server: FeedServer) -> None:
    error = failure(Fetcher("test"), server.url("/unknown"), allow_private=True)

    assert (error.http_status, len(server.requests)) == (404, 1)


def test_what_one_source_may_opens_nothing_to_another(server: FeedServer) -> None:
    fetcher = Fetcher("test")
    failure(fetcher, server.url("/unknown"), allow_private=True)

    error = failure(fetcher, server.url("/unknown"))

    assert (error.status, len(server.requests)) == ("refused", 1)
