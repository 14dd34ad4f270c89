"""An application that is replaced while it answers."""

import threading
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from aggregator.web.server import Switch, WebServer
from tests.running import ask, until


class Doors:
    """A server with an application that holds its answers back until it is let go."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.let_go = threading.Event()
        self.switch = Switch(self._app("before"))
        self.server = WebServer(self.switch, "127.0.0.1:0")
        self.port = int(self.server.address.rpartition(":")[2])
        self.server.start()

    def _app(self, name: str) -> Starlette:
        def slow(_: Request) -> Response:
            self.asked.set()
            self.let_go.wait(30)
            return PlainTextResponse(name)

        def quick(_: Request) -> Response:
            return PlainTextResponse(name)

        return Starlette(routes=[Route("/slow", slow), Route("/quick", quick)])

    def replace(self) -> None:
        self.switch.app = self._app("after")


@pytest.fixture
def doors() -> Iterator[Doors]:
    doors = Doors()
    yield doors
    doors.let_go.set()
    doors.server.stop()


def test_an_answer_under_way_is_finished_and_the_next_is_of_the_other(doors: Doors) -> None:
    connection = HTTPConnection("127.0.0.1", doors.port, timeout=30)
    connection.request("GET", "/slow")
    until(doors.asked.is_set, "it is asked")
    doors.replace()
    meanwhile = ask(doors.port, "/quick").body
    doors.let_go.set()
    first = connection.getresponse().read()
    connection.request("GET", "/quick")  # on the connection of before
    second = connection.getresponse().read()
    connection.close()

    assert (meanwhile, first, second) == (b"after", b"before", b"after")
