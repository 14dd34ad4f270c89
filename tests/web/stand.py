"""A web server with one output, whose articles a test publishes, and what is published."""

import random
from collections import Counter
from datetime import timedelta
from pathlib import Path

from aggregator.core.article import Article
from aggregator.syndicate.publication import Publication
from aggregator.syndicate.render import render
from aggregator.web.app import make_app
from aggregator.web.server import WebServer
from tests.running import Answer, ask
from tests.store.records import NOW
from tests.syndicate.records import a_channel, an_article
from tests.web.records import a_site

KINDS = ("rss", "atom", "json")
LIMIT = 40  # articles an output shows


class Stand:
    """A web server and what it serves; it can be started anew."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._publication = Publication(
            folder=folder / "feeds", versions_folder=folder / "versions"
        )
        self.start()

    def start(self) -> None:
        site = a_site(self._folder)
        self.server = WebServer(make_app(site), "127.0.0.1:0")
        self.server.start()

    def publish(self, *articles: Article) -> None:
        documents = render(a_channel(), articles, KINDS)
        named = {f"news.{kind}": document for kind, document in documents.items()}
        self._publication.write(
            named.items(), max((one.first_seen for one in articles), default=NOW)
        )

    def forget(self) -> None:
        for path in self._publication.versions_folder.iterdir():
            path.write_bytes(b"{")

    def restart(self) -> None:
        self.server.stop()
        self.start()

    def url(self, kind: str) -> str:
        return f"http://{self.server.address}/feeds/news.{kind}"

    def get(self, kind: str, method: str = "GET", **headers: str) -> Answer:
        port = int(self.server.address.rpartition(":")[2])
        return ask(port, f"/feeds/news.{kind}", method, **headers)

    def news(self, kind: str, tag: str, **headers: str) -> Answer:
        return self.get(kind, A_IM="feed", If_None_Match=tag, **headers)


class Press:
    """What is published at random: new articles, late ones, changed ones, ones that are gone."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.articles: list[Article] = []
        self.printed: Counter[tuple[str, str]] = Counter()  # article ids and titles ever shown
        self._now = NOW

    def next(self) -> list[Article]:
        """Give the articles of the next publish, newest first."""
        self._now += timedelta(minutes=1)
        for _ in range(self.chance.choice((0, 1, 1, 2, 3))):
            self._add()
        if self.articles and self.chance.random() < 0.3:
            self._change()
        self.articles.sort(key=lambda one: one.date, reverse=True)
        shown = self.articles[:LIMIT]
        for one in shown:
            self.printed[one.id, one.title] = 1
        return shown

    def _add(self) -> None:
        late = timedelta(minutes=self.chance.choice((0, 0, 0, 5)))
        name = f"Story {len(self.articles)}"
        self.articles.append(an_article(name, published=self._now - late, first_seen=self._now))

    def _change(self) -> None:
        index = self.chance.randrange(min(len(self.articles), 10))
        old = self.articles[index]
        name = old.title.partition(",")[0]
        changed = {"title": f"{name}, as of {self._now:%H:%M}", "updated": self._now}
        self.articles[index] = an_article(
            name, published=old.published, first_seen=old.first_seen, **changed
        )
