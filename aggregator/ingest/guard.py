"""Which addresses may be connected to, decided on the address itself and not on a name."""

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError
from urllib3.util.connection import create_connection


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


class _GuardedMixin:
    """Connects to nothing but public addresses."""

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


class _GuardedHTTP(_GuardedMixin, HTTPConnection):
    pass


class _GuardedHTTPS(_GuardedMixin, HTTPSConnection):
    pass


class _GuardedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _GuardedHTTP


class _GuardedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedHTTPS


GUARDED_POOLS = {"http": _GuardedHTTPPool, "https": _GuardedHTTPSPool}
