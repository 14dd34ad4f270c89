"""The pages by which one logs in and out."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from aggregator.web.forms import own_form
from aggregator.web.frame import Frame
from aggregator.web.sessions import COOKIE, SESSION_SECONDS, Sessions

_MOST_BYTES = 10_000


class Login:
    """Answers `/login` and `/logout`."""

    def __init__(self, frame: Frame, sessions: Sessions) -> None:
        self._frame = frame
        self._sessions = sessions

    async def log_in(self, request: Request) -> Response:
        """Show the form, or take it: then on to where one wanted to go."""
        to = _within(request.query_params.get("to", ""))
        if request.method != "POST":
            if self._frame.is_trusted(request):
                return RedirectResponse(to, 303)
            return self._frame.page(request, "login.html", to=to)
        form = await own_form(request, _MOST_BYTES)
        address = request.client.host if request.client else ""
        cookie = await run_in_threadpool(self._sessions.log_in, form.get("password", ""), address)
        if not cookie:
            return self._refused(request, to, self._sessions.wait(address))
        answer = RedirectResponse(to, 303)
        answer.set_cookie(
            COOKIE,
            cookie,
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="strict",
            secure=self._frame.site.public_url.startswith("https://"),
        )
        return answer

    def _refused(self, request: Request, to: str, wait: int) -> Response:
        status, headers = (429, {"Retry-After": str(wait)}) if wait else (403, {})
        answer = self._frame.page(
            request, "login.html", status=status, to=to, is_wrong=True, wait=wait
        )
        answer.headers.update(headers)
        return answer

    async def log_out(self, request: Request) -> Response:
        """End the session of this browser."""
        await own_form(request, _MOST_BYTES)
        answer = RedirectResponse("/", 303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return answer


def _within(path: str) -> str:
    """Give a path of ours to go on to, and no other site's."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"
