"""Which addresses may be connected to, decided on the address itself and not on a name."""

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError
from urllib3.util.connection import create_connection

from aggregator.ingest.deadline import Watchdog


class RefusedAddressError(OSError):
    """Every address of a host is loopback, private or otherwise not of the public internet."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(f"{host} is at {address}, which is not a public address")
        self.host = host
        self.address = address


def is_public(address: str) -> bool:
    """Say whether an address belongs to the public internet.

    IPv4 inside IPv6 (mapped, compatible, NAT64, 6to4, Teredo) is judged by the IPv4 address:
    `ipaddress.is_global` alone lets several of those pass on Python 3.11.
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(map(_is_public, tuple(_embedded(ip)) or (ip,)))


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if ip.is_multicast or ip.is_unspecified or ip.is_reserved or not ip.is_global:
        return False
    return not (isinstance(ip, IPv6Address) and ip.is_site_local)


def _embedded(ip: IPv4Address | IPv6Address) -> Iterator[IPv4Address]:
    if isinstance(ip, IPv4Address):
        return
    for known in (ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())):
        if known is not None:
            yield known
    packed = ip.packed
    if packed[:12] == bytes(12) or packed[:12] == bytes.fromhex("0064ff9b0000000000000000"):
        yield IPv4Address(packed[12:])


def _public_address(host: str, port: int) -> str:
    """Resolve a host to its first public address; the check and the connection share the answer."""
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise socket.gaierror(f"{host!r} is no host name") from error
    addresses = [str(info[4][0]) for info in infos]
    allowed = next((address for address in addresses if is_public(address)), None)
    if allowed is None:
        raise RefusedAddressError(host, addresses[0] if addresses else "no address")
    return allowed


def refuse_behind_proxy(host: str) -> None:
    """Refuse a host that is not public as far as can be told here: the proxy resolves it itself.

    A name that this machine cannot resolve, as is usual behind a proxy, is judged by the name.
    """
    name = host.lower().rstrip(".")
    try:
        infos = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        if name == "localhost" or name.endswith((".localhost", ".local", ".internal", ".lan")):
            raise RefusedAddressError(host, "no public name") from None
        return
    # All of them: it may take any.
    for address in (str(info[4][0]) for info in infos):
        if not is_public(address):
            raise RefusedAddressError(host, address)


def pool_classes(*, guarded: bool, watchdog: Watchdog) -> dict[str, type[HTTPConnectionPool]]:
    """Make urllib3's pools by scheme; guarded ones connect to nothing but public addresses.

    The head of a response has to come within the read timeout as a whole.
    """

    class Guarded:
        def _new_conn(self: Any) -> socket.socket:
            host = self.host.strip("[]")
            try:
                address = _public_address(host, self.port)
            except socket.gaierror as error:
                raise NameResolutionError(host, self, error) from error
            return create_connection(
                (address, self.port),
                self.timeout,
                source_address=self.source_address,
                socket_options=self.socket_options,
            )

    class Watched:
        def getresponse(self: Any) -> Any:
            with watchdog.watch(self.sock, self.timeout):
                return super().getresponse()  # type: ignore[misc]

    bases = (Watched, Guarded) if guarded else (Watched,)
    plain = type("Connection", (*bases, HTTPConnection), {})
    secure = type("SecureConnection", (*bases, HTTPSConnection), {})
    return {
        "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }
