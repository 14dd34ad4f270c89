"""A real HTTP/1.1 server on 127.0.0.1 that plays feeds, good and bad, and remembers who asked.

    with FeedServer() as server:
        server.serve("/feed", an_rss(), etag='"a"')      # 200, and 304 to who knows the ETag
        server.answer("/busy", 429, {"Retry-After": "60"})
        server.redirect("/old", "/feed", 301)
        server.never("/hung")
        fetch(server.url("/feed"))
        assert server.requests_for("/feed")[0].headers["user-agent"] == …

A path may be programmed anew at any time; the last word counts. An unknown path is a 404. Paths are
looked up with their query first, then without it. Connections are kept alive.
"""

import contextlib
import gzip
import socket
import ssl
import struct
import sys
import threading
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from types import TracebackType
from typing import Any, ClassVar, Self

Headers = Mapping[str, str] | Iterable[tuple[str, str]]

_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, mtime=0),
    "deflate": zlib.compress,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it arrived; names of headers in lower case, their bytes read as Latin-1.

    `connection` numbers the TCP connections of the server from 1.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    connection: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer; its Content-Length is right unless `headers` say something else."""

    status: int = 200
    headers: Headers = ()
    body: bytes = b""


class FeedServer:
    """Serve what the test programs, path by path, on a port of its own."""

    def __init__(self, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        """Listen at a loopback address; all of 127.0.0.0/8 are hosts of their own."""
        self.host = host
        self._scheme = "https" if tls else "http"
        self._behaviours: dict[str, Callable[[Request, _Handler], None]] = {}
        self._requests: list[Request] = []
        self._lock = threading.Lock()
        self.closing = threading.Event()
        """Set by `close`; a handler that wants to hang waits for it."""
        self._tcp = _Server(self)
        if tls:
            self._tcp.socket = tls.wrap_socket(self._tcp.socket, server_side=True)
        self._thread = threading.Thread(
            target=self._tcp.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._tcp.server_address[1])

    def url(self, path: str = "/") -> str:
        """Give the URL of a path."""
        return f"{self._scheme}://{self.host}:{self.port}{path}"

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests so far, in the order of their arrival."""
        with self._lock:
            return tuple(self._requests)

    def requests_for(self, path: str) -> tuple[Request, ...]:
        """The requests for one path, its query included."""
        return tuple(request for request in self.requests if request.path == path)

    def serve(
        self,
        path: str,
        body: bytes,
        *,
        content_type: str = "application/xml",
        etag: str = "",
        last_modified: str = "",
        encoding: str = "",
        headers: Headers = (),
    ) -> None:
        """Answer 200 with bytes, or 304 to a request with the right validator.

        If-None-Match wins over If-Modified-Since (RFC 9110 §13.2.2); dates are compared as texts.
        `encoding` ("gzip", "deflate") is used where the request accepts it.
        """
        extra = _pairs(headers)
        stated = (("ETag", etag), ("Last-Modified", last_modified))
        validators = [(name, value) for name, value in stated if value]

        def respond(request: Request) -> Response:
            if _knows(request, etag, last_modified):
                return Response(status=304, headers=[*validators, *extra])
            head = [("Content-Type", content_type), *validators, *extra]
            if encoding and encoding in request.headers.get("accept-encoding", ""):
                encoded = _ENCODERS[encoding](body)
                return Response(headers=[*head, ("Content-Encoding", encoding)], body=encoded)
            return Response(headers=head, body=body)

        self.handle(path, respond)

    def handle(self, path: str, respond: Callable[[Request], Response]) -> None:
        """Answer with what a function makes of each request; it runs on a thread of the server."""
        self._program(path, lambda request, handler: handler.send(respond(request)))

    def answer(self, path: str, status: int, headers: Headers = (), body: bytes = b"") -> None:
        """Answer always the same."""
        self.handle(path, lambda _: Response(status=status, headers=headers, body=body))

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        """Redirect; `to` goes into Location as it is, UTF-8 where it is not ASCII."""
        self.answer(path, status, {"Location": to.encode().decode("latin-1")})

    def never(self, path: str) -> None:
        """Take the request and say nothing until the server is closed."""

        def behave(_request: Request, handler: "_Handler") -> None:
            self.closing.wait()
            handler.close_connection = True

        self._program(path, behave)

    def drip(self, path: str, body: bytes, *, pause: float = 0.05) -> None:
        """Send the body byte by byte, `pause` seconds apart, until its end or the server's."""

        def behave(_: Request, handler: "_Handler") -> None:
            handler.start(200, {"Content-Type": "text/xml", "Content-Length": str(len(body))})
            for place in range(len(body)):
                handler.wfile.write(body[place : place + 1])
                if self.closing.wait(pause):
                    handler.close_connection = True
                    return

        self._program(path, behave)

    def drip_head(self, path: str, *, pause: float = 0.05) -> None:
        """Send one header after the other, `pause` seconds apart, until the server is closed."""

        def behave(_: Request, handler: "_Handler") -> None:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            handler.close_connection = True
            while not self.closing.wait(pause):
                handler.wfile.write(b"X-More: to come\r\n")

        self._program(path, behave)

    def reset(self, path: str, body: bytes = b"") -> None:
        """Reset the connection: at once, or after the head and some of the body."""

        def behave(_: Request, handler: "_Handler") -> None:
            if body:
                handler.start(200, {"Content-Length": str(len(body) + 1000)})
                handler.wfile.write(body)
            # Lingering for no time makes close() send RST instead of FIN.
            linger = struct.pack("ii", 1, 0)
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            handler.rfile.close()
            handler.connection.close()
            handler.close_connection = True

        self._program(path, behave)

    def short(self, path: str, body: bytes, *, missing: int = 10) -> None:
        """Promise `missing` bytes more than come, then close the connection."""

        def behave(_: Request, handler: "_Handler") -> None:
            length = str(len(body) + missing)
            handler.start(200, {"Content-Type": "application/xml", "Content-Length": length})
            handler.wfile.write(body)
            handler.close_connection = True

        self._program(path, behave)

    def truncated_gzip(self, path: str, body: bytes, *, missing: int = 10) -> None:
        """Send a gzip stream without its last bytes; the Content-Length fits what is sent."""
        headers = {"Content-Type": "application/xml", "Content-Encoding": "gzip"}
        self.answer(path, 200, headers, gzip.compress(body, mtime=0)[:-missing])

    def stream(
        self, path: str, pieces: Callable[[], Iterable[bytes]], headers: Headers = ()
    ) -> None:
        """Send pieces as they come and close, with no Content-Length."""

        def behave(_: Request, handler: "_Handler") -> None:
            handler.start(200, [*_pairs(headers), ("Connection", "close")])
            for piece in pieces():
                handler.wfile.write(piece)
            handler.close_connection = True

        self._program(path, behave)

    def close(self) -> None:
        """Hang up on everybody and wait for every thread; raises what a handler raised."""
        self.closing.set()
        self._tcp.shutdown()
        self._thread.join()
        self._tcp.hang_up()
        self._tcp.server_close()
        if self._tcp.errors:
            raise ExceptionGroup("handlers of the test server failed", self._tcp.errors)

    def _program(self, path: str, behave: "Callable[[Request, _Handler], None]") -> None:
        with self._lock:
            self._behaviours[path] = behave

    def behave(self, request: Request, handler: "_Handler") -> None:
        """Record a request and do what is programmed for it."""
        with self._lock:
            self._requests.append(request)
            behave = self._behaviours.get(request.path) or self._behaviours.get(
                request.path.partition("?")[0]
            )
        if behave is None:
            handler.send(Response(status=404))
        else:
            behave(request, handler)


