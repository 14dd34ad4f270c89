"""The sample sources of `aggregator demo`, served on loopback as their publishers would."""

import re
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from importlib.resources.abc import Traversable

_TYPES = {
    ".rss": "application/rss+xml; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".rdf": "application/rdf+xml; charset=utf-8",
    ".json": "application/feed+json; charset=utf-8",
    ".gbk.xml": "application/xml; charset=GBK",
    ".html": "text/html; charset=utf-8",
    ".png": "image/png",
}
_LATER = re.compile(
    r"^[^\S\n]*\{\{after (\d+)s\}\}[^\n]*\n(.*?)^[^\S\n]*\{\{end\}\}[^\n]*\n",
    re.DOTALL | re.MULTILINE,
)
_DATE = re.compile(r"\{\{(rfc822|rfc3339|cst) ([+-]\d+)([mhd])\}\}")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_CHINA = timezone(timedelta(hours=8))


def samples() -> Traversable:
    """Give the folder of the samples, wherever the package is installed."""
    return files("aggregator.demo") / "samples"


def render(template: str, *, started: datetime, now: datetime, names: Mapping[str, str]) -> str:
    """Fill a sample's dates, which count from the start, and leave out what is yet to come."""
    running = (now - started).total_seconds()
    due = _LATER.sub(lambda match: match[2] if running >= int(match[1]) else "", template)
    text = _DATE.sub(lambda match: _date(match, started), due)
    for name, value in names.items():
        text = text.replace(f"{{{{{name}}}}}", value)
    return text


def _date(match: re.Match[str], started: datetime) -> str:
    moment = started + timedelta(**{_UNITS[match[3]]: int(match[2])})
    if match[1] == "rfc822":
        return format_datetime(moment, usegmt=True)
    if match[1] == "rfc3339":
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return moment.astimezone(_CHINA).strftime("%Y-%m-%d %H:%M:%S")


class SampleServer:
    """Serves the samples on a free port of 127.0.0.1 from `start` to `stop`."""

    def __init__(self, started: datetime) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(started))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="samples", daemon=True
        )

    @property
    def base(self) -> str:
        """Give the URL that the samples are below."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(started: datetime) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0].lstrip("/")
            content = _content(path, started, f"http://{self.headers.get('host', '')}")
            if content is None:
                self._answer(404, "text/plain; charset=utf-8", b"there is no such sample\n")
            else:
                self._answer(200, *content)

        def _answer(self, status: int, media_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Say nothing: the daemon's own log is what the demo shows."""

    return Handler


def _content(path: str, started: datetime, base: str) -> tuple[str, bytes] | None:
    kind = next(
        (ending for ending in sorted(_TYPES, key=len, reverse=True) if path.endswith(ending)), ""
    )
    parts = path.split("/")
    if not kind or ".." in parts or len(parts) > 2:
        return None
    sample = samples().joinpath(*parts)
    if not sample.is_file():
        return None
    if kind == ".png":
        return _TYPES[kind], sample.read_bytes()
    now = datetime.now(started.tzinfo)
    text = render(sample.read_text("utf-8"), started=started, now=now, names={"base": base})
    return _TYPES[kind], text.encode("gb18030" if kind == ".gbk.xml" else "utf-8")
