"""Where the web server listens: at the address of feeds.toml, or where the service manager says."""

import logging
import os
import socket
import stat

from aggregator import log
from aggregator.errors import AggregatorError

_logger = logging.getLogger(__name__)
_FIRST = 3  # sd_listen_fds(3): after standard input, output and error
_NAME = "web"
_UNNAMED = ("", "unknown", "connection")


def bind(listen: str) -> socket.socket:
    """Listen at an address of feeds.toml."""
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
    return _prepared(listener)


def handed_over(listen: str) -> tuple[socket.socket, ...]:
    """Take over the sockets that the service manager holds open, if any, in place of `listen`.

    The variables that tell of them are taken out of the environment. What the manager holds stays
    open when these are closed: who connects meanwhile waits for the next start.
    """
    names = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")
    process, count, named = (os.environ.pop(name, "") for name in names)
    if process != str(os.getpid()) or not (count.isascii() and count.isdecimal()):
        return ()  # meant for another process, or for nobody
    files = range(_FIRST, _FIRST + int(count))
    called = dict(zip(files, named.split(":"), strict=False))
    sockets = tuple(_taken(file, called.get(file, "")) for file in files)
    addresses = ", ".join(map(address, sockets))
    if sockets and addresses != listen:
        log.event(_logger, "listen", address=addresses, in_place_of=listen)
    return sockets


def address(listener: socket.socket) -> str:
    """Give host:port as it is, also where the port asked for was 0; unix:PATH for one of files."""
    name = listener.getsockname()
    if listener.family == socket.AF_UNIX:
        # A zero stands for Linux's abstract namespace.
        return f"unix:@{name[1:].decode()}" if isinstance(name, bytes) else f"unix:{name}"
    host, port = name[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _taken(file: int, name: str) -> socket.socket:
    if name not in (_NAME, *_UNNAMED) and not name.endswith(".socket"):  # the unit's, if not told
        raise _refused(name, f"nothing here is called {name!r}", f"FileDescriptorName={_NAME}")
    try:
        is_socket = stat.S_ISSOCK(os.fstat(file).st_mode)
    except OSError as error:
        raise _refused(name, "it is not there", "look for what starts the daemon") from error
    if not is_socket:
        raise _refused(name, "it is no socket", "ListenStream= alone")
    os.set_inheritable(file, False)
    listener = socket.socket(fileno=file)
    if listener.family not in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
        raise _refused(name, "it is neither of the internet nor of files", "ListenStream= alone")
    if listener.type != socket.SOCK_STREAM:
        raise _refused(name, "it is not for connections", "ListenStream=, no other kind")
    if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        raise _refused(name, "it does not listen", "Accept=no")
    listener.setblocking(False)
    return _prepared(listener)


def _prepared(listener: socket.socket) -> socket.socket:
    if listener.family != socket.AF_UNIX:
        # What it accepts inherits this. Without it an answer of a head and a body waits for the
        # client to acknowledge the head, which takes 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _refused(name: str, why: str, needed: str) -> AggregatorError:
    return AggregatorError(
        f"cannot serve on the socket {name or _NAME} of the service manager: {why}",
        f"the unit of the socket needs {needed}",
    )