def _pairs(headers: Headers) -> list[tuple[str, str]]:
    return list(headers.items() if isinstance(headers, Mapping) else headers)


def _knows(request: Request, etag: str, last_modified: str) -> bool:
    """Say whether a request carries the validator of what it would get (RFC 9110 §8.8.3.2)."""
    sent = request.headers.get("if-none-match")
    if sent is not None:
        return bool(etag) and etag.removeprefix("W/") in {
            one.strip().removeprefix("W/") for one in (sent, *sent.split(","))
        }
    return bool(last_modified) and request.headers.get("if-modified-since") == last_modified


class _Server(ThreadingTCPServer):
    daemon_threads = False  # server_close waits for them, so nothing outlives a test
    request_queue_size = 128

    def __init__(self, owner: FeedServer) -> None:
        self.owner = owner
        self.errors: list[Exception] = []
        self._accepted = 0
        self._open: dict[socket.socket, int] = {}
        self._lock = threading.Lock()
        super().__init__((owner.host, 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._accepted += 1
            self._open[request] = self._accepted
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def number(self, connection: socket.socket) -> int:
        """Number a connection, from 1 in the order of arrival."""
        with self._lock:
            return self._open[connection]

    def hang_up(self) -> None:
        """Wake every thread that waits for a next request on a connection that was kept."""
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        error = sys.exc_info()[1]
        if isinstance(error, Exception) and not isinstance(error, OSError):
            self.errors.append(error)  # an OSError is a client that hung up, or a reset of our own


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server
    _silent: ClassVar = frozenset((204, 304))

    def setup(self) -> None:
        super().setup()
        self._number = self.server.number(self.connection)

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(
            method=self.command,
            path=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length) if length else b"",
            connection=self._number,
        )
        self.server.owner.behave(request, self)

    do_GET = do_HEAD = do_POST = _handle  # noqa: N815 - names that http.server asks for

    def start(self, status: int, headers: Headers) -> None:
        """Send the head of an answer."""
        self.send_response_only(status)
        for name, value in _pairs(headers):
            self.send_header(name, value)
        self.end_headers()

    def send(self, response: Response) -> None:
        """Send a whole answer."""
        headers = _pairs(response.headers)
        if "content-length" not in {name.lower() for name, _ in headers}:
            length = 0 if response.status in self._silent else len(response.body)
            headers.append(("Content-Length", str(length)))
        self.start(response.status, headers)
        if self.command != "HEAD" and response.status not in self._silent:
            self.wfile.write(response.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base
        """Write nothing: the requests are in `FeedServer.requests`."""
