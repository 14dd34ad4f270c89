"""Private outputs over HTTP: readable with leave, and for anybody else not there."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.syndicate.publication import Publication
from aggregator.syndicate.render import render
from aggregator.syndicate.secrets import Tokens
from aggregator.web.app import make_app
from aggregator.web.server import WebServer
from tests.core.records import an_output
from tests.running import Answer, ask
from tests.store.records import NOW
from tests.syndicate.records import a_channel, an_article
from tests.web.records import a_site

CONTENT = b"<rss>secret</rss>"


class Town:
    """A web server with private outputs: by token, by password, by both."""

    def __init__(self, folder: Path) -> None:
        password = ("me", "pass:wörd")
        outputs = (
            an_output("public"),
            replace(an_output("tokens"), private=True),
            replace(an_output("passwd"), auth=password),
            replace(an_output("strict"), private=True, auth=password),
        )
        for name in ("tokens", "passwd", "strict"):
            path = folder / "private" / "feeds" / f"{name}.rss"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(CONTENT)
        (folder / "public").mkdir()
        (folder / "public" / "public.rss").write_bytes(b"<rss/>")
        site = a_site(folder, outputs=outputs, feeds_dir=folder / "public")
        self.tokens = Tokens(folder / "private" / "tokens")
        self.server = WebServer(make_app(site), "127.0.0.1:0")
        self.port = int(self.server.address.rpartition(":")[2])

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        return ask(self.port, path, method, **headers)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path)
    town.server.start()
    yield town
    town.server.stop()


def basic(credentials: str) -> str:
    return f"Basic {base64.b64encode(credentials.encode()).decode()}"


GOOD = basic("me:pass:wörd")


def test_with_its_token_an_output_is_read_and_nobody_may_keep_or_index_it(town: Town) -> None:
    answer = town.get(f"/feeds/{town.tokens.of('tokens')}/tokens.rss")

    assert (answer.status, answer.body) == (200, CONTENT)
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert answer.headers["cache-control"] == "private, max-age=300"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["vary"] == "Accept-Encoding, Authorization"


def test_a_304_says_the_same(town: Town) -> None:
    path = f"/feeds/{town.tokens.of('tokens')}/tokens.rss"
    tag = town.get(path).headers["etag"]

    answer = town.get(path, If_None_Match=tag)

    assert (answer.status, answer.headers["x-robots-tag"]) == (304, "noindex, nofollow")


def test_who_has_leave_may_ask_for_news_only_and_no_cache_keeps_them(
    town: Town, tmp_path: Path
) -> None:
    private = tmp_path / "private"
    publication = Publication(folder=private / "feeds", versions_folder=private / "versions")
    path = f"/feeds/{town.tokens.of('tokens')}/tokens.atom"
    tags = []
    for names in (("One",), ("Two", "One")):
        articles = [an_article(name) for name in names]
        documents = render(a_channel(), articles, ["atom"])
        publication.write([("tokens.atom", documents["atom"])], NOW)
        tags.append(town.get(path).headers["etag"])

    answer = town.get(path, A_IM="feed", If_None_Match=tags[0])

    assert (answer.status, answer.body.count(b"<entry")) == (226, 1)
    assert answer.headers["cache-control"] == "no-store, im"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert answer.headers["vary"] == "Accept-Encoding, A-IM, If-None-Match, Authorization"


def test_the_list_of_outputs_is_public_and_in_no_private_folder(town: Town) -> None:
    token = town.tokens.of("tokens")

    assert town.get(f"/feeds/{token}/outputs.opml").body == b"there is no feed outputs.opml\n"
    assert town.get("/feeds/outputs.opml").body == b"outputs.opml has not been published yet\n"


@pytest.mark.parametrize("authorization", [GOOD, GOOD.replace("Basic", "bAsIc")])
def test_with_user_and_password_an_output_is_read_at_its_plain_address(
    town: Town, authorization: str
) -> None:
    answer = town.get("/feeds/passwd.rss", Authorization=authorization)

    assert (answer.status, answer.body) == (200, CONTENT)


def test_an_output_with_token_and_password_wants_both(town: Town) -> None:
    path = f"/feeds/{town.tokens.of('strict')}/strict.rss"

    assert town.get(path, Authorization=GOOD).status == 200
    assert town.get(path).status == 404
    assert town.get("/feeds/strict.rss", Authorization=GOOD).status == 404


def shown(answer: Answer) -> tuple[int, dict[str, str], bytes]:
    headers = {name: value for name, value in answer.headers.items() if name != "date"}
    return answer.status, headers, answer.body


WRONG = ["", basic("me:wrong"), basic("me"), "Basic %%%", "Bearer x", f"{GOOD}x"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("name", ["tokens", "passwd", "strict"])
def test_for_anybody_else_it_is_as_an_output_that_does_not_exist(
    town: Town, name: str, method: str
) -> None:
    for folder in ("", "x/", "%C3%A9/", f"{'A' * 32}/"):
        for authorization in WRONG:
            path = f"/feeds/{folder}{name}.rss"

            answer = town.get(path, method, Authorization=authorization)

            unknown = town.get(path.replace(name, "unknwn"), method, Authorization=authorization)
            status, headers, body = shown(answer)
            assert (status, headers, body.replace(name.encode(), b"unknwn")) == shown(unknown)
            assert status in (404, 405)


def test_the_token_of_one_opens_no_other_and_no_file_beside(town: Town) -> None:
    token = town.tokens.of("tokens")

    assert [
        town.get(f"/feeds/{token}/{file}").status
        for file in ("strict.rss", "public.rss", "tokens.txt", "tokens", "..%2Fimage.key")
    ] == [404] * 5


def test_a_new_token_counts_at_once_and_the_old_no_more(town: Town) -> None:
    old = town.tokens.of("tokens")
    assert town.get(f"/feeds/{old}/tokens.rss").status == 200

    new = town.tokens.renew("tokens")

    assert town.get(f"/feeds/{old}/tokens.rss").status == 404
    assert town.get(f"/feeds/{new}/tokens.rss").status == 200


def test_the_home_page_knows_public_outputs_only(town: Town) -> None:
    page = town.get("/").body

    assert b"public.rss" in page
    assert [name for name in (b"tokens", b"passwd", b"strict") if name in page] == []
