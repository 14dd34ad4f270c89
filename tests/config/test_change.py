"""What another feeds.toml means: each key is taken up at once, or waits for the next start."""

from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.config.change import AT_THE_NEXT_START, Change, change
from aggregator.config.load import Backups, Config, Service, Web, load_text
from aggregator.core.output import Output, Rule
from aggregator.core.pace import HostPace
from aggregator.core.rotation import Rotation
from aggregator.core.source import Source
from aggregator.core.urls import UrlRules

HERE = Path("/here/feeds.toml")
SOURCE = '[sources.paper]\nurl = "https://paper.example/feed"\n'
BASE = load_text(HERE, SOURCE)
# Another value for every field; a new one is to be added here, and to one of the two groups.
OF_SERVICE: dict[str, Any] = {
    "data_dir": Path("/elsewhere"),
    "listen": "127.0.0.1:9000",
    "public_url": "https://feeds.example",
    "contact": "mailto:me@example.org",
    "log": "json",
    "fetch_threads": 5,
    "workers": 3,
    "prefer": ("paper",),
    "max_size": 1_000_000,
    "hubs": ("https://hub.example/",),
    "allow_private": True,
    "archive": False,
    "archive_path": "{id}.md",
    "archive_keys": ("link",),
    "archive_style": "hugo",
}
OF_CONFIG: dict[str, Any] = {
    "backups": Backups(folder=Path("/mnt/backups"), rotation=Rotation(daily=2)),
    "paces": {"*": HostPace(delay=9.0)},
    "url_rules": UrlRules(drop=("ref",)),
    "web": Web(edit=True),
    "sources": (Source(id="other", url="https://other.example/feed", name="other"),),
    "outputs": (Output(id="all", title="All", description="All", rule=Rule()),),
}
TABLES = {"backups": "backup", "paces": "hosts", "url_rules": "urls", "web": "web"}


def changed(**service: Any) -> Change:
    return change(BASE, replace(BASE, service=replace(BASE.service, **service)))


def to(text: str, before: Config = BASE) -> Change:
    return change(before, load_text(HERE, text))


def test_the_samples_are_another_value_for_every_field_there_is() -> None:
    assert set(OF_SERVICE) == {one.name for one in fields(Service)}
    assert set(OF_CONFIG) == {one.name for one in fields(Config)} - {"path", "service"}
    assert [
        name for name, value in OF_SERVICE.items() if getattr(BASE.service, name) == value
    ] == []
    assert [name for name, value in OF_CONFIG.items() if getattr(BASE, name) == value] == []


@pytest.mark.parametrize("name", OF_SERVICE)
def test_every_key_of_service_is_taken_up_or_waits(name: str) -> None:
    found = changed(**{name: OF_SERVICE[name]})
    waits = name in AT_THE_NEXT_START
    holds = getattr(BASE.service, name) if waits else OF_SERVICE[name]

    assert getattr(found.applied.service, name) == holds
    assert (found.settings, found.later) == (
        ((), (f"service.{name}",)) if waits else ((f"service.{name}",), ())
    )
    assert bool(found) is not waits


@pytest.mark.parametrize("name", OF_CONFIG)
def test_everything_beside_service_is_taken_up(name: str) -> None:
    found = change(BASE, replace(BASE, **{name: OF_CONFIG[name]}))

    assert getattr(found.applied, name) == OF_CONFIG[name]
    assert found
    assert found.later == ()
    assert found.settings == ((TABLES[name],) if name in TABLES else ())


@given(st.sets(st.sampled_from([*OF_SERVICE, *OF_CONFIG])))
def test_what_was_taken_up_is_not_taken_up_again_and_what_waits_is_told_again(
    names: set[str],
) -> None:
    service = {name: OF_SERVICE[name] for name in names if name in OF_SERVICE}
    others = {name: OF_CONFIG[name] for name in names if name in OF_CONFIG}
    wanted = replace(BASE, service=replace(BASE.service, **service), **others)
    first = change(BASE, wanted)
    second = change(first.applied, wanted)

    assert not second
    assert second.applied == first.applied
    assert second.later == first.later
    assert {one.partition(".")[2] for one in first.later} == names & set(AT_THE_NEXT_START)
    assert bool(first) is bool(names - set(AT_THE_NEXT_START))


def test_a_comment_is_no_change() -> None:
    found = to(f"# a remark\n{SOURCE}")

    assert (bool(found), list(found.words())) == (False, [])


def test_an_address_that_follows_from_listen_waits_with_it() -> None:
    found = to(f'[service]\nlisten = "127.0.0.1:9000"\n{SOURCE}')

    assert found.applied.service.public_url == BASE.service.public_url
    assert (found.settings, found.later) == ((), ("service.listen",))


def test_an_address_that_is_stated_holds_at_once_though_listen_waits() -> None:
    stated = 'listen = "127.0.0.1:9000"\npublic_url = "https://feeds.example"'
    found = to(f"[service]\n{stated}\n{SOURCE}")

    assert found.applied.service.public_url == "https://feeds.example"
    assert (found.settings, found.later) == (("service.public_url",), ("service.listen",))


def test_a_folder_of_backups_below_data_dir_waits_with_it_and_the_rest_of_them_does_not() -> None:
    found = to(f'[service]\ndata_dir = "other"\n[backup]\ndaily = 3\n{SOURCE}')

    assert found.applied.backups == Backups(folder=BASE.backups.folder, rotation=Rotation(daily=3))
    assert (found.settings, found.later) == (("backup",), ("service.data_dir",))


def test_a_folder_of_backups_elsewhere_does_not_wait_for_data_dir() -> None:
    found = to(f'[service]\ndata_dir = "other"\n[backup]\nfolder = "/mnt/b"\n{SOURCE}')

    assert found.applied.backups.folder == Path("/mnt/b")


OUTPUT = f'{SOURCE}[outputs.tea]\ntitle = "Tea"\nany = ["tea"]\n'


@pytest.mark.parametrize(
    ("text", "is_of_rules"),
    [
        (OUTPUT.replace('"Tea"', '"All the tea"'), False),
        (OUTPUT.replace('["tea"]', '["coffee"]'), True),
        (f"{OUTPUT}[outputs.all]\n", True),
        (SOURCE, True),
        (f'{OUTPUT}[urls]\ndrop = ["ref"]\n', True),
        (f'{OUTPUT}[sources.other]\nurl = "https://other.example/feed"\n', False),
    ],
    ids=["a title", "a term", "one more", "one less", "urls", "a source"],
)
def test_articles_that_come_are_judged_otherwise_by_another_rule_only(
    text: str, is_of_rules: bool
) -> None:
    assert to(text, load_text(HERE, OUTPUT)).is_of_rules is is_of_rules


def test_a_change_is_told_in_words() -> None:
    more = '[sources.other]\nurl = "https://other.example/feed"\n'
    found = to(f'[service]\nlog = "json"\ncontact = "me"\n{OUTPUT}{more}')

    assert list(found.words()) == [
        "1 source added: other",
        "1 output added: tea",
        "settings: service.contact",
        "at the next start: service.log",
    ]


def test_another_order_of_sources_is_a_change_too() -> None:
    more = '[sources.other]\nurl = "https://other.example/feed"\n'

    assert to(f"{more}{SOURCE}", load_text(HERE, SOURCE + more)).settings == ("order of sources",)


def test_a_span_of_an_output_is_taken_up() -> None:
    found = to(f'{OUTPUT}max_age = "7d"\n', load_text(HERE, OUTPUT))

    assert found.outputs.changed == ("tea",)
    assert found.applied.outputs[0].max_age == timedelta(days=7)
