"""The workbench: another rule for an output, and what it would gain and lose."""

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from aggregator.config.blocks import Edited, name_in, output_block, with_output
from aggregator.config.load import Config, load_text
from aggregator.config.writing import rewrite
from aggregator.core.lineage import with_ancestors
from aggregator.core.output import Output
from aggregator.core.tally import warnings
from aggregator.errors import ConfigError
from aggregator.pipeline.preview import Preview, Question, preview
from aggregator.web.charts import DAYS, day_of
from aggregator.web.desk import Desk
from aggregator.web.forms import own_form
from aggregator.web.frame import Frame

_MOST_BYTES = 64_000
_MOST_LISTED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A block that somebody wrote, with what is wrong with it, else the configuration with it."""

    block: str
    name: str = ""
    problems: tuple[str, ...] = ()
    config: Config | None = None
    edited: Edited = field(default_factory=lambda: Edited(text="", first=0))


class Workbench:
    """Answers `/workbench`: GET shows the rule of an output, POST tries another, or writes it."""

    def __init__(self, frame: Frame, desk: Desk) -> None:
        self._frame = frame
        self._desk = desk

    async def respond(self, request: Request) -> Response:
        """Answer a request; `output` in the query names whose rule is shown at first."""
        if not self._frame.is_trusted(request):
            return self._frame.closed(request)
        if request.method != "POST":
            return await run_in_threadpool(self._begin, request)
        form = await own_form(request, _MOST_BYTES)
        act = self._write if form.get("do") == "write" else self._try
        return await run_in_threadpool(act, request, form.get("block", ""))

    def _begin(self, request: Request) -> Response:
        query = request.query_params
        block = query.get("block", "")[:_MOST_BYTES]
        if name := query.get("output", ""):
            block = output_block(self._text(), name) if self._may_show(name) else ""
        return self._page(request, _Draft(block=block or _EXAMPLE, name=name))

    def _may_show(self, name: str) -> bool:
        """Say whether a page may show an output; what is private has secrets in its table."""
        known = {one.id: one for one in self._frame.site.outputs}
        if name not in known:
            known = self._written()
        return name in known and not known[name].is_hidden

    def _written(self) -> dict[str, Output]:
        """Give the outputs as the file has them: one may just have been written, and not be taken
        up yet."""
        try:
            return {one.id: one for one in load_text(self._desk.path, self._text()).outputs}
        except ConfigError:
            return {}

    def _text(self) -> str:
        return self._desk.path.read_text("utf-8-sig")

    def _try(self, request: Request, block: str) -> Response:
        draft = self._draft(block)
        if draft.config is None:
            return self._page(request, draft, status=422)
        return self._page(request, draft, seen=self._seen(draft.name, draft.config))

    def _write(self, request: Request, block: str) -> Response:
        draft = self._draft(block)
        if draft.config is None:
            return self._page(request, draft, status=422)
        if not self._desk.may_write:
            raise HTTPException(403, "`edit` in the [web] table of feeds.toml does not allow that")
        try:
            rewrite(self._desk.path, lambda text: with_output(text, draft.block).text)
        except (OSError, ConfigError, ValueError) as error:
            words = f"{self._desk.path} was not written: {error}"
            return self._page(
                request, _Draft(block=block, name=draft.name, problems=(words,)), status=409
            )
        return RedirectResponse(f"/workbench?output={draft.name}&written=1", 303)

    def _draft(self, block: str) -> _Draft:
        try:
            name = name_in(block)
        except ValueError as error:
            return _Draft(block=block, problems=(str(error),))
        hidden = {one.id for one in self._frame.site.outputs} - {
            one.id for one in self._frame.site.public
        }
        if name in hidden:
            return _Draft(block=block, problems=(f"{name} is private: edit it in the file",))
        try:
            edited = with_output(self._text(), block)
        except (OSError, ValueError) as error:
            return _Draft(block=block, name=name, problems=(str(error),))
        try:
            config = load_text(self._desk.path, edited.text)
        except ConfigError as error:
            problems = tuple(_told(error, edited.first))
            return _Draft(block=block, name=name, problems=problems)
        return _Draft(block=block, name=name, config=config, edited=edited)

    def _seen(self, name: str, config: Config) -> Preview:
        site = self._frame.site
        question = Question(
            output=name,
            outputs=with_ancestors([name], config.outputs),
            since=site.clock() - timedelta(days=DAYS),
            most=self._desk.most,
        )
        with closing(site.open_database()) as database:
            return preview(database, self._desk.workers, question, seed=0)

    def _page(
        self, request: Request, draft: _Draft, *, seen: Preview | None = None, status: int = 200
    ) -> Response:
        outcome = _outcome(seen, draft.name) if seen else {}
        return self._frame.page(
            request,
            "workbench.html",
            status=status,
            outputs=self._frame.site.public,
            block=draft.block,
            name=draft.name,
            problems=draft.problems,
            may_write=self._desk.may_write,
            file=self._desk.path,
            is_written="written" in request.query_params,
            now=self._frame.site.clock(),
            days_back=DAYS,
            most=self._desk.most,
            **outcome,
        )


_EXAMPLE = '[outputs.my-topic]\ntitle = "My topic"\nany = ["word", "beginning*", "词"]\n'


def _told(error: ConfigError, first: int) -> Iterable[str]:
    """Say what is wrong, with lines of the block where it is in the block."""
    for one in error.problems:
        where = f"line {one.line - first + 1}: " if one.line >= first else ""
        key = f"{one.key}: " if one.key else ""
        yield f"{where}{key}{one.text}"


def _outcome(seen: Preview, name: str) -> Mapping[str, Any]:
    tally = seen.tally

    def listed(numbers: Iterable[int]) -> list[Any]:
        heads = (seen.heads[n] for n in numbers)
        return sorted(heads, key=lambda one: one.date, reverse=True)[:_MOST_LISTED]

    terms = sorted(
        seen.clauses.items(), key=lambda one: (-tally.hits[one[0]], -tally.found[one[0]])
    )
    return {
        "tally": tally,
        "seen": seen,
        "days": {day_of(day): count for day, count in tally.by_day().items()},
        "gained": listed(tally.gained),
        "lost": listed(tally.lost),
        "terms": terms,
        "warnings": warnings(tally, seen.clauses),
        "misses": [(seen.heads[miss.n], miss.lacks) for miss in tally.misses],
        "rejections": [
            (clause if output == name else f"{clause} of {output}", count)
            for (output, clause), count in tally.rejections.most_common()
        ],
    }
