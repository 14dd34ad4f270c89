"""Who may see the pages that tell more than the public feeds do."""

import ipaddress
from urllib.parse import urlsplit

from starlette.requests import Request


def is_local(request: Request, public_url: str) -> bool:
    """Say whether a request comes from this machine, to a server that is for this machine only.

    The name that was asked for has to be local as well: another site's page may have its own name
    resolve to this machine (DNS rebinding). And where `public_url` says that readers come from
    elsewhere, a proxy stands between, whose requests come from here. At a unix socket nobody has an
    address, so nobody is local.
    """
    peer = request.client.host if request.client else ""
    names = (_host(f"//{request.headers.get('host', '')}"), _host(public_url))
    return _is_loopback(peer) and all(map(_is_loopback, names))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
