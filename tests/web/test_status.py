"""`/metrics` and `/health` on a real port, read by the parsers that Prometheus has for Python."""

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from aggregator import log
from aggregator.core.in_force import InForce
from aggregator.core.pulse import Pulse
from aggregator.store.database import Database
from aggregator.web.app import make_app
from aggregator.web.metrics import Metrics
from aggregator.web.monitoring import Watch
from aggregator.web.recent import Recent
from aggregator.web.server import WebServer
from tests.running import Answer, ask
from tests.store.records import NOW, a_source, an_entry, failure, poll, settled
from tests.web.records import a_site

STEADY = Pulse(since_tick=0.25, polls=2, pages=1, pings=0, is_paused=False)
UNITS = ("_seconds", "_bytes", "_timestamp_seconds", "_seconds_max")
COUNTED = re.compile(r"aggregator_(articles|sources|pending|jobs_under_way)")
STATES = re.compile(
    r"aggregator_(condition_level|polling_paused|config_last_reload_successful|source_broken|build)"
)


class Post:
    """A web server that is watched, its database, its log and the figures of its daemon."""

    def __init__(self, folder: Path, public_url: str = "https://news.example") -> None:
        self.path = folder / "aggregator.db"
        self.seconds = 0.0
        self.watch = Watch(
            Metrics(clock=NOW.timestamp),
            Recent(str),
            pulse=lambda: self.pulse,
            seconds=lambda: self.seconds,
        )
        self.pulse = STEADY
        self.logger = logging.getLogger(f"aggregator.test.{folder.name}")
        self.logger.setLevel(logging.INFO)
        self.logger.addHandler(self.watch.metrics)
        self.logger.addHandler(self.watch.recent)
        site = a_site(
            folder,
            sources=(a_source("paper"), a_source("down"), a_source("fresh")),
            public_url=public_url,
            watch=self.watch,
        )
        self.server = WebServer(make_app(site), "127.0.0.1:0")
        self.server.start()
        self.port = int(self.server.address.rpartition(":")[2])

    def store(self) -> None:
        """Store two articles of one source; another fails, a third was not polled yet."""
        database = Database(self.path)
        names = ("paper", "down", "fresh", "left")
        database.sync_sources(a_source(name) for name in names)
        poll(database, an_entry("One"), an_entry("Two"), at=NOW - timedelta(minutes=80))
        settled(database, failure(source="down"))
        database.close()

    def get(self, path: str, **headers: str) -> Answer:
        return ask(self.port, path, **headers)

    def families(self, path: str = "/metrics") -> dict[str, Metric]:
        text = self.get(path).body.decode()
        return {one.name: one for one in text_string_to_metric_families(text)}

    def values(self, path: str = "/metrics") -> dict[tuple[str, ...], float]:
        """Give the samples by name and values of labels."""
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in self.families(path).values()
            for sample in family.samples
        }

    def health(self) -> tuple[int, dict[str, Any]]:
        answer = self.get("/health")
        return answer.status, json.loads(answer.body)


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    post = Post(tmp_path)
    yield post
    post.server.stop()
    post.logger.removeHandler(post.watch.metrics)


def tell(post: Post, name: str, level: int = logging.INFO, **fields: object) -> None:
    log.event(post.logger, name, level=level, **fields)


# What is counted


def test_polls_are_counted_by_status_with_what_they_brought(post: Post) -> None:
    tell(
        post, "poll", source="paper", status="ok", new=3, duplicates=1, seconds=0.2,
        fetch_seconds=0.06,
    )  # fmt: skip
    tell(post, "poll", source="paper", status="not_modified", seconds=0.01)
    tell(post, "poll", logging.WARNING, source="down", status="timeout", seconds=30.5)
    values = post.values()

    polls = {key[1]: n for key, n in values.items() if key[0] == "aggregator_polls_total" and n}
    assert polls == {"ok": 1, "not_modified": 1, "timeout": 1}
    recorded = [values["aggregator_articles_recorded_total", one] for one in ("new", "duplicate")]
    assert recorded == [3, 1]
    assert values["aggregator_poll_duration_seconds_count",] == 3
    assert values["aggregator_poll_duration_seconds_sum",] == pytest.approx(30.71)
    assert values["aggregator_poll_duration_seconds_bucket", "0.25"] == 2
    assert values["aggregator_fetch_duration_seconds_count",] == 1
    assert values["aggregator_fetch_duration_seconds_sum",] == pytest.approx(0.06)


