"""The `aggregator` command. Modules of commands are imported only when their command is used."""

import gc
import importlib
import keyword
import logging
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from aggregator import __version__, log
from aggregator.errors import AggregatorError, ConfigError, UsageError

# Each with its module and a line for the list of all, which is shown without loading them.
_COMMANDS = {
    "run": ("run", "Poll, publish and serve until it is told to stop."),
    "poll": ("poll", "Poll what is due once, or the sources named, and publish."),
    "publish": ("poll", "Make every output anew from the database."),
    "check": ("check", "Name every problem of feeds.toml with its line."),
    "add": ("add", "Find the feed of a site and write it into feeds.toml."),
    "import": ("import_", "Read in article files, or the feeds of another reader."),
    "export": ("export", "Write the sources as OPML, or articles as files."),
    "sources": ("look", "Show where each source stands, and what is wrong."),
    "outputs": ("look", "Show each output and where to subscribe."),
    "search": ("look", "Find articles by their words."),
    "show": ("show", "Show one article."),
    "split": ("same", "Say that an article is not the same as another."),
    "merge": ("same", "Say that two articles are the same."),
    "explain": ("explain", "Say why an article is in an output, or not."),
    "preview": ("preview", "Try the rule of an output on what is stored."),
    "backup": ("backup", "Back up all that cannot be made anew, into one file."),
    "restore": ("backup", "Put a backup in the place of the database."),
    "doctor": ("doctor", "Say what is wrong with the data, and what to do."),
    "upgrade": ("upgrade", "Bring the database up to date, or try it on a copy."),
    "password": ("password", "Hash a password for the pages."),
    "prune": ("prune", "Purge the articles that are beyond their bounds."),
    "demo": ("demo", "Run the daemon on sample sources, without a network."),
}
_PROBLEMS = 20  # of feeds.toml that are shown; `check` shows all


class _Group(click.Group):
    """Finds a command in its module, and puts the project's own errors into words."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        # `import` is a word of Python, so its function has another name.
        name = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        command: click.Command = getattr(_load(_COMMANDS[cmd_name][0]), name)
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in _COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in _COMMANDS:
            # Not at the top: for mistakes only.
            from aggregator.config.reader import nearest

            if meant := nearest(args[0], _COMMANDS):
                ctx.fail(f"there is no command {args[0]!r}{meant}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AggregatorError as error:
            if ctx.params.get("debug"):
                click.echo(_redacted(traceback.format_exc()), err=True)
            _tell(error, most=None if ctx.invoked_subcommand == "check" else _PROBLEMS)
            sys.exit(2 if isinstance(error, UsageError) else 1)


def _load(name: str) -> ModuleType:
    # What a module makes stays: looking through it for garbage is a sixth of the time it loads.
    gc.disable()
    try:
        return importlib.import_module(f"aggregator.cli.{name}")
    finally:
        gc.enable()


def _redacted(text: str) -> str:
    # Not at the top: for tracebacks only.
    from aggregator.core.source import public_url

    return public_url(text)


def _tell(error: AggregatorError, most: int | None) -> None:
    """Say what is wrong, and at most so many of the problems."""
    click.echo(f"error: {error.what}", err=True)
    if isinstance(error, ConfigError):
        shown = error.problems[:most]
        for problem in shown:
            click.echo(f"  {problem}", err=True)
        if left := len(error.problems) - len(shown):
            click.echo(f"  and {left} more", err=True)
    if error.hint:
        click.echo(error.hint, err=True)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    default="feeds.toml",
    envvar="AGGREGATOR_CONFIG",
    show_default=True,
    help="The configuration file.",
)
@click.option("--debug", is_flag=True, help="Log more, and show tracebacks.")
@click.option(
    "--log-format",
    type=click.Choice(log.FORMS),
    envvar="AGGREGATOR_LOG_FORMAT",
    help="How log lines are written, in place of `log` in feeds.toml.",
)
@click.version_option(__version__, prog_name="aggregator")
@click.pass_context
def main(ctx: click.Context, config_path: Path, debug: bool, log_format: str | None) -> None:
    """Poll feeds, keep every article once, republish filtered feeds."""
    ctx.obj = config_path
    level = logging.DEBUG if debug else logging.ERROR
    log.set_up(level=level, form=log_format or log.FORMS[0], redact=_redacted)
