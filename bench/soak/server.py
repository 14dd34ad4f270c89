"""The simulated publishers: one process that answers at many addresses, and keeps a log."""

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import Mapping, Sequence
from ctypes import c_double
from dataclasses import dataclass
from http import HTTPStatus
from multiprocessing.connection import Connection
from typing import cast

from bench.soak.answers import Answer, Manner, Visit
from bench.soak.kinds import BY_NAME

DRIP_SECONDS = 0.02
BACKLOG = 256
AGENT_HAS = ("aggregator/", "mailto:soak@example.org")


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Who lives where: source n is of the n-th kind and on host n modulo `hosts`."""

    kinds: tuple[str, ...]
    hosts: int
    port: int

    def host(self, number: int) -> str:
        """Name the host of a source."""
        place = number % self.hosts
        return f"127.1.{place // 250}.{place % 250 + 1}"

    def root(self, number: int, *, is_listening: bool = True) -> str:
        """Give the beginning of a source's URLs; nobody listens on the port 9."""
        return f"http://{self.host(number)}:{self.port if is_listening else 9}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A request as the server saw it; `first` and `end` bound the entries that it was served."""

    at: float
    host: str
    number: int
    status: int
    first: int
    end: int
    problem: str


class Publishers:
    """Answers each visit as its source's kind does."""

    def __init__(self, town: Town, now: c_double) -> None:
        self._town = town
        self._now = now
        self._turns: Counter[tuple[int, str]] = Counter()
        self.log: list[Logged] = []

    def answer(self, host: str, path: str, headers: Mapping[str, str]) -> Answer:
        """Answer a request and note it."""
        number, _, step = path.strip("/").partition("/")
        visit = Visit(
            number=int(number),
            step=step,
            turn=self._turns[int(number), step],
            at=self._now.value,
            headers=headers,
            root=self._town.root(int(number)),
            other=self._town.root(int(number) + 1),
        )
        self._turns[int(number), step] += 1
        answer = BY_NAME[self._town.kinds[visit.number]].behaviour(visit)
        self.log.append(
            Logged(
                at=visit.at,
                host=host,
                number=visit.number,
                status=answer.status,
                first=answer.entries.start,
                end=answer.entries.stop,
                problem=answer.problem or _impolite(headers),
            )
        )
        return answer


def _impolite(headers: Mapping[str, str]) -> str:
    if found := {"cookie", "referer"} & headers.keys():
        return f"sends {', '.join(sorted(found))}"
    agent = headers.get("user-agent", "")
    if not all(part in agent for part in AGENT_HAS):
        return f"User-Agent: {agent}"
    return ""


class Conversation(asyncio.Protocol):
    """One connection, kept alive until either side hangs up."""

    def __init__(self, publishers: Publishers) -> None:
        self._publishers = publishers
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._host = transport.get_extra_info("sockname")[0]

    def data_received(self, data: bytes) -> None:
        *requests, self._pending = (self._pending + data).split(b"\r\n\r\n")
        for request in requests:
            self._respond(request.decode("latin-1"))

    def _respond(self, request: str) -> None:
        first, *lines = request.split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        answer = self._publishers.answer(self._host, first.split(" ")[1], headers)
        match answer.manner:
            case Manner.WHOLE:
                self._transport.write(_head(answer) + answer.body)
            case Manner.CLOSE:
                self._transport.write(_head(answer) + answer.body)
                self._transport.close()
            case Manner.RESET:
                self._reset(_head(answer) + answer.body if answer.body else b"")
            case Manner.DRIP:
                self._transport.write(_head(answer))
                self._drip(answer.body, 0)
            case Manner.DRIP_HEAD:
                self._transport.write(b"HTTP/1.1 200 OK\r\n")
                self._drip(b"X-More: to come\r\n" * 10_000, 0)

    def _reset(self, sent: bytes) -> None:
        self._transport.write(sent)
        connection: socket.socket = self._transport.get_extra_info("socket")
        # Lingering for no time makes the close send RST in place of FIN.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def _drip(self, body: bytes, place: int) -> None:
        if place < len(body) and not self._transport.is_closing():
            self._transport.write(body[place : place + 1])
            loop = asyncio.get_running_loop()
            loop.call_later(DRIP_SECONDS, self._drip, body, place + 1)


def _head(answer: Answer) -> bytes:
    names = {name.lower() for name, _ in answer.headers}
    length = 0 if answer.status in (204, 304) else len(answer.body)
    stated = [f"{name}: {value}" for name, value in answer.headers]
    if "content-length" not in names:
        stated.append(f"Content-Length: {length}")
    reason = HTTPStatus(answer.status).phrase
    head = "\r\n".join((f"HTTP/1.1 {answer.status} {reason}", *stated, "", ""))
    return head.encode("latin-1")


def listeners(town: Town) -> list[socket.socket]:
    """Listen on the town's port at the address of each host."""
    found = []
    for number in range(town.hosts):
        one = socket.create_server((town.host(number), town.port), backlog=BACKLOG)
        found.append(one)
    return found


def publish(town: Town, now: c_double, pipe: Connection) -> None:
    """Serve until told to end, then hand the log over; the body of the server's process."""
    asyncio.run(_publish(Publishers(town, now), listeners(town), pipe))


async def _publish(
    publishers: Publishers, sockets: Sequence[socket.socket], pipe: Connection
) -> None:
    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(lambda: Conversation(publishers), sock=one) for one in sockets
    ]
    pipe.send("ready")
    await loop.run_in_executor(None, pipe.recv)
    for server in servers:
        server.close()
    pipe.send(publishers.log)
