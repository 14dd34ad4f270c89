"""`aggregator check`."""

from pathlib import Path

import click

from aggregator.cli.display import print_json
from aggregator.config.load import load
from aggregator.errors import ConfigError


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print for programs.")
@click.pass_obj
def check(path: Path, as_json: bool) -> None:
    """Look through the configuration and name every problem with its line."""
    try:
        config = load(path)
    except ConfigError as error:
        if not as_json:
            raise
        print_json(
            [{"line": one.line, "key": one.key, "problem": one.text} for one in error.problems]
        )
        raise SystemExit(1) from None
    if as_json:
        print_json([])
    else:
        click.echo(
            f"{path}: {len(config.sources)} sources, {len(config.outputs)} outputs, no problems"
        )
