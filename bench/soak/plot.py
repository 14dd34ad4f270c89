"""The picture of a run: six lines over time, the thirds that are compared behind them."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")  # draws without a screen

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from bench.soak.sampling import Measure

BLUE, ORANGE, GREY = "#1f5fa8", "#d9822b", "#eef1f4"


def draw(measures: Sequence[Measure], title: str, path: Path) -> None:
    """Write the picture as PNG."""
    minutes = [one.at / 60 for one in measures]
    figure, grid = plt.subplots(2, 3, figsize=(12, 6), sharex=True, layout="constrained")
    figure.suptitle(title, fontsize=12, fontweight="bold")
    memory, files, disk, late, rate, whole = grid.flat
    _panel(memory, minutes, "memory, MB (PSS)", {
        "all processes": [one.memory for one in measures],
        "the daemon alone": [one.daemon for one in measures],
    })  # fmt: skip
    _panel(files, minutes, "file handles and threads", {
        "handles": [one.handles for one in measures],
        "threads": [one.threads for one in measures],
    })  # fmt: skip
    _panel(disk, minutes, "write-ahead log, MB", {"": [one.wal for one in measures]})
    _panel(late, minutes, "longest overdue source, s", {"": [one.late for one in measures]})
    _panel(rate, minutes, "requests a second", {
        "to sources": [one.polls for one in measures],
        "from subscribers": [one.answers for one in measures],
    })  # fmt: skip
    _panel(whole, minutes, "database, MB (grows with what it keeps)", {
        "": [one.database for one in measures],
    })  # fmt: skip
    for below in (late, rate, whole):
        below.set_xlabel("minutes")
    figure.savefig(path, dpi=80)
    plt.close(figure)


def _panel(
    axes: Axes, minutes: Sequence[float], title: str, lines: dict[str, Sequence[float]]
) -> None:
    third = len(minutes) // 3
    axes.axvspan(minutes[third], minutes[2 * third], color=GREY, zorder=0)
    for (name, values), colour in zip(lines.items(), (BLUE, ORANGE), strict=False):
        axes.plot(minutes, values, color=colour, linewidth=1.4, label=name)
    axes.set_title(title, fontsize=10, loc="left")
    axes.set_ylim(0, axes.get_ylim()[1] * 1.25)
    axes.set_xlim(minutes[0], minutes[-1])
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    if len(lines) > 1:
        axes.legend(fontsize=8, frameon=False, loc="upper right", ncols=2)
