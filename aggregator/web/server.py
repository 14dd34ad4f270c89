"""The web server: uvicorn on a thread of its own."""

import os
import socket
import threading

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from aggregator.errors import AggregatorError


class Switch:
    """An application that passes requests on to another, which may be replaced at any moment;
    answers under way are finished by the one that began them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        await self.app(scope, receive, send)


class WebServer:
    """Serves an application from `start` to `stop`; the address is taken before `start` returns."""

    def __init__(self, app: ASGIApp, listen: str) -> None:
        self._socket = _bind(listen)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=3,
            limit_concurrency=200,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="web", daemon=True
        )

    @property
    def address(self) -> str:
        """Give host:port as it is, also where the port asked for was 0."""
        host, port = self._socket.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def start(self) -> None:
        """Begin to answer; what comes earlier waits in the socket."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the answers under way, within 3 seconds."""
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(5)
        self._socket.close()


def _bind(listen: str) -> socket.socket:
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, int(port)), family=family)
    except OSError as error:
        raise AggregatorError(
            f"cannot listen on {listen}: {os.strerror(error.errno) if error.errno else error}",
            "is it running already? `listen` in feeds.toml names another port",
        ) from error
    # What it accepts inherits this. Without it an answer of a head and a body waits for the
    # client to acknowledge the head, which takes 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
