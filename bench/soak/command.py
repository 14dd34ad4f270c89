"""Simulate hours of the daemon, print what came, and exit with 1 if anything was not right."""

import argparse
import json
import logging
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.soak.clock import StuckError
from bench.soak.kinds import BY_NAME, HEALTHY
from bench.soak.simulate import Soak, simulate
from bench.soak.verdict import busiest, faults, halves, lateness

MB = 1_000_000
MOST_SHOWN = 40


def report(soak: Soak, found: Sequence[str]) -> dict[str, object]:
    """Put a simulation into figures."""
    late = sorted(lateness(soak)) or [0.0]
    healthy = sum(BY_NAME[name] in HEALTHY for name in soak.town.kinds)
    return {
        "sources": len(soak.town.kinds),
        "misbehaving": len(soak.town.kinds) - healthy,
        "kinds": len(set(soak.town.kinds)),
        "hosts": soak.town.hosts,
        "simulated s": soak.seconds,
        "wall s": round(soak.wall),
        "requests": len(soak.log),
        "answers": dict(sorted(Counter(one.status for one in soak.log).items())),
        "busiest minute": busiest(soak),
        "healthy late s": {
            name: round(late[int(share * (len(late) - 1))], 1)
            for name, share in (("median", 0.5), ("99 %", 0.99), ("most", 1.0))
        },
        "memory": _memory(soak),
        "faults": len(found),
    }


def _memory(soak: Soak) -> dict[str, object]:
    used, blocks = halves(soak, lambda one: one.bytes), halves(soak, lambda one: one.blocks)
    return {
        "MB in the first half": round(used.first / MB, 1),
        "MB in the second half": round(used.second / MB, 1),
        "MB at most": round(max(one.bytes for one in soak.memory) / MB, 1),
        "MB every ten minutes": [round(one.bytes / MB) for one in soak.memory[::10]],
        "blocks in the first half": round(blocks.first),
        "blocks in the second half": round(blocks.second),
    }


def main() -> int:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--sources", type=int, default=2000)
    parser.add_argument("--hours", type=float, default=2.0, help="simulated")
    parser.add_argument("--json", action="store_true", help="print for programs")
    parser.add_argument("--log", type=Path, metavar="FILE", help="write the daemon's log there")
    parser.add_argument("--directory", metavar="DIR", help="where the database is made")
    options = parser.parse_args()
    _log_to(options.log)
    try:
        with tempfile.TemporaryDirectory(prefix="soak-", dir=options.directory) as folder:
            soak = simulate(Path(folder), options.sources, options.hours)
            found = faults(soak)
            figures = report(soak, found)
    except StuckError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(figures | {"faults": found}, ensure_ascii=False, indent=1))
        return bool(found)
    for name, value in figures.items():
        print(f"{name:15} {value}")
    for words in found[:MOST_SHOWN]:
        print(f"  {words}")
    return bool(found)


def _log_to(path: Path | None) -> None:
    """Keep the log of thousands of failures off the terminal."""
    handler = logging.FileHandler(path) if path else logging.NullHandler()
    logging.basicConfig(handlers=[handler], level=logging.INFO)
