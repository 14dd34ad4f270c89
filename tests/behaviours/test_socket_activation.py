"""Sockets that the service manager hands over (sd_listen_fds(3))."""

import contextlib
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clock import needed
from tests.manager import an_address, handing_over
from tests.running import Answer, Home, Running, ask, until

pytestmark = pytest.mark.slow

BOUND = 30  # seconds in which a daemon ends


def fetch(held: socket.socket) -> Answer:
    """Ask whoever serves on a socket that the test holds."""
    return ask(int(held.getsockname()[1]), "/")


@contextlib.contextmanager
def served(home: Home, *held: socket.socket) -> Iterator[Running]:
    """Run a daemon on sockets until the block ends."""
    with home.start("run", **handing_over(*held)) as daemon:
        until(lambda: " start " in daemon.errors or daemon.is_over, "it starts")
        yield daemon
        daemon.send(signal.SIGTERM)
        assert daemon.ended(BOUND) == 0


def test_who_comes_between_two_daemons_on_one_socket_is_served_by_the_second(home: Home) -> None:
    home.configure(sources={})
    with an_address() as held:
        home.port = int(held.getsockname()[1])
        with served(home, held) as first:
            first.answers()
        with socket.create_connection(held.getsockname(), timeout=30) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            with served(home, held):
                answer = b"".join(iter(lambda: client.recv(65536), b""))

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"</html>" in answer


def test_the_first_who_connects_has_systemd_start_it_and_is_answered(home: Home) -> None:
    if shutil.which("systemd-socket-activate") is None:
        needed("systemd-socket-activate")
    home.configure(sources={}, service={"listen": "127.0.0.1:1"})
    words = ("systemd-socket-activate", f"--listen=127.0.0.1:{home.port}", "--fdname=web")
    with home.start("run", under=words) as daemon:
        until(lambda: "Listening on" in daemon.errors, "it holds the address")
        idle = len(daemon.processes())
        daemon.answers()
        until(lambda: " start " in daemon.errors, "it says that it started")
        daemon.send(signal.SIGTERM)
        assert daemon.ended(BOUND) == 0

    assert idle == 1


def test_listen_does_not_count_where_there_is_a_socket_and_the_log_says_so(home: Home) -> None:
    with an_address() as held, an_address("::1") as other, an_address() as taken:
        home.configure(sources={}, service={"listen": f"127.0.0.1:{taken.getsockname()[1]}"})
        with served(home, held, other) as daemon:
            status = fetch(held).status
            with socket.create_connection(other.getsockname()[:2], timeout=30) as client:
                client.sendall(b"GET / HTTP/1.0\r\n\r\n")
                answered = client.recv(15)
            errors = daemon.errors
        here, there = held.getsockname()[1], other.getsockname()[1]

    assert (status, answered) == (200, b"HTTP/1.1 200 OK")
    assert f'listen address="127.0.0.1:{here}, [::1]:{there}" in_place_of=127.0.0.1:' in errors
    assert f" page=http://127.0.0.1:{here}/" in errors


def test_of_the_same_address_nothing_is_said(home: Home) -> None:
    with an_address() as held:
        home.port = int(held.getsockname()[1])
        home.configure(sources={})
        with served(home, held) as daemon:
            daemon.answers()

    assert " listen " not in daemon.errors


def test_nobody_is_local_at_a_socket_of_files(home: Home, tmp_path: Path) -> None:
    home.configure(sources={})
    path = tmp_path / "web.socket"

    def got(where: str, *headers: str) -> bytes:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(30)
            client.connect(str(path))
            lines = (f"GET {where} HTTP/1.0", "Host: 127.0.0.1", *headers, "", "")
            client.sendall("\r\n".join(lines).encode())
            return b"".join(iter(lambda: client.recv(65536), b"")).partition(b"\r\n")[0]

    with an_address(path) as held, served(home, held) as daemon:
        until(lambda: path.exists(), "it is there")
        answers = [
            got("/"),
            got("/sources"),
            got("/sources", "X-Forwarded-For: 127.0.0.1"),
        ]
        errors = daemon.errors

    assert [one.split()[1] for one in answers] == [b"200", b"403", b"403"]
    assert f" page=unix:{path}" in errors
    assert path.exists()  # it is the service manager's


@pytest.mark.parametrize("names", ["web", "aggregator.socket", "unknown", ""])
def test_a_socket_is_taken_under_its_name_or_none(home: Home, names: str) -> None:
    home.configure(sources={})
    with an_address() as held, home.start("run", **handing_over(held, names=names)) as daemon:
        home.port = int(held.getsockname()[1])
        daemon.answers()
        daemon.send(signal.SIGTERM)
        assert daemon.ended(BOUND) == 0


def test_sockets_for_another_process_are_none_of_ours(home: Home) -> None:
    home.configure(sources={})
    with home.start("run", LISTEN_PID="1", LISTEN_FDS="1") as daemon:
        daemon.answers()
        daemon.send(signal.SIGTERM)
        assert daemon.ended(BOUND) == 0


def refused(home: Home, held: socket.socket, names: str = "web") -> list[str]:
    home.configure(sources={})
    with home.start("run", **handing_over(held, names=names)) as daemon:
        assert daemon.ended(BOUND) == 1
        return daemon.errors.splitlines()


def test_a_socket_of_the_wrong_kind_is_told(home: Home) -> None:
    with an_address(kind=socket.SOCK_DGRAM) as held:
        told = refused(home, held)

    assert told == [
        "error: cannot serve on the socket web of the service manager: it is not for connections",
        "the unit of the socket needs ListenStream=, no other kind",
    ]


def test_a_connection_in_place_of_an_address_is_told(home: Home) -> None:
    one, other = socket.socketpair()
    with one, other:
        told = refused(home, one, names="connection")

    assert told[1] == "the unit of the socket needs Accept=no"


def test_a_socket_that_is_called_otherwise_is_told(home: Home) -> None:
    with an_address() as held:
        told = refused(home, held, names="metrics")

    what, needed = told
    assert what.endswith(": nothing here is called 'metrics'")
    assert needed == "the unit of the socket needs FileDescriptorName=web"


def test_a_file_that_is_no_socket_is_told(home: Home, tmp_path: Path) -> None:
    home.configure(sources={})
    with (tmp_path / "file").open("w") as file:
        words = handing_over(file)
        with home.start("run", **words) as daemon:
            code = daemon.ended(BOUND)

    assert (code, daemon.errors.splitlines()[0]) == (
        1,
        "error: cannot serve on the socket web of the service manager: it is no socket",
    )
