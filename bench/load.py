"""Serve generated feeds over HTTP on loopback, with as little work per request as can be.

Run as `python -m bench.load`; the port is printed on standard output once everything is built.
"""

import argparse
import asyncio
import contextlib
import gzip
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from email.utils import format_datetime
from functools import partial
from typing import Literal, get_args
from urllib.parse import parse_qs, urlsplit

from bench.articles import published
from bench.documents import form_of, move_on, render_document

Mode = Literal["normal", "same", "tenth"]
MODES: tuple[Mode, ...] = get_args(Mode)
GZIP_LEVEL = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """Hold one document as it goes over the wire; only the compressed bytes are kept."""

    newest: int
    raw_size: int
    packed: bytes
    media_type: str
    etag: bytes
    last_modified: bytes

    @classmethod
    def pack(cls, source: int, newest: int, raw: bytes) -> "Document":
        """Compress the bytes of a document whose newest entry is `newest`."""
        return cls(
            newest=newest,
            raw_size=len(raw),
            packed=gzip.compress(raw, GZIP_LEVEL, mtime=0),
            media_type=form_of(source).media_type,
            etag=f'"{source}-{newest}"'.encode(),
            last_modified=format_datetime(published(source, newest), usegmt=True).encode(),
        )

    def is_known_to(self, headers: dict[bytes, bytes]) -> bool:
        """Tell whether a client has these bytes; If-None-Match decides alone (RFC 9110 13.2.2)."""
        if tag := headers.get(b"if-none-match"):
            return self.etag in tag
        return headers.get(b"if-modified-since") == self.last_modified


def is_in_tenth(source: int) -> bool:
    """Tell whether the mode `tenth` gives a source new entries: spread over all of them."""
    return source % 10 == 0


def build(source: int, *, seed: int, entries: int) -> Document:
    """Render and compress the first document of a source."""
    return Document.pack(source, entries, render_document(seed, source, entries))


def advance(item: tuple[int, Document], *, seed: int) -> tuple[int, Document]:
    """Put one new entry on top of a source's document."""
    source, old = item
    newest = old.newest + 1
    raw = move_on(gzip.decompress(old.packed), seed, source, newest)
    return source, Document.pack(source, newest, raw)


class Load:
    """Hold the documents of every source, the mode they are served in, and what was served."""

    def __init__(self, sources: int, entries: int, seed: int) -> None:
        """Build every document, on all cores, so that serving them costs next to nothing."""
        self.seed = seed
        self.mode: Mode = "normal"
        self.reset()
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            job = partial(build, seed=seed, entries=entries)
            built = pool.map(job, range(1, sources + 1), chunksize=8)
            self.documents = dict(enumerate(built, 1))

    def reset(self) -> None:
        """Start counting what is served from zero."""
        self.statuses: Counter[int] = Counter()
        self.raw_bytes = 0
        self.sent_bytes = 0
        self.cpu_start = time.process_time()

    def switch(self, mode: Mode) -> None:
        """Change the mode; each switch to `tenth` brings one more new entry to a tenth."""
        self.mode = mode
        if mode == "tenth":
            chosen = [item for item in self.documents.items() if is_in_tenth(item[0])]
            with ProcessPoolExecutor(os.cpu_count()) as pool:
                job = partial(advance, seed=self.seed)
                self.documents.update(pool.map(job, chosen, chunksize=8))

    def stats(self) -> bytes:
        """State what was served since the last reset, and the CPU seconds it took."""
        stats = {
            "mode": self.mode,
            "statuses": dict(self.statuses),
            "raw_bytes": self.raw_bytes,
            "sent_bytes": self.sent_bytes,
            "cpu": time.process_time() - self.cpu_start,
        }
        return json.dumps(stats).encode()

    def control(self, query: str) -> bytes:
        """Answer with the stats, start them anew, and switch the mode if the query says so."""
        answer = self.stats()
        for mode in MODES:
            if mode in parse_qs(query).get("mode", ()):
                self.switch(mode)
        self.reset()
        return answer

    def answer(self, target: str, headers: dict[bytes, bytes]) -> bytes:
        """Return the whole response to a GET, head and body."""
        url = urlsplit(target)
        if url.path == "/control":
            return response(200, self.control(url.query), "application/json")
        document = self.documents.get(source_of(url.path))
        if document is None:
            self.statuses[404] += 1
            return response(404, b"not found\n", "text/plain")
        answer = self._serve(document, headers)
        self.sent_bytes += len(answer)
        return answer

    def _serve(self, document: Document, headers: dict[bytes, bytes]) -> bytes:
        validators = b""
        if self.mode != "same":
            validators = b"ETag: %b\r\nLast-Modified: %b\r\n" % (
                document.etag,
                document.last_modified,
            )
            if document.is_known_to(headers):
                self.statuses[304] += 1
                return b"HTTP/1.1 304 Not Modified\r\n%b\r\n" % validators
        self.statuses[200] += 1
        self.raw_bytes += document.raw_size
        if b"gzip" in headers.get(b"accept-encoding", b""):
            validators += b"Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n"
            return response(200, document.packed, document.media_type, validators)
        return response(200, gzip.decompress(document.packed), document.media_type, validators)


def source_of(path: str) -> int:
    """Read the number of a source from its path; 0, which no source has, if there is none."""
    name = path.removeprefix("/feeds/").removesuffix(".xml")
    return int(name) if name.isascii() and name.isdigit() else 0


def response(status: int, body: bytes, media_type: str, more: bytes = b"") -> bytes:
    """Write a response with a body; `more` is header lines, each with its line end."""
    reason = b"OK" if status == 200 else b"Not Found"
    return b"HTTP/1.1 %d %b\r\nContent-Type: %b\r\n%bContent-Length: %d\r\n\r\n%b" % (
        status,
        reason,
        media_type.encode(),
        more,
        len(body),
        body,
    )


def read_headers(lines: list[bytes]) -> dict[bytes, bytes]:
    """Read header lines into a mapping with names in lower case."""
    pairs = (line.partition(b":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


class Connection(asyncio.Protocol):
    """Speak as much HTTP/1.1 as a polite GET client needs, kept alive until it says close."""

    def __init__(self, load: Load) -> None:
        """Answer from `load`."""
        self.load = load
        self.pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        *requests, self.pending = (self.pending + data).split(b"\r\n\r\n")
        for request in requests:
            self._respond(request)

    def _respond(self, request: bytes) -> None:
        first, *lines = request.split(b"\r\n")
        headers = read_headers(lines)
        self.transport.write(self.load.answer(first.split(b" ")[1].decode(), headers))
        if headers.get(b"connection", b"").lower() == b"close":
            self.transport.close()


async def serve(load: Load) -> None:
    """Serve on a free port of loopback until cancelled, printing the port first."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(load), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


def size(documents: Iterable[Document]) -> str:
    """Say how large documents are together."""
    sizes = [(document.raw_size, len(document.packed)) for document in documents]
    raw, packed = (sum(column) / 1e6 for column in zip(*sizes, strict=True))
    return f"{len(sizes)} sources, {raw:.1f} MB, {packed:.1f} MB compressed"


def main() -> None:
    """Build the load and serve it."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--sources", type=int, default=1000)
    parser.add_argument("--entries", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    load = Load(options.sources, options.entries, options.seed)
    print(size(load.documents.values()), file=sys.stderr)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(load))


if __name__ == "__main__":
    main()
