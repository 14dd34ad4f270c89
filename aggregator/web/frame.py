"""What all pages have in common: templates, headers, the way around, and how things are shown."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from aggregator.core.article import Article
from aggregator.core.markup import framed
from aggregator.core.views import with_pictures_at
from aggregator.core.words import ago, until
from aggregator.web import charts
from aggregator.web.access import is_local
from aggregator.web.marking import marked_html, marked_text
from aggregator.web.sessions import COOKIE
from aggregator.web.site import Site

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # and not none: forms would be sent without their origin
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Frame:
    """Makes pages of a site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._templates = Environment(
            loader=PackageLoader("aggregator.web"),
            autoescape=select_autoescape(),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        names = {one.id: one.name for one in site.sources}
        self._templates.globals.update(
            source_name=lambda source: names.get(source, source),
            sparkline=charts.sparkline,
            picture=self._picture,
        )

    def prepare(self) -> None:
        """Compile the templates, which takes some 200 ms."""
        for name in self._templates.list_templates():
            self._templates.get_template(name)

    def page(
        self, request: Request, template: str, *, status: int = 200, **values: Any
    ) -> Response:
        """Make a page from a template."""
        now = self.site.clock()
        page = self._templates.get_template(template).render(
            values,
            path=request.url.path,
            is_trusted=self.is_trusted(request),
            has_session=self._has_session(request),
            can_log_in=self.site.sessions is not None and not self.is_trusted(request),
            has_workbench=self.site.desk is not None,
            in_force=self.site.watch.in_force,
            ago=partial(_ago, now=now),
            until=partial(until, now=now),
        )
        return HTMLResponse(page, status, HEADERS)

    def is_trusted(self, request: Request) -> bool:
        """Say whether a request may see what is not public: from the machine itself, or with the
        password."""
        return is_local(request, self.site.public_url) or self._has_session(request)

    def _has_session(self, request: Request) -> bool:
        sessions = self.site.sessions
        return sessions is not None and sessions.is_valid(request.cookies.get(COOKIE, ""))

    def for_trusted(self, respond: Callable[[Request], Response]) -> Callable[[Request], Response]:
        """Keep a page for those who may see what is not public."""

        def guarded(request: Request) -> Response:
            if self.is_trusted(request):
                return respond(request)
            return self.closed(request)

        return guarded

    def closed(self, request: Request) -> Response:
        """Ask for the password where there is one, else say that a page is not for everybody."""
        if self.site.sessions is None:
            return self.page(request, "closed.html", status=403)
        url = request.url
        to = f"{url.path}?{url.query}" if url.query and request.method == "GET" else url.path
        return RedirectResponse(f"/login?{urlencode({'to': to})}", 303)

    def not_found(self, request: Request, what: str) -> Response:
        """Say that there is no such thing."""
        return self.page(request, "missing.html", status=404, what=what)

    def body(self, article: Article, terms: tuple[str, ...] = ()) -> Markup:
        """Give an article's text as it can stand in a page, terms marked, pictures through us."""
        # Before the pictures: their addresses are ours and need no cleaning.
        shown = replace(article, body=framed(article.body or article.summary), summary="")
        shown = with_pictures_at(shown, partial(self._picture, source=article.source))
        return Markup(marked_html(shown.body, terms))  # noqa: S704 - cleaned above

    def title(self, article: Article, terms: tuple[str, ...] = ()) -> Markup:
        """Give an article's title with terms marked."""
        return Markup(marked_text(article.title, terms))  # noqa: S704 - escaped there

    def _picture(self, url: str, source: str) -> str:
        """Give the address of a picture at our server, "" where it can have none."""
        may = any(one.id == source and one.allow_private for one in self.site.sources)
        address = self.site.page_pictures.address(url, may_be_private=may)
        return address if address.startswith("/") else ""


def _ago(moment: datetime | None, now: datetime) -> Markup:
    """Say how long ago a moment was, with the moment itself for whoever wants to know."""
    if moment is None:
        return Markup("never")
    return Markup(  # noqa: S704 - of a moment alone
        f'<time datetime="{moment.isoformat()}" title="{moment:%Y-%m-%d %H:%M} UTC">'
        f"{ago(moment, now)}</time>"
    )
