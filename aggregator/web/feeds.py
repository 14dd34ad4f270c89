"""Generated feeds over HTTP: validators, 304, compressed forms made once, and news only (226)."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from aggregator.syndicate import versions
from aggregator.syndicate.channel import FORMATS
from aggregator.syndicate.codings import CODINGS, packed
from aggregator.syndicate.publication import forms, read_form, versions_path
from aggregator.web.negotiation import best_coding, is_current, tags, wants_news_only

TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "opml": "text/x-opml; charset=utf-8",
}
_OF_BODY = ("content-length", "content-type", "cache-control", "vary")
_SUFFIX = {"": "", "br": "-br", "gzip": "-gzip"}  # of a tag: each coding has its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document as it goes over the wire; `forms` are those of its compressed forms that were made
    already, by coding. `modified` in seconds."""

    name: str
    plain: bytes
    tag: str
    modified: int
    forms: dict[str, bytes] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Name its format."""
        return self.name.rpartition(".")[2]

    def etag(self, coding: str) -> str:
        """Give its entity tag in a coding."""
        return f'"{self.tag}{_SUFFIX[coding]}"'

    def body(self, coding: str) -> bytes:
        """Give it in a coding, "" for none; a form that is missing is made once."""
        if coding and coding not in self.forms:
            self.forms[coding] = packed(coding, self.plain)
        return self.forms[coding] if coding else self.plain


def read_document(path: Path) -> Document:
    """Read a file and those of its compressed forms that are of it."""
    with path.open("rb") as file:
        modified = int(os.fstat(file.fileno()).st_mtime)
        plain = file.read()
    stored = {coding: read_form(form, modified) for coding, form in forms(path).items()}
    return Document(
        name=path.name,
        plain=plain,
        tag=versions.tag_of(plain),
        modified=modified,
        forms={coding: body for coding, body in stored.items() if body is not None},
    )


def answer(request: Request, document: Document, headers: Mapping[str, str]) -> Response:
    """Answer GET and HEAD with a document, or with 304; a Range is left alone (RFC 9110 §14.2)."""
    stated = request.headers
    coding = best_coding(stated.get("accept-encoding", ""), CODINGS)
    tag = document.etag(coding)
    all_headers = {
        "ETag": tag,
        "Last-Modified": formatdate(document.modified, usegmt=True),
        "Cache-Control": "public, max-age=300",
        "Vary": "Accept-Encoding",
        "Accept-Ranges": "none",
        "X-Content-Type-Options": "nosniff",
        **headers,
    }
    known = stated.get("if-none-match", "")
    if is_current(known, stated.get("if-modified-since", ""), tag.strip('"'), document.modified):
        return Response(status_code=304, headers=all_headers)
    if coding:
        all_headers["Content-Encoding"] = coding
    body = document.body(coding)
    return Response(body, headers=all_headers, media_type=TYPES[document.kind])


def no_links(_file: str) -> str:
    """Say that a feed has no Link header."""
    return ""


def documents(outputs: Iterable[str]) -> Iterator[str]:
    """Name the files of outputs."""
    return (f"{name}.{kind}" for name in outputs for kind in FORMATS)


class Feeds:
    """Serves documents of outputs from a folder, those named and nothing else in it."""

    def __init__(
        self,
        folder: Path,
        versions_folder: Path,
        files: Iterable[str],
        link_header: Callable[[str], str] = no_links,
    ) -> None:
        self._paths = {name: folder / name for name in files}
        self._versions_folder = versions_folder
        self._link_header = link_header
        self._cache: dict[str, tuple[object, Document]] = {}

    def respond(self, request: Request) -> Response:
        """Answer a request for a document of an output."""
        document = self._document(request.path_params["file"])
        links = self._link_header(document.name)
        headers = headers_of(document.kind) | ({"Link": links} if links else {})
        response = answer(request, document, headers)
        if response.status_code == 200 and wants_news_only(request.headers.get("a-im", "")):
            return self._news(request, document, response) or response
        return response

    def _news(self, request: Request, document: Document, whole: Response) -> Response | None:
        """Cut an answer down to what the client has not seen; None where that is not known."""
        known = request.headers.get("if-none-match", "")
        bases = [tag.partition("-")[0] for tag in tags(known)]
        path = versions_path(self._versions_folder, document.name)
        unseen = versions.read(path).unseen(document.tag, bases) if bases else None
        if unseen is None:
            return None
        body = versions.cut_down(document.kind, document.plain, unseen)
        headers = {name: value for name, value in whole.headers.items() if name not in _OF_BODY}
        # A cache that knows nothing of 226 must not keep it (RFC 3229 §10.8.3).
        headers |= {"IM": "feed", "Cache-Control": "no-store, im"}
        headers["Vary"] = "Accept-Encoding, A-IM, If-None-Match"
        if coding := headers.get("content-encoding", ""):
            body = packed(coding, body)
        return Response(body, 226, headers, TYPES[document.kind])

    def _document(self, name: str) -> Document:
        path = self._paths.get(name)
        if path is None:
            raise HTTPException(404, f"there is no feed {name}")
        try:
            stamp = [_stamp(one) for one in (path, *forms(path).values())]
            known = self._cache.get(name)
            if known is None or known[0] != stamp:
                self._cache[name] = known = (stamp, read_document(path))
        except FileNotFoundError:
            raise HTTPException(404, f"{name} has not been published yet") from None
        return known[1]


def headers_of(kind: str) -> dict[str, str]:
    """Give what the answers of a format have beside: a page may run nothing and be in no frame."""
    if kind != "html":
        return {}
    # Not at the top: only pages need templates.
    from aggregator.syndicate.page import content_policy

    policy = f"{content_policy()}; frame-ancestors 'none'"
    return {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return (status.st_mtime_ns, status.st_size)
