"""Measure everything in one run and write docs/benchmarks.md.

Run as `python -m bench` from the root of the project, or by `make bench`, which draws as well.
"""

import json
import sys

from bench.everything import measure
from bench.jobs import prepare
from bench.page import write
from bench.plan import read_options


def main() -> int:
    """Measure, keep the figures, write the page."""
    options = read_options()
    if not options.only_page:
        prepare()
        figures = measure(options.plan, options.seed)
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", "utf-8")
    options.page.write_text(write(json.loads(options.json.read_text("utf-8"))), "utf-8")
    print(f"{options.page} is written; the figures are in {options.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
