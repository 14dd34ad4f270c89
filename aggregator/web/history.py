"""The pages of outputs' histories over HTTP, made when somebody asks for one."""

import re
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from aggregator.core.output import Output
from aggregator.core.picture_links import PictureLinks
from aggregator.core.source import Source
from aggregator.pipeline.history import Page, read_page
from aggregator.store.database import Database
from aggregator.syndicate.channel import FORMATS, Channel, newest_change
from aggregator.syndicate.secrets import Tokens
from aggregator.syndicate.versions import tag_of
from aggregator.web.feeds import Document, answer, headers_of

_NUMBER = re.compile("[1-9][0-9]{0,8}")  # as we write it: a page has one address


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """Serves `<folder>/<page>.<format>`, where the folder is named for the output; `open_database`
    gives a connection for one request, `tokens` those in the addresses of private outputs."""

    outputs: Mapping[str, Output]
    sources: Mapping[str, Source]
    public_url: str
    prefer: tuple[str, ...]
    open_database: Callable[[], Database]
    picture_links: PictureLinks | None = None
    tokens: Tokens | None = None

    def respond(self, request: Request) -> Response:
        """Answer a request for a page."""
        return self.page(request, request.path_params["folder"], request.path_params["file"])

    def page(self, request: Request, name: str, file: str) -> Response:
        """Answer a request for a file of an output."""
        number, _, kind = file.partition(".")
        output = self.outputs.get(name)
        if output is None or kind not in FORMATS or not _NUMBER.fullmatch(number):
            raise HTTPException(404, "there is no such page")
        with closing(self.open_database()) as database:
            page = read_page(database, output, int(number), self.prefer)
        if page is None:
            raise HTTPException(404, f"{output.id} has no page {number}")
        is_full = int(number) <= page.pages
        headers = {"Cache-Control": f"public, max-age={86_400 if is_full else 300}"}
        document = self._document(output, int(number), kind, page)
        return answer(request, document, {**headers_of(kind), **headers})

    def _document(self, output: Output, number: int, kind: str, page: Page) -> Document:
        # Not at the top: feedgen takes time and memory to load.
        from aggregator.syndicate.render import render

        channel = Channel(
            output=output,
            public_url=self.public_url,
            sources=self.sources,
            page=number,
            pages=page.pages,
            token=self.tokens.of(output.id) if self.tokens and output.private else "",
            picture_links=self.picture_links,
            matched=page.matched,
        )
        plain = render(channel, page.articles, [kind])[kind]
        return Document(
            name=f"{number}.{kind}",
            plain=plain,
            tag=tag_of(plain),
            modified=int(newest_change(page.articles).timestamp()),
        )
