"""The web server: uvicorn on a thread of its own."""

import socket
import threading
from collections.abc import Sequence

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from aggregator.web.listeners import address, bind


class Switch:
    """An application that passes requests on to another, which may be replaced at any moment;
    answers under way are finished by the one that began them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        await self.app(scope, receive, send)


class WebServer:
    """Serves an application from `start` to `stop`; the address is taken before `start` returns.
    Where it has sockets already, `listen` does not count."""

    def __init__(self, app: ASGIApp, listen: str, sockets: Sequence[socket.socket] = ()) -> None:
        self._sockets = list(sockets) or [bind(listen)]
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
            target=self._server.run, kwargs={"sockets": self._sockets}, name="web", daemon=True
        )

    @property
    def address(self) -> str:
        """Give the first address as it is, also where the port asked for was 0."""
        return address(self._sockets[0])

    @property
    def page(self) -> str:
        """Give the URL of the home page; for a socket of files its address."""
        return self.address if self.address.startswith("unix:") else f"http://{self.address}/"

    def start(self) -> None:
        """Begin to answer; what comes earlier waits in the socket."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the answers under way, within 3 seconds."""
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(5)
        for one in self._sockets:
            one.close()
