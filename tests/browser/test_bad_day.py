"""Everything that can go wrong at once, for a minute; ten are `make bad-day`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.timeout(400)
@pytest.mark.usefixtures("chromium_path")
def test_on_a_bad_day_nothing_is_lost_and_nothing_kept_twice(tmp_path: Path) -> None:
    # To mount a small disk takes root, or a namespace in which one is that.
    alone = () if os.geteuid() == 0 else ("unshare", "-rm")
    command = (*alone, sys.executable, "-m", "bench.soak.bad_day", "--out", str(tmp_path))

    done = subprocess.run(
        (*command, "--minutes", "1", "--sources", "30"),
        capture_output=True,
        text=True,
        check=False,
    )

    if "no small disk can be mounted" in done.stderr or "unshare" in done.stderr:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stdout + done.stderr
    day = json.loads((tmp_path / "bad-day.json").read_text("utf-8"))
    assert day["faults"] == []
    assert day["articles"] > 100
    assert {one["kind"] for one in day["troubles"]} == {"kill", "disk", "file"}
    assert day["pages"]["200"] > 0
    assert (tmp_path / "bad-day.png").stat().st_size > 0
