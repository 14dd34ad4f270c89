"""Forms that pages send, and only our own pages."""

from urllib.parse import parse_qs, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request


async def own_form(request: Request, most_bytes: int) -> dict[str, str]:
    """Read the fields of a form; 403 where it was not sent by a page of this server: another site
    could have a browser send its own, with our cookie."""
    _refuse_strangers(request)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > most_bytes:
            raise HTTPException(413, "that is longer than this form can be")
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=10)
    except ValueError as error:
        raise HTTPException(400, "that is no form of ours") from error
    return {name: values[-1] for name, values in fields.items()}


def _refuse_strangers(request: Request) -> None:
    headers = request.headers
    is_ours = urlsplit(headers.get("origin", "")).netloc == headers.get("host", "?")
    if not is_ours or headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise HTTPException(403, "this form was not sent by a page of this server")