def test_other_events_are_counted_by_name_and_level(post: Post) -> None:
    tell(post, "publish", output="news", articles=3)
    tell(post, "publish", logging.ERROR, error="the disk is full")
    tell(post, "page", source="paper", article="1")
    tell(post, "page", logging.WARNING, source="paper", error="gone")
    tell(post, "hub", hub="https://hub.example/", feed="news.rss", status="told")
    tell(post, "archive", files=7)
    tell(post, "archive", logging.ERROR, article="1", error="a link to elsewhere")
    tell(post, "backup", path="x")
    post.logger.warning("a library said something")
    values = post.values()

    assert values["aggregator_outputs_published_total",] == 1
    assert values["aggregator_pages_read_total", "read"] == 1
    assert values["aggregator_pages_read_total", "failed"] == 1
    assert values["aggregator_hub_pings_total", "told"] == 1
    assert values["aggregator_article_files_written_total",] == 7
    assert values["aggregator_events_total", "publish", "error"] == 1
    assert values["aggregator_events_total", "backup", "info"] == 1
    assert values["aggregator_events_total", "other", "warning"] == 1
    assert values["aggregator_event_last_timestamp_seconds", "backup", "info"] == NOW.timestamp()


def test_a_refused_configuration_shows_until_it_is_mended(post: Post) -> None:
    seen = []
    for level in (logging.INFO, logging.ERROR, logging.INFO):
        tell(post, "reload", level, added=1)
        seen.append(post.values()["aggregator_config_last_reload_successful",])

    assert seen == [1, 0, 1]


def test_counters_begin_at_0(post: Post) -> None:
    values = post.values()

    assert values["aggregator_polls_total", "timeout"] == 0
    assert values["aggregator_events_total", "store", "error"] == 0
    assert values["aggregator_articles_recorded_total", "new"] == 0


# What is read


def test_sources_are_counted_by_health_and_the_latest_is_told(post: Post) -> None:
    post.store()
    post.seconds = 100
    values = post.values()

    healths = {key[1]: n for key, n in values.items() if key[0] == "aggregator_sources" and n}
    assert healths == {"ok": 1, "failing": 1, "new": 1}
    assert 840 <= values["aggregator_sources_overdue_seconds_max",] <= 1200
    assert values["aggregator_articles",] == 2
    assert values["aggregator_pending", "search"] == 2
    assert values["aggregator_database_size_bytes", "main"] > 0
    assert values["aggregator_data_free_bytes",] > 0


def test_the_scheduler_is_told_as_it_is_now(post: Post) -> None:
    before = post.values()
    post.pulse = replace(STEADY, since_tick=40.0, is_paused=True, polls=0)
    after = post.values()

    assert before["aggregator_scheduler_tick_age_seconds",] == 0.25
    assert after["aggregator_scheduler_tick_age_seconds",] == 40
    assert [one["aggregator_polling_paused",] for one in (before, after)] == [0, 1]
    assert [one["aggregator_jobs_under_way", "poll"] for one in (before, after)] == [2, 0]


def test_each_source_has_series_of_its_own_at_another_address(post: Post) -> None:
    post.store()
    values = post.values("/metrics/sources")

    broken = {key[1]: n for key, n in values.items() if key[0] == "aggregator_source_broken"}
    assert broken == {"paper": 0, "down": 1, "fresh": 0}
    ok = "aggregator_source_last_success_timestamp_seconds"
    assert {key[1] for key in values if key[0] == ok} == {"paper"}
    assert not any("paper" in key for key in post.values())


def test_what_is_costly_to_count_is_counted_once_in_a_while(post: Post) -> None:
    before = post.values()["aggregator_articles",]
    post.store()
    soon = post.values()["aggregator_articles",]
    post.seconds = 30
    later = post.values()["aggregator_articles",]

    assert (before, soon, later) == (0, 0, 2)


# The form


def test_names_and_help_follow_prometheus_conventions(post: Post) -> None:
    families = {**post.families(), **post.families("/metrics/sources")}
    ours = {name: one for name, one in families.items() if name.startswith("aggregator_")}

    assert len(ours) > 20
    for name, family in ours.items():
        assert family.documentation
        assert re.fullmatch(r"[a-z_]+", name)
        if family.type == "counter":
            assert all(one.name.endswith("_total") for one in family.samples)
        else:
            assert name.endswith(UNITS) or COUNTED.fullmatch(name) or STATES.match(name), name


