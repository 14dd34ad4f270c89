"""`aggregator check`."""

from collections.abc import Iterable
from pathlib import Path

import click

from aggregator.cli.display import print_json
from aggregator.config.load import look_through
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
    plural = "warning" if len(warnings) == 1 else "warnings"
    found = f"{len(warnings)} {plural}" if warnings else "no problems"
    click.echo(f"{path}: {len(config.sources)} sources, {len(config.outputs)} outputs, {found}")
    for one in warnings:
        click.echo(f"  {one}")


def _as_dicts(problems: Iterable[Problem], level: str) -> list[dict[str, object]]:
    return [
        {"level": level, "line": one.line, "key": one.key, "problem": one.text} for one in problems
    ]
