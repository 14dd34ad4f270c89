"""Rules about URLs: those that are shipped, and those of feeds.toml."""

from pathlib import Path

import pytest

from aggregator.config.load import Config, load
from aggregator.config.urls import shipped_url_rules
from aggregator.core.urls import HostRule, Rewrite, UrlBook
from aggregator.errors import ConfigError


def loaded(folder: Path, text: str) -> Config:
    path = folder / "feeds.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://m.36kr.com/p/1?f=rss", "36kr.com/p/1?f=rss"),
        ("https://36kr.com/p/1?utm_source=x&spm_id_from=1", "36kr.com/p/1"),
        ("http://mp.weixin.qq.com/s?mid=1&idx=2&chksm=d", "mp.weixin.qq.com/s?idx=2&mid=1"),
        ("https://youtu.be/a-b_1?si=x", "youtube.com/watch?v=a-b_1"),
        ("https://m.youtube.com/watch?v=ab&feature=share", "youtube.com/watch?v=ab"),
        ("https://twitter.com/a/status/1?s=20", "x.com/a/status/1?s=20"),
        ("https://zh.m.wikipedia.org/wiki/A", "zh.wikipedia.org/wiki/A"),
        ("https://arxiv.org/pdf/2601.00001v2.pdf", "arxiv.org/abs/2601.00001v2"),
        ("https://export.arxiv.org/abs/2601.00001v2", "arxiv.org/abs/2601.00001v2"),
        ("https://link.zhihu.com/?target=https%3A//example.org/a%3Futm_x%3D1", "example.org/a"),
        ("https://www.google.com/url?sa=t&url=https://example.org/a", "example.org/a"),
    ],
)  # fmt: skip
def test_the_rules_that_come_along_know_common_hosts(url: str, canonical: str) -> None:
    assert UrlBook(shipped_url_rules()).canonical(url) == canonical


def test_rules_of_feeds_toml_are_added_to_those_that_come_along(tmp_path: Path) -> None:
    text = r"""
        [urls]
        drop = ["From", "ref_*"]

        [urls.hosts."www.M.example.org"]
        alias = "www.example.org"
        keep = ["id"]
        drop = ["x"]
        unwrap = ["to"]
        rewrite = [{ path = '/amp/(.+)', to = '/\1' }]

        [urls.hosts."youtu.be"]
        keep = ["t"]
        """

    rules = loaded(tmp_path, text).url_rules

    assert rules.drop == (*shipped_url_rules().drop, "from", "ref_*")
    assert dict(rules.hosts) == dict(shipped_url_rules().hosts) | {
        "m.example.org": HostRule(
            alias="example.org",
            keep=("id",),
            drop=("x",),
            unwrap=("to",),
            rewrite=(Rewrite(path="/amp/(.+)", to=r"/\1"),),
        ),
        "youtu.be": HostRule(keep=("t",)),
    }


MISTAKES = [
    ('[urls]\ndrip = ["a"]', "line 2", "urls.drip: is not known; did you mean 'drop'?"),
    ('[urls]\ndrop = ["*"]', "line 2", "takes names such as"),
    ('[urls]\ndrop = ["a*b"]', "line 2", "takes names such as"),
    ("[urls]\nhosts = 1", "line 2", "is a table: write [urls.hosts]"),
    ('[urls.hosts."https://x"]\nkeep = ["a"]', "line 1", "takes a host such as"),
    ('[urls.hosts."x.example"]\nkep = ["a"]', "line 2", "did you mean 'keep'?"),
    ('[urls.hosts."x.example"]\nalias = "y.example/a"', "line 2", "takes a host such as"),
    ("[urls.hosts.x]\nrewrite = ['/a']", "line 2", "takes { path ="),
    ("[urls.hosts.x]\nrewrite = '/a'", "line 2", "takes a list such as"),
    ("[urls.hosts.x]\nrewrite = [{ path = '(a', to = '/b' }]", "line 2", "re2 cannot take"),
    ("[urls.hosts.x]\nrewrite = [{ path = '/a', to = 'b' }]", "line 2", "begin with a slash"),
    ("[urls.hosts.x]\nrewrite = [{ path = '/(a)', to = '/\\2' }]", "line 2", "has 1 groups"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "said"), MISTAKES)
def test_a_mistake_in_a_rule_is_named_with_its_line(
    text: str, line: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)

    [problem] = map(str, caught.value.problems)
    assert line in problem
    assert said in problem
