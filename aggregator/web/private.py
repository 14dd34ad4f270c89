"""Private outputs over HTTP: for who has no leave they are what an unknown output is."""

import binascii
import hmac
import secrets
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from aggregator.core.output import Output
from aggregator.syndicate.secrets import Tokens
from aggregator.web.feeds import Feeds
from aggregator.web.history import Histories

_HEADERS = {
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class _Leave:
    """What a request has to bring, as hashes, so that all are of one length; `credentials` are None
    where there is no password."""

    token: bytes
    credentials: bytes | None

    def is_given(self, token: bytes, credentials: bytes) -> bool:
        """Compare in a time that tells nothing, whichever of the two is wrong."""
        has_token = hmac.compare_digest(token, self.token)
        has_credentials = hmac.compare_digest(credentials, self.credentials or credentials)
        return has_token & has_credentials


class PrivateFeeds:
    """Serves feeds of private outputs, at an address with their token or to who has the password.

    The same is done for an output that does not exist, which nobody has leave to read.
    """

    def __init__(
        self, feeds: Feeds, histories: Histories, outputs: Iterable[Output], tokens: Tokens
    ) -> None:
        self._outputs = tuple(outputs)
        self._tokens = tokens
        self._feeds = feeds
        self._histories = histories
        self._nobodys = _Leave(secrets.token_bytes(32), secrets.token_bytes(32))
        self._stamp = -1
        self._leaves: dict[str, _Leave] = {}

    def respond(self, request: Request) -> Response:
        """Answer a request for `<token>/<output>.<format>`, or for a page of its history,
        `<token>/<output>/<page>.<format>`; without the token for one that has a password only."""
        leaves, asked = self._current(), request.path_params
        file, folder, name = asked["file"], asked.get("folder", ""), asked.get("output", "")
        if not name and folder in leaves:
            folder, name = "", folder
        leave = leaves.get(name or file.rpartition(".")[0], self._nobodys)
        if not leave.is_given(_hashed(folder.encode()), _hashed(_credentials(request))):
            raise HTTPException(404, f"there is no feed {file}")
        if name:
            response = self._histories.page(request, name, file)
        else:
            response = self._feeds.respond(request)
        response.headers.update(_HEADERS)
        if response.status_code != 226:  # that is for nobody else as it is, and never to be kept
            response.headers["Cache-Control"] = "private, max-age=300"
        response.headers.add_vary_header("Authorization")
        return response

    def _current(self) -> dict[str, _Leave]:
        if (stamp := self._tokens.stamp) != self._stamp:
            self._leaves = {one.id: self._leave(one) for one in self._outputs}
            self._stamp = stamp
        return self._leaves

    def _leave(self, output: Output) -> _Leave:
        token = self._tokens.of(output.id) if output.private else ""
        credentials = _hashed(":".join(output.auth).encode()) if output.auth else None
        return _Leave(_hashed(token.encode()), credentials)


def _hashed(value: bytes) -> bytes:
    return sha256(value).digest()


def _credentials(request: Request) -> bytes:
    """Read user and password of HTTP basic authentication (RFC 7617), if there are any."""
    scheme, _, stated = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return b64decode(stated, validate=True)
    except (binascii.Error, ValueError):
        return b""
