"""requests' adapters: connections that are guarded, watched, and shared by all threads."""

import ssl
import threading
from functools import cache
from typing import Any

from requests import Response
from requests.adapters import HTTPAdapter
from urllib3 import disable_warnings
from urllib3.connection import port_by_scheme
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import InsecureRequestWarning
from urllib3.poolmanager import PoolKey
from urllib3.util import parse_url

from aggregator.core.source import Source
from aggregator.ingest.deadline import Watchdog
from aggregator.ingest.guard import pool_classes

Pools = dict[str, type[HTTPConnectionPool]]
_HOSTS = 32  # whose last connection is kept
_CONNECTIONS = 4  # of one host


class Adapters:
    """An adapter for each way to connect; any number of threads may share them."""

    def __init__(self) -> None:
        # Whoever writes verify = false has been told by the documentation, and not at each poll.
        disable_warnings(InsecureRequestWarning)
        self._watchdog = Watchdog()
        self._lock = threading.Lock()
        self._adapters: dict[tuple[bool, bool], HTTPAdapter] = {}

    def adapter(self, source: Source) -> HTTPAdapter:
        """Give the adapter that connects as a source's settings say."""
        guarded, proxied = not source.allow_private, bool(source.access.proxy)
        adapter = self._adapters.get((guarded, proxied))
        if adapter is None:
            with self._lock:
                kind = _Proxied if proxied else _Direct
                # A proxy is where the user says it is, and it resolves the names.
                pools = pool_classes(guarded=guarded and not proxied, watchdog=self._watchdog)
                adapter = self._adapters.setdefault((guarded, proxied), kind(pools))
        return adapter


class _Direct(HTTPAdapter):
    """Connects to the host itself."""

    def __init__(self, pools: Pools) -> None:
        self._pools = pools
        self._origins: dict[tuple[str, bool | str], tuple[PoolKey, dict[str, Any]]] = {}
        super().__init__(pool_connections=_HOSTS, pool_maxsize=_CONNECTIONS)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def get_connection_with_tls_context(self, request: Any, verify: Any, *_: Any, **__: Any) -> Any:
        """Give the pool of the request's host; there are no proxies or certificates to weigh."""
        origin = request.url[: request.url.index("/", len("https://"))]
        known = self._origins.get((origin, verify))
        if known is None:
            known = self._origins.setdefault((origin, verify), self._context(origin, verify))
        # The pool takes what it needs out of its context.
        return self.poolmanager.connection_from_pool_key(known[0], dict(known[1]))

    def _context(self, origin: str, verify: bool | str) -> tuple[PoolKey, dict[str, Any]]:
        """Work out by what urllib3 finds a host's pool; not at each request, it takes a while."""
        parts = parse_url(origin)
        context = self.poolmanager.connection_pool_kw | {
            "scheme": parts.scheme,
            "host": parts.host,
            "port": parts.port or port_by_scheme[parts.scheme or ""],
        }
        if parts.scheme == "https":
            context["ssl_context"] = ssl_context(verify)
        return self.poolmanager.key_fn_by_scheme[parts.scheme](context), context

    def build_response(self, req: Any, resp: Any) -> Response:  # noqa: ARG002
        """Make a response without what nobody asks it for: cookies and an encoding."""
        response = Response()
        response.status_code, response.reason = resp.status, resp.reason
        response.headers = resp.headers  # blind to case as it is
        response.raw = resp
        return response

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:  # noqa: ARG002
        """Verify by the shared context; requests would load the CA file for each connection."""
        conn.cert_reqs = "CERT_REQUIRED" if verify else "CERT_NONE"

    def request_url(self, request: Any, proxies: Any) -> str:  # noqa: ARG002
        """Give what stands in the request line; there are no proxies that want the whole url."""
        return str(request.path_url)


class _Proxied(HTTPAdapter):
    """Connects through the proxy that `send` is given."""

    def __init__(self, pools: Pools) -> None:
        self._pools = pools
        super().__init__(pool_connections=_HOSTS, pool_maxsize=_CONNECTIONS)

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


@cache
def ssl_context(verify: bool | str) -> ssl.SSLContext:
    """Make a context at the first connection that needs it (26 ms), for all that follow.

    `verify` is True for the CAs that the system trusts, False for none of that, or a file of CAs.
    """
    if isinstance(verify, str):
        return ssl.create_default_context(cafile=verify)
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
