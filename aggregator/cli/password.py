"""`aggregator password`."""

import sys

import click

from aggregator.errors import UsageError

_SHORTEST = 8


@click.command()
def password() -> None:
    """Hash a password for `password` in the [web] table of feeds.toml."""
    chosen = _asked() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if len(chosen) < _SHORTEST:
        raise UsageError(f"a password has {_SHORTEST} characters at least", "choose another")
    # Not at the top: argon2 takes a while to load, and most who come here type first.
    from aggregator.web.sessions import hashed

    click.echo(f'password = "{hashed(chosen)}"')


def _asked() -> str:
    return str(click.prompt("password", hide_input=True, confirmation_prompt=True, err=True))
