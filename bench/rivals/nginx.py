"""Serve a folder with nginx (https://nginx.org), as Debian packages it: one worker process."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from bench.home import Served
from bench.measure import BenchError
from bench.rivals.debian import version_of
from tests.running import ask, free_port, until

PATIENCE = 30  # seconds until it answers
_CONFIGURATION = """
daemon off;
{user}worker_processes 1;
pid {own}/pid;
error_log {own}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {own}/body;
    proxy_temp_path {own}/proxy;
    fastcgi_temp_path {own}/fastcgi;
    uwsgi_temp_path {own}/uwsgi;
    scgi_temp_path {own}/scgi;
    types {{
        application/rss+xml rss;
        application/atom+xml atom;
        application/feed+json json;
        text/html html;
    }}
    sendfile on;
    gzip_static on;
    open_file_cache max=1000;
    keepalive_requests 1000000000;
    server {{
        listen 127.0.0.1:{port};
        root {root};
    }}
}}
"""


def program() -> str:
    """Find it, also where only root looks; empty where it is not installed."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or ""


def version() -> str:
    """Ask dpkg; empty where it is not installed."""
    return version_of("nginx") if program() else ""


@contextlib.contextmanager
def serving(root: Path, own: Path) -> Iterator[Served]:
    """Serve the files below `root`, with what nginx needs itself in the folder `own`."""
    own.mkdir()
    port = free_port()
    user = "user root;\n" if os.geteuid() == 0 else ""  # nobody else can read a temporary folder
    path = own / "nginx.conf"
    path.write_text(_CONFIGURATION.format(user=user, own=own, port=port, root=root))
    process = subprocess.Popen(
        (program(), "-c", str(path), "-p", str(own), "-e", str(own / "error.log")),
        stderr=subprocess.DEVNULL,
    )

    def answers() -> bool:
        if process.poll() is not None:
            raise BenchError(f"nginx: {(own / 'error.log').read_text()[-2000:]}")
        with contextlib.suppress(OSError):
            return bool(ask(port, "/").status)
        return False

    try:
        until(answers, "nginx answers", PATIENCE)
        yield Served(pid=process.pid, port=port)
    finally:
        process.terminate()
        process.wait()