def test_who_prefers_openmetrics_gets_it(post: Post) -> None:
    tell(post, "poll", source="paper", status="ok", seconds=0.2)
    answer = post.get("/metrics", Accept="application/openmetrics-text; version=1.0.0")
    text = answer.body.decode()

    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    parse: Callable[[str], Iterable[Metric]] = openmetrics.text_string_to_metric_families
    families = {one.name for one in parse(text)}
    assert {"aggregator_polls", "aggregator_articles", "process_cpu_seconds"} <= families


def test_nothing_of_it_is_kept_by_caches(post: Post) -> None:
    stored = {post.get(one).headers["cache-control"] for one in ("/health", "/metrics")}

    assert stored == {"no-store"}


# Health


def test_a_daemon_that_is_well_says_so(post: Post) -> None:
    post.store()

    assert post.health() == (
        200,
        {
            "status": "ok",
            "reasons": [],
            "version": post.health()[1]["version"],
            "sources": 3,
            "broken_sources": 1,
            "overdue_seconds": post.health()[1]["overdue_seconds"],
            "tick_age_seconds": 0.2,
            "articles": 2,
        },
    )


def test_a_daemon_that_only_begins_is_not_ready(post: Post) -> None:
    post.watch.pulse = None
    status, told = post.health()

    assert (status, told["status"], told["reasons"][0]["code"]) == (503, "failing", "starting")


def test_a_scheduler_that_hangs_is_failing(post: Post) -> None:
    post.pulse = replace(STEADY, since_tick=60)
    status, told = post.health()

    assert (status, told["status"]) == (503, "failing")
    assert told["reasons"][0]["what"] == "nothing was begun for 60 s"


def test_a_refused_configuration_is_degraded_and_no_reason_to_restart(post: Post) -> None:
    post.watch.tell(InForce(since=NOW, problems=("line 3",), hint="mend line 3"))
    status, told = post.health()

    assert (status, told["status"]) == (200, "degraded")
    (reason,) = told["reasons"]
    assert (reason["code"], reason["hint"]) == ("config", "mend line 3")


def test_a_database_whose_pages_are_damaged_is_failing(post: Post) -> None:
    post.store()
    database = Database(post.path)
    database.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    sql = "SELECT rootpage FROM sqlite_master WHERE name = 'source'"
    page = database.db.execute(sql).fetchone()[0]
    size = database.db.execute("PRAGMA page_size").fetchone()[0]
    database.close()
    with post.path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    status, told = post.health()

    assert (status, told["reasons"][0]["code"]) == (503, "store")
    assert "malformed" in told["reasons"][0]["what"]
    assert post.get("/metrics").status == 200


def test_a_database_that_cannot_be_opened_is_failing_and_metrics_still_come(post: Post) -> None:
    post.path.write_bytes(b"this is no database" * 100)
    status, told = post.health()
    values = post.values()

    assert (status, told["status"], told["articles"]) == (503, "failing", None)
    assert "file is not a database" in told["reasons"][0]["what"]
    assert values["aggregator_condition_level", "failing"] == 1
    assert ("aggregator_articles",) not in values


def test_the_page_says_the_same_in_words(post: Post) -> None:
    post.store()
    log.event(post.logger, "publish", output="news", articles=2)
    answer = post.get("/status")

    assert answer.status == 403  # from elsewhere, as public_url says
    assert b"publish" not in answer.body
    assert post.get("/status/events").status == 403


def test_the_page_is_told_what_changes(tmp_path: Path) -> None:
    post = Post(tmp_path, public_url="http://127.0.0.1")
    post.store()
    page = post.get("/status").body.decode()
    connection = HTTPConnection("127.0.0.1", post.port, timeout=30)
    connection.request("GET", "/status/events")
    response = connection.getresponse()
    told = []
    for _ in range(2):
        told.append(json.loads(response.readline().removeprefix(b"data: ")))
        response.readline()
        post.pulse = replace(STEADY, polls=7)
    connection.close()
    post.server.stop()

    assert '<dd data-live="underway">2</dd>' in page
    assert "Articles" in page
    assert [one["underway"] for one in told] == ["2", "7"]
    assert response.headers["content-type"].startswith("text/event-stream")
