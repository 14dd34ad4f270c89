"""Memory that the C library keeps: it is the system's again when asked for."""

import ctypes
import subprocess
import sys

import pytest

KEEPS_AND_GIVES = """
import psutil
from aggregator.pipeline.memory import give_back

def resident():
    return psutil.Process().memory_info().rss >> 20

bodies = [bytes(2000) for _ in range(50_000)]
last = bodies.pop()  # the end of what the library has stays in use
del bodies
kept = resident()
give_back()
print(kept - resident())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="not glibc")
def test_what_is_free_between_what_is_in_use_is_given_back() -> None:
    command = (sys.executable, "-c", KEEPS_AND_GIVES)

    said = subprocess.run(command, check=True, capture_output=True, text=True)

    assert int(said.stdout) > 70  # MB of 100
