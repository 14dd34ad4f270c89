"""Whether a daemon under load is flat at the end: its last third beside its middle third."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean

from bench.soak.sampling import Measure

Value = Callable[[Measure], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A figure over time and how much it may grow: as a share of the middle third, and so much at
    any rate. `least` says that it is the other way round: it may fall by so much."""

    name: str
    unit: str
    value: Value
    share: float
    at_any_rate: float
    least: bool = False


LINES = (
    Line(name="memory (PSS)", unit="MB", value=lambda one: one.memory, share=0.05, at_any_rate=4),
    Line(name="handles", unit="", value=lambda one: one.handles, share=0.03, at_any_rate=3),
    Line(name="threads", unit="", value=lambda one: one.threads, share=0.03, at_any_rate=2),
    Line(name="WAL", unit="MB", value=lambda one: one.wal, share=0.25, at_any_rate=1),
    Line(name="late", unit="s", value=lambda one: one.late, share=0.5, at_any_rate=2),
    Line(name="polls", unit="/s", value=lambda one: one.polls, share=0.2, at_any_rate=0.5,
         least=True),
    Line(name="answers", unit="/s", value=lambda one: one.answers, share=0.2, at_any_rate=0.5,
         least=True),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A line's means in the middle and the last third, its slope in the last two thirds as units
    an hour, and whether that is flat."""

    name: str
    unit: str
    middle: float
    last: float
    slope: float
    is_flat: bool

    @property
    def words(self) -> str:
        """Say it in one line."""
        verdict = "flat" if self.is_flat else "NOT FLAT"
        unit = f" {self.unit}" if self.unit else ""
        return (
            f"{self.name:13} {self.middle:8.1f} → {self.last:8.1f}{unit:4} "
            f"{self.slope:+9.1f}{unit} an hour  {verdict}"
        )


def judge(measures: Sequence[Measure]) -> list[Finding]:
    """Judge every line; needs nine measures at least."""
    return [_judge(line, measures) for line in LINES]


def _judge(line: Line, measures: Sequence[Measure]) -> Finding:
    third = len(measures) // 3
    middle = mean(map(line.value, measures[third : 2 * third]))
    last = mean(map(line.value, measures[2 * third :]))
    growth = middle - last if line.least else last - middle
    return Finding(
        name=line.name,
        unit=line.unit,
        middle=middle,
        last=last,
        slope=slope([(one.at, line.value(one)) for one in measures[third:]]) * 3600,
        is_flat=growth <= max(line.share * middle, line.at_any_rate),
    )


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Fit a straight line by least squares; give what it rises in one unit."""
    x0, y0 = mean(x for x, _ in points), mean(y for _, y in points)
    spread = sum((x - x0) ** 2 for x, _ in points)
    return sum((x - x0) * (y - y0) for x, y in points) / spread if spread else 0.0
