"""Alerts and the dashboard ask for metrics that there are, and alerts ring when they should."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from prometheus_client.registry import Collector, CollectorRegistry

from aggregator.config.load import load
from aggregator.core.condition import Level, Reason, Standing, Vitals, reasons
from aggregator.core.pulse import Pulse
from aggregator.store.figures import Counts
from aggregator.web.gauges import Gauges, Snapshot, SourceGauges
from aggregator.web.metrics import Metrics, ProcessFigures
from tests.store.records import NOW

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "monitoring"
SEVERITIES = {"page", "ticket"}
NAME = re.compile(r"\b(?:aggregator|process|python)_\w+")


def everything() -> tuple[Collector | CollectorRegistry, ...]:
    """Give what is exposed of a daemon with one source."""
    pulse = Pulse(since_tick=0, polls=0, pages=0, pings=0, is_paused=False)
    snapshot = Snapshot(
        now=NOW,
        standings=[Standing(id="paper", health="ok", next_poll_at=NOW, last_ok_at=NOW)],
        counts=Counts(articles=0, pending={"search": 0}),
        file_sizes={"main": 0},
        free_bytes=0,
        pulse=pulse,
        reasons=[Reason(code="", level=Level.OK, what="", hint="")],
    )
    return (Metrics().registry, Gauges(snapshot), SourceGauges(snapshot))


def exposed() -> dict[str, set[str]]:
    """Give the names of all samples with the values that labels of closed sets can have."""
    found: dict[str, set[str]] = {}
    for collector in everything():
        for family in collector.collect():
            for suffix in ("", "_total", "_bucket", "_count", "_sum"):
                found.setdefault(f"{family.name}{suffix}", set())
            for sample in family.samples:
                found.setdefault(sample.name, set()).update(sample.labels.values())
    return found


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / "grafana.json").read_text("utf-8"))["panels"]
    return found


def expressions() -> Iterator[tuple[str, str]]:
    yield from ((rule["alert"], rule["expr"]) for rule in rules())
    for panel in panels():
        yield from ((panel["title"], target["expr"]) for target in panel["targets"])


def test_every_expression_asks_for_metrics_that_there_are() -> None:
    names = exposed()
    asked = {(title, name) for title, expr in expressions() for name in NAME.findall(expr)}

    assert len(asked) > 30
    assert {(title, name) for title, name in asked if name not in names} == set()


def test_every_label_that_is_asked_for_can_be_there() -> None:
    names = exposed()
    wrong = []
    for title, expr in expressions():
        for name, label, values in re.findall(r'(aggregator_\w+)\{(\w+)=~?"([^"]*)"\}', expr):
            wrong += [
                (title, one)
                for one in values.split("|")
                if one not in names[name] and label != "level"
            ]

    assert wrong == []


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in SEVERITIES
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"]


def test_no_alert_and_no_panel_is_there_twice() -> None:
    alerts, titles = [one["alert"] for one in rules()], [one["title"] for one in panels()]

    assert (len(alerts), len(titles)) == (len(set(alerts)), len(set(titles)))
    assert len({one["id"] for one in panels()}) == len(titles)


def test_every_alert_is_tried_where_all_is_well() -> None:
    tried = yaml.safe_load((FOLDER / "alerts_test.yml").read_text("utf-8"))["tests"]

    quiet = {one["alertname"] for one in tried[0]["alert_rule_test"]}
    assert quiet == {rule["alert"] for rule in rules()}
    assert tried[1]["promql_expr_test"][0]["exp_samples"][0]["value"] == len(quiet)


def test_prometheus_agrees() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("needs promtool, of Debian's package prometheus")
    for words in (
        ("check", "rules", "alerts.yml"),
        ("test", "rules", "alerts_test.yml"),
        ("check", "config", "--syntax-only", "prometheus.yml"),
    ):
        done = subprocess.run(
            [promtool, *words], cwd=FOLDER, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_asks_where_the_daemon_listens() -> None:
    jobs = yaml.safe_load((FOLDER / "prometheus.yml").read_text("utf-8"))["scrape_configs"]

    listen = load(ROOT / "feeds.toml").service.listen
    assert {one["static_configs"][0]["targets"][0] for one in jobs} == {listen}
    paths = [one.get("metrics_path", "/metrics") for one in jobs]
    assert paths == ["/metrics", "/metrics/sources"]


def test_every_metric_and_its_labels_are_in_the_docs() -> None:
    text = (ROOT / "docs" / "service.md").read_text("utf-8")
    explained = dict(re.findall(r"(?m)^\| `(aggregator_\w+)` \| (.*?) \|", text))
    labels = {name: set(re.findall(r"`(\w+)`", stated)) for name, stated in explained.items()}
    # `le` is of a histogram's buckets; a family without samples yet does not tell its labels.
    given = {
        name: stated - {"le"} for name, stated in labels_of_families().items() if stated is not None
    }

    assert set(explained) == set(labels_of_families())
    assert {name: labels[name] - {"le"} for name in given} == given


def labels_of_families() -> dict[str, set[str] | None]:
    found: dict[str, set[str] | None] = {}
    for collector in everything():
        for family in collector.collect():
            name = family.name + {"counter": "_total", "info": "_info"}.get(family.type, "")
            if name.startswith("aggregator_"):
                used = [set(sample.labels) for sample in family.samples]
                found[name] = set().union(*used) if used else None
    return found


def test_every_code_of_a_reason_is_in_the_docs() -> None:
    text = (ROOT / "docs" / "service.md").read_text("utf-8")
    explained = dict(re.findall(r"(?m)^\| `(\w+)` \| (failing|degraded) \|", text))
    sick = Vitals(
        pulse=Pulse(since_tick=99, polls=0, pages=0, pings=0, is_paused=True),
        store_error="it is gone",
        is_config_current=False,
        sources=1,
        broken=1,
        overdue=1e6,
        free_bytes=0,
    )
    found = [*reasons(sick), *reasons(Vitals(pulse=None))]

    assert explained == {one.code: one.level.value for one in found}


def test_figures_of_the_process_come_where_the_unit_hides_the_rest_of_proc(tmp_path: Path) -> None:
    (tmp_path / "self").symlink_to("/proc/self")
    registry = CollectorRegistry()
    ProcessFigures(proc=str(tmp_path), registry=registry)

    started = registry.get_sample_value("process_start_time_seconds")
    assert started == pytest.approx(psutil.Process().create_time(), abs=5)
    assert (registry.get_sample_value("process_resident_memory_bytes") or 0) > 1e6


def test_commands_that_are_started_often_load_nothing_that_counts() -> None:
    script = "import sys, aggregator.cli.poll, aggregator.cli.check; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert "aggregator.cli.poll" in done.stdout.split()
    assert {"prometheus_client", "starlette", "uvicorn"}.isdisjoint(done.stdout.split())
