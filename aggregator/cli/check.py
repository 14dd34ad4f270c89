"""`aggregator check`."""

from collections.abc import Iterable
from pathlib import Path

import click

from aggregator.cli.display import print_json
from aggregator.config.load import look_through
from aggregator.core.words import counted
from aggregator.errors import ConfigError, Problem


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print for programs.")
@click.pass_obj
def check(path: Path, as_json: bool) -> None:
    """Look through the configuration and name every problem with its line.

    Warnings are of what works and is hardly meant so; the exit code is 0 where there are no others.
    """
    try:
        config, warnings = look_through(path)
    except ConfigError as error:
        if not as_json:
            raise
        print_json(_as_dicts(error.problems, "error"))
        raise SystemExit(1) from None
    if as_json:
        print_json(_as_dicts(warnings, "warning"))
        return
    found = counted(len(warnings), "warning") if warnings else "no problems"
    sources, outputs = (
        counted(len(config.sources), "source"),
        counted(len(config.outputs), "output"),
    )
    click.echo(f"{path}: {sources}, {outputs}, {found}")
    for one in warnings:
        click.echo(f"  {one}")


def _as_dicts(problems: Iterable[Problem], level: str) -> list[dict[str, object]]:
    return [
        {"level": level, "line": one.line, "key": one.key, "problem": one.text} for one in problems
    ]
