"""Pages that stay open while the daemon ends."""

import json
import signal
from http.client import HTTPConnection

from tests.running import Home, until


def test_an_open_status_page_does_not_hold_up_the_end(home: Home) -> None:
    home.configure(sources={})
    with home.start("run") as daemon:
        daemon.answers()
        connection = HTTPConnection("127.0.0.1", home.port, timeout=30)
        connection.request("GET", "/status/events")
        response = connection.getresponse()
        first = response.readline()
        daemon.send(signal.SIGTERM)
        rest = response.read()
        code = daemon.ended()
        connection.close()

    assert (first[:6], code) == (b"data: ", 0)
    assert rest.endswith(b"\n")  # else it was cut off, which raises
    assert "Traceback" not in daemon.errors


def test_an_open_status_page_is_let_go_when_there_is_another_feeds_toml(home: Home) -> None:
    home.configure(sources={})
    with home.start("run") as daemon:
        daemon.answers()
        until(lambda: home.get("/status").status == 200, "the page is there")
        connection = HTTPConnection("127.0.0.1", home.port, timeout=30)
        connection.request("GET", "/status/events")
        response = connection.getresponse()
        first = response.readline()
        home.configure(sources={"paper": "http://127.0.0.1:9/"})
        rest = response.read()  # it comes to an end by itself
        connection.close()
        again = home.get("/health")

    assert first[:6] == b"data: "
    assert rest.endswith(b"\n")
    assert json.loads(again.body)["sources"] == 1
    assert "Traceback" not in daemon.errors
