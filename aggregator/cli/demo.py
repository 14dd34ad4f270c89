"""`aggregator demo`."""

import tempfile
from pathlib import Path

import click

from aggregator.cli.parts import now
from aggregator.cli.run import run_daemon, watch
from aggregator.config.load import DEFAULT_LISTEN, load
from aggregator.config.values import listen as read_listen
from aggregator.daemon.signals import Signals
from aggregator.demo.site import SampleServer, render, samples
from aggregator.errors import AggregatorError
from aggregator.web.listeners import bind


@click.command()
@click.option(
    "--listen",
    metavar="HOST:PORT",
    default=DEFAULT_LISTEN,
    show_default=True,
    help="Address of the pages and the feeds.",
)
def demo(listen: str) -> None:
    """Run the daemon on bundled sample sources; needs no network and leaves nothing behind."""
    try:
        read_listen(listen)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--listen") from None
    _find_free(listen)
    started = now()
    server = SampleServer(started)
    server.start()
    try:
        with tempfile.TemporaryDirectory(prefix="aggregator-demo-") as folder:
            config = Path(folder) / "feeds.toml"
            config.write_text(_feeds_toml(server, listen, folder), encoding="utf-8")
            click.echo(
                f"open http://{listen}/ or subscribe to http://{listen}/feeds/interconnection-news.rss\n"
                f"its feeds.toml, sources and database are in {folder} until you press Ctrl-C\n"
                "a new article comes every half minute or so; two sources are broken on purpose",
                err=True,
            )
            run_daemon(load(config), watch(), Signals())
    finally:
        server.stop()


def _find_free(listen: str) -> None:
    """Look whether the address can be had before any is named to open."""
    try:
        bind(listen).close()
    except AggregatorError as error:
        raise AggregatorError(
            error.what, "is it running already? `--listen 127.0.0.1:8643` gives the demo another"
        ) from error


def _feeds_toml(server: SampleServer, listen: str, folder: str) -> str:
    template = (samples() / "feeds.toml").read_text("utf-8")
    names = {"base": server.base, "listen": listen, "data_dir": f"{folder}/data"}
    return render(template, started=now(), now=now(), names=names)
