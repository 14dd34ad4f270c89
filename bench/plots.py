"""Draw the pictures of docs/benchmarks.md from the figures of a run.

Run as `python -m bench.plots FIGURES FOLDER`, by a Python that has matplotlib: not the one that
measures, since sqlite-utils loads numpy wherever it is.
"""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")  # draws without a screen

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from bench.page import FEEDS, called, cells, good, load, number, pair_of

Figures = dict[str, Any]
COLOURS = {"ours": "#1f5fa8", "reader": "#d9822b", "sfeed": "#5b9a4a", "newsboat": "#8a5ba8",
           "nginx": "#7a7a7a"}  # fmt: skip
# White stays behind the lines in dark mode as well; with a fixed salt the same figures give the
# same bytes.
mpl.rcParams |= {"svg.hashsalt": "bench", "svg.fonttype": "none", "font.size": 9,
                 "axes.spines.top": False, "axes.spines.right": False}  # fmt: skip


def bars(
    axes: Axes, groups: Sequence[str], values: dict[str, Sequence[float | None]], *, log: bool
) -> None:
    """Draw a group of bars for each name of `groups`, one for each contender, with its figure."""
    width = 0.8 / len(values)
    for place, (name, heights) in enumerate(values.items()):
        at = [group + (place - (len(values) - 1) / 2) * width for group in range(len(groups))]
        tops = [height or 0 for height in heights]
        drawn = axes.bar(at, tops, width, color=COLOURS[name], label=called(name))
        axes.bar_label(drawn, [number(top or None) for top in tops], fontsize=6, padding=1)
    if log:
        _on_log(axes.yaxis)
        # A bar has no natural foot on such an axis: half of the least.
        axes.set_ylim(bottom=min(one for some in values.values() for one in some if one) / 2)
    axes.set_xticks(range(len(groups)), groups)
    _lines_behind(axes)


def _on_log(axis: Axis) -> None:
    """Go by powers of ten, written out."""
    axis.axes.set_yscale("log")
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axis.set_minor_formatter(NullFormatter())


def _lines_behind(axes: Axes) -> None:
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)


def _legend(figure: Figure, axes: Axes) -> None:
    figure.legend(*axes.get_legend_handles_labels(), frameon=False, ncols=len(COLOURS),
                  loc="outside lower center")  # fmt: skip


def draw_jobs(figures: Figures) -> Figure | None:
    """Draw CPU time and memory of all contenders, on the first load."""
    if not (loads := good(figures)):
        return None
    size = loads[0]
    found = cells(size)
    jobs = list(dict.fromkeys(job for job, _ in found))
    names = list(dict.fromkeys(name for _, name in found))
    figure, (cpu, memory) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for axes, measure in ((cpu, "CPU s"), (memory, "peak PSS MB")):
        bars(axes, jobs, {
            name: [found[job, name][measure] if (job, name) in found else None for job in jobs]
            for name in names
        }, log=True)  # fmt: skip
        axes.set_title(f"{measure}, log axis; less is better", loc="left")
    _legend(figure, cpu)
    figure.suptitle(load(size), fontweight="bold")
    return figure


def draw_scale(figures: Figures) -> Figure | None:
    """Draw what a source costs on two loads; a level line is a cost that is flat."""
    pair = pair_of(good(figures))
    if pair is None:
        return None
    found = [cells(size) for size in pair]
    sources = [size["sources"] for size in pair]
    jobs = list(dict.fromkeys(job for job, _ in found[0]))
    figure, grid = plt.subplots(1, len(jobs), figsize=(10, 3.5), sharey=True, layout="constrained")
    for axes, job in zip(grid, jobs, strict=True):
        for name in dict.fromkeys(name for _, name in found[0]):
            if all((job, name) in one for one in found):
                each = [one[job, name]["CPU s"] / n * 1000
                        for one, n in zip(found, sources, strict=True)]  # fmt: skip
                axes.plot(sources, each, "o-", color=COLOURS[name], label=called(name))
        axes.set(xscale="log", title=job, xlabel="sources")
        _on_log(axes.yaxis)
        axes.set_xticks(sources, [f"{n:,}" for n in sources])
        axes.minorticks_off()
        _lines_behind(axes)
    grid[0].set_ylabel("CPU ms a source, log axis")
    _legend(figure, grid[0])
    figure.suptitle(f"{pair[0]['entries']} entries a source; level is flat", fontweight="bold")
    return figure


def draw_serving(figures: Figures) -> Figure | None:
    """Draw requests a second of feeds and of pages."""
    found = figures["serving"]
    if "failed" in found:
        return None
    by = {(one["what"], one["server"]): one["per_second"] for one in found if "failed" not in one}
    shown = list(dict.fromkeys(what for what, _ in by if what not in FEEDS))
    figure, (feeds, pages) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    servers = list(dict.fromkeys(server for _, server in by))
    bars(feeds, FEEDS, {one: [by.get((what, one)) for what in FEEDS] for one in servers}, log=True)
    bars(pages, shown, {"ours": [by.get((what, "ours")) for what in shown]}, log=False)
    feeds.set_title("a feed, requests a second, log axis; more is better", loc="left")
    pages.set_title("pages, requests a second", loc="left")
    _legend(figure, feeds)
    return figure


PICTURES: dict[str, Callable[[Figures], Figure | None]] = {
    "bench-jobs": draw_jobs,
    "bench-scale": draw_scale,
    "bench-serving": draw_serving,
}


def main(source: str, folder: str) -> None:
    """Draw what there are figures of; of the rest the picture of before goes."""
    figures = json.loads(Path(source).read_text("utf-8"))
    for name, draw in PICTURES.items():
        path = Path(folder) / f"{name}.svg"
        if (figure := draw(figures)) is None:
            path.unlink(missing_ok=True)
            continue
        figure.savefig(path, metadata={"Date": None, "Creator": None})
        plt.close(figure)


if __name__ == "__main__":
    main(*sys.argv[1:])
