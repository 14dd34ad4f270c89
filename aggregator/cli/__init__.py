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

_COMMANDS = {
    "run": "run",
    "poll": "poll",
    "publish": "poll",
    "check": "check",
    "add": "add",
    "import": "import_",
    "export": "export",
    "sources": "look",
    "outputs": "look",
    "search": "look",
    "show": "show",
    "split": "same",
    "merge": "same",
    "explain": "explain",
    "preview": "preview",
    "backup": "backup",
    "restore": "backup",
    "doctor": "doctor",
    "upgrade": "upgrade",
    "password": "password",
    "prune": "prune",
    "demo": "demo",
}


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
        command: click.Command = getattr(_load(_COMMANDS[cmd_name]), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AggregatorError as error:
            if ctx.params.get("debug"):
                click.echo(_redacted(traceback.format_exc()), err=True)
            _tell(error)
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


def _tell(error: AggregatorError) -> None:
    click.echo(f"error: {error.what}", err=True)
    if isinstance(error, ConfigError):
        for problem in error.problems:
            click.echo(f"  {problem}", err=True)
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
