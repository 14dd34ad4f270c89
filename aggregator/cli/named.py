"""What people name on the command line: sources, outputs, articles, moments."""

from datetime import datetime

from aggregator.cli.parts import now
from aggregator.config.load import Config
from aggregator.config.reader import nearest
from aggregator.config.values import BadValue, duration
from aggregator.core.article import Article
from aggregator.core.output import Output
from aggregator.core.source import Source
from aggregator.errors import UsageError
from aggregator.store.database import Database


def find_source(config: Config, name: str) -> Source:
    """Find a source that a person named."""
    source = config.source(name)
    if source is None:
        meant = nearest(name, [one.id for one in config.sources])
        raise UsageError(f"there is no source {name!r}{meant}", "`aggregator sources` lists them")
    return source


def find_output(name: str, *configs: Config) -> Output:
    """Find an output that a person named, in the first configuration that has it."""
    known = {one.id: one for config in reversed(configs) for one in config.outputs}
    if name not in known:
        raise UsageError(
            f"there is no output {name!r}{nearest(name, known)}", "`aggregator outputs` lists them"
        )
    return known[name]


def find_article(database: Database, name: str) -> Article:
    """Find the article that a person means: by its id or the beginning of it, or by its link."""
    wanted = name.removeprefix("urn:aggregator:")
    ids = database.ids_of_link(wanted) if "/" in wanted else database.find_ids(wanted)
    if len(ids) > 1:
        raise UsageError(
            f"{name!r} fits {len(ids)} articles: {', '.join(ids)}", "write more of the id"
        )
    article = database.article(ids[0]) if ids else None
    if article is None:
        raise UsageError(
            f"there is no article {name!r}", "`aggregator search` finds articles by their words"
        )
    return article


def since(stated: str) -> datetime | None:
    """Read what `--since` takes: a time span before now, a day or a moment; None for `all`."""
    # Not at the top: polls read no moment.
    from aggregator.core.frontmatter import moment_of

    if stated == "all":
        return None
    try:
        return now() - duration(stated)
    except (BadValue, OverflowError):
        moment = moment_of(stated)
    if moment is None:
        raise UsageError(
            f"--since takes a time span, a day or `all`, not {stated!r}",
            'write "30d", "12h", "2026-11-01" or "all"',
        )
    return moment
