"""Fixtures of the tests of single commands."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.feeds import an_item, an_rss
from tests.running import Home, Table
from tests.servers import FeedServer

OUTPUTS: dict[str, Table] = {
    "everything": {"title": "Everything"},
    "chips": {"title": "芯片", "any": ["芯片", "chip*"]},
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Give a folder to run the command in."""
    return Home(tmp_path)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Give a home with a few articles, for commands that only look."""
    home = Home(tmp_path_factory.mktemp("library"))
    with FeedServer() as server:
        server.serve(
            "/zh",
            an_rss(
                an_item("国产算法芯片量产", guid="zh-1", body="<p>算力翻了一番，龘字也在。</p>"),
                an_item("機器學習入門", guid="zh-2", body="<p>從零開始，學習 GPU 程式。</p>"),
                an_item("新款GPU发布", guid="zh-3", body="<p>性能提升，价格不变。</p>"),
            ),
        )
        server.serve(
            "/en",
            an_rss(
                an_item("The quiet laptop", guid="en-1", body="<p>A fan that never spins.</p>"),
                an_item("Spinning a new fan", guid="en-2", body="<p>It never stays quiet.</p>"),
                an_item(
                    "Reprint",
                    guid="en-3",
                    link="https://publisher.example/新款gpu发布",
                    body="<p>性能提升，价格不变。</p>",
                ),
            ),
        )
        home.configure(
            sources={
                "zh": {"url": server.url("/zh"), "name": "中文报"},
                "en": {"url": server.url("/en"), "name": "The Paper"},
            },
            outputs=OUTPUTS,
        )
        assert home.run("poll", "zh").code == 0
        assert home.run("poll", "en").code == 0
        yield home
