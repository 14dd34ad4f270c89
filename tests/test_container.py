"""The recipe for a container, as far as it can be tried without an engine."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.running import Home, free_port, until
from tests.servers import FeedServer

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "container"
DATA, CONFIG, PORT = "/data", "/etc/aggregator", "8642"


def instructions() -> list[tuple[str, str]]:
    """Read the recipe: each instruction with what follows it, in one line."""
    text = (FOLDER / "Containerfile").read_text("utf-8")
    lines = [one for one in text.splitlines() if not one.startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    pairs = (line.partition(" ") for line in joined.splitlines() if line)
    return [(name, words.strip()) for name, _, words in pairs]


def of(name: str) -> list[str]:
    """Give the instructions of a name in the image that results."""
    words = [one[0] for one in instructions()]
    last = len(words) - words[::-1].index("FROM")
    return [text for found, text in instructions()[last:] if found == name]


def quadlet() -> list[str]:
    text = (FOLDER / "aggregator.container").read_text("utf-8")
    return [line for line in text.splitlines() if line and line[0] not in "#["]


def service() -> dict[str, Any]:
    text = (FOLDER / "compose.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)["services"]["aggregator"]
    return found


def test_the_image_is_of_a_python_that_is_supported_and_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    images = {words.split()[0] for name, words in instructions() if name == "FROM"}

    assert images == {"docker.io/library/python:3.11-slim-bookworm"}
    assert project["project"]["requires-python"] == ">=3.11"


def test_what_is_copied_into_the_image_is_there_and_is_not_ignored() -> None:
    ignore = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    kept = {line[1:] for line in ignore if line.startswith("!")}
    copied = [
        source
        for name, words in instructions()
        if name == "COPY" and "--from" not in words
        for source in words.split()[:-1]
    ]

    assert [one for one in copied if not (ROOT / one).exists()] == []
    assert set(copied) == kept
    assert "*" in ignore


def test_the_image_installs_nothing_in_its_last_stage_and_runs_without_root() -> None:
    assert of("USER") == ["10001:10001"]
    assert not any(re.search(r"\b(pip|apt|apt-get|curl)\b", words) for words in of("RUN"))
    assert of("VOLUME") == [DATA]
    assert of("EXPOSE") == [PORT]


def test_the_image_starts_the_daemon_on_the_mounted_configuration() -> None:
    command = [*json.loads(of("ENTRYPOINT")[0]), *json.loads(of("CMD")[0])]
    done = subprocess.run(
        [sys.executable, "-m", *command, "--help"], capture_output=True, text=True, check=False
    )

    assert (command, done.returncode) == (["aggregator", "run"], 0)
    assert f"AGGREGATOR_CONFIG={CONFIG}/feeds.toml" in of("ENV")[0]


def test_the_words_about_feeds_toml_are_a_configuration(tmp_path: Path) -> None:
    head = (FOLDER / "Containerfile").read_text("utf-8").partition("FROM")[0]
    said = "\n".join(re.findall(r"(?m)^#     (\[.*|\w+ = .*)$", head))

    assert tomllib.loads(said) == {"service": {"data_dir": DATA, "listen": f"0.0.0.0:{PORT}"}}


@pytest.mark.parametrize("setting", [
    f"Volume=%h/aggregator/config:{CONFIG}:ro,Z", f"Volume=aggregator-data:{DATA}",
    f"PublishPort=127.0.0.1:{PORT}:{PORT}", "ReadOnly=true", "NoNewPrivileges=true",
    "DropCapability=all", "RunInit=true", "HealthOnFailure=kill",
])  # fmt: skip
def test_the_unit_of_the_container_confines_it(setting: str) -> None:
    assert setting in quadlet()


def test_compose_confines_it_likewise() -> None:
    stated = service()

    assert (stated["read_only"], stated["init"], stated["cap_drop"]) == (True, True, ["ALL"])
    assert stated["security_opt"] == ["no-new-privileges:true"]
    assert stated["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]
    assert stated["volumes"] == [f"./config:{CONFIG}:ro", f"data:{DATA}"]
    assert (FOLDER / stated["build"]["context"] / stated["build"]["dockerfile"]).is_file()


def test_the_unit_and_the_image_ask_for_health_in_the_same_way() -> None:
    command = json.loads(of("HEALTHCHECK")[0].partition("CMD ")[2])

    assert f"HealthCmd={' '.join(command)}" in quadlet()
    assert command[-1].endswith("/healthcheck.py")


def ask_for_health(port: int) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"AGGREGATOR_HEALTH": f"127.0.0.1:{port}"}
    return subprocess.run(
        [sys.executable, str(FOLDER / "healthcheck.py")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_check_of_health_fails_where_nobody_answers() -> None:
    done = ask_for_health(free_port())

    assert done.returncode == 1
    assert "does not answer" in done.stdout


def test_the_check_of_health_fails_with_a_daemon_that_is_failing(server: FeedServer) -> None:
    server.answer("/health", 503, body=b'{"status":"failing"}')
    done = ask_for_health(server.port)

    assert (done.returncode, done.stdout) == (1, '{"status":"failing"}\n')


def test_the_check_of_health_asks_the_real_daemon(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.configure(sources={}, service={"log": "json"})
    with home.start("run") as daemon:
        daemon.answers()
        done = until(lambda: well(home.port), "it says that all is well")
        until(lambda: "\n" in daemon.errors, "it says that it started")
        log = [json.loads(line) for line in daemon.errors.splitlines()]

    assert done is not None
    assert json.loads(done.stdout)["status"] == "ok"
    assert log[0]["event"] == "start"


def well(port: int) -> "subprocess.CompletedProcess[str] | None":
    done = ask_for_health(port)
    return done if done.returncode == 0 else None
