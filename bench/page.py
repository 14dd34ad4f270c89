"""Write docs/benchmarks.md: the prose of page.md, with the figures of a run in its places.

It only turns data into text, so that the page can be written anew without measuring.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

Figures = dict[str, Any]
TEMPLATE = Path(__file__).with_name("page.md")
MS = 1000
SHORT = (
    "**A short run: its loads are too small for any of these figures to be quoted.** Much of what "
    "is seen here is the starting of processes."
)
# Whoever reads the page knows us by our name.
OURS = "aggregator"


def write(figures: Figures) -> str:
    """Put figures into the prose; a comment in the prose is for who writes it."""
    places = {
        "notice": notice,
        "connections": lambda figures: str(figures["connections"]),
        "machine": machine,
        "contenders": contenders,
        "ratios": ratios,
        "jobs": jobs,
        "scale": scale,
        "disk": disk,
        "stored": stored,
        "rules": rules,
        "feeds": feeds,
        "pages": pages,
        "large": large,
    }
    prose = re.sub(r"(?s)<!--.*?-->\n*", "", TEMPLATE.read_text("utf-8"))
    return re.sub(r"\{\{(\w+)\}\}", lambda place: places[place[1]](figures), prose)


def number(value: float | None) -> str:
    """Write a number with three digits that count, or all before the point."""
    if value is None:
        return "–"
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table."""
    lines = [f"| {' | '.join(line)} |" for line in (head, *rows)]
    return "\n".join((lines[0], f"|{'---|' * len(head)}", *lines[1:]))


def called(name: str) -> str:
    """Name a contender."""
    return OURS if name == "ours" else name


def load(size: Figures) -> str:
    """Name a load."""
    return f"{size['sources']:,} sources of {entries_of(size)}"


def entries_of(size: Figures) -> str:
    """Say how many entries a source of a load has."""
    return "1 entry" if size["entries"] == 1 else f"{size['entries']} entries"


def good(figures: Figures) -> list[Figures]:
    """Give the loads of which there are figures."""
    return [size for size in figures["jobs"] if "failed" not in size]


def notice(figures: Figures) -> str:
    """Say when it was measured, and what is wrong with these figures as a whole."""
    lines = [f"Taken on {figures['taken']}, all in one run of {figures['minutes']:.0f} minutes."]
    if not figures["is_full"]:
        lines.insert(0, SHORT)
    if figures["numpy"]:
        lines.append("numpy was installed beside, which ours loads at each start then: its memory "
                     "and starting are more than they need be.")  # fmt: skip
    return " ".join(lines)


def machine(figures: Figures) -> str:
    """Describe the machine and name all versions."""
    about = figures["machine"]
    known = [[called(name), one or "not installed"] for name, one in figures["versions"].items()]
    words = f"{about['cores']} cores ({about['processor']}), {about['memory']} of memory"
    return f"{words}, {about['system']}.\n\n{table(['what', 'version'], known)}"


def contenders(figures: Figures) -> str:
    """Say of each contender what it does."""
    return "\n".join(f"- {called(name)} {does}." for name, does in figures["does"].items())


def cells(size: Figures) -> dict[tuple[str, str], Figures]:
    """Give the rows of a load by job and contender."""
    return {(row["job"], row["contender"]): row for row in size["rows"]}


def ratios(figures: Figures) -> str:
    """Tell how much CPU time the others take, for one of ours, on the first load."""
    if not (loads := good(figures)):
        return "There are no figures."
    size = loads[0]
    found = cells(size)
    rivals = [name for name in figures["does"] if name != "ours"]
    rows = []
    for job in dict.fromkeys(job for job, _ in found):
        ours = found.get((job, "ours"))
        rows.append([job, *(_ratio(found.get((job, name)), ours) for name in rivals)])
    told = table([f"CPU time, {OURS} = 1; {load(size)}", *rivals], rows)
    return f"{told}\n\n{picture('jobs', 'CPU time and peak memory of each contender in each job')}"


def picture(name: str, alt: str) -> str:
    """Show what `bench.plots` draws."""
    return f"![{alt}; the figures are in the tables](images/bench-{name}.svg)"


def _ratio(theirs: Figures | None, ours: Figures | None) -> str:
    return number(theirs["CPU s"] / ours["CPU s"] if theirs and ours else None)


def jobs(figures: Figures) -> str:
    """Write the tables of all loads."""
    return "\n\n".join(map(_job_table, figures["jobs"]))


def _job_table(size: Figures) -> str:
    if "failed" in size:
        return f"A load failed: {size['failed']}"
    head = ["job", "", "wall s", "CPU s", "CPU ms a source", "peak PSS MB", "peak RSS MB",
            "server CPU s"]  # fmt: skip
    rows = []
    for row in size["rows"]:
        wall, own = number(row["wall s"]), number(row["own wall s"])
        rows.append([
            row["job"],
            called(row["contender"]),
            wall if wall == own else f"{wall} ({own})",
            number(row["CPU s"]),
            number(row["CPU s"] / size["sources"] * MS),
            number(row["peak PSS MB"]),
            number(row["peak RSS MB"]),
            number(row["server CPU s"]),
        ])  # fmt: skip
    rows += [["all" if "not" in told else "the rest", called(name), told, *[""] * 5]
             for name, told in size["absent"].items()]  # fmt: skip
    times = "once" if size["repeat"] == 1 else f"{size['repeat']} times, medians"
    return f"### {load(size)}\n\nEach job but `cold` was run {times}.\n\n{table(head, rows)}"


def scale(figures: Figures) -> str:
    """Compare what a source costs on loads that differ in the number of sources only."""
    pair = pair_of(good(figures))
    if pair is None:
        return "There are not two loads to compare."
    few, many = pair
    one, other = cells(few), cells(many)
    rows = [
        [job, called(name), number(_each(few, one[job, name])), number(_each(many, row)),
         number(_each(many, row) / _each(few, one[job, name]))]
        for (job, name), row in other.items() if (job, name) in one
    ]  # fmt: skip
    head = ["job", "", f"{few['sources']:,} sources", f"{many['sources']:,} sources", "ratio"]
    drawn = picture("scale", "CPU time a source on both loads, a line for each contender and job")
    told = f"CPU milliseconds a source, {entries_of(few)} each:\n\n{table(head, rows)}"
    return f"{told}\n\n{drawn}"


def pair_of(loads: Sequence[Figures]) -> tuple[Figures, Figures] | None:
    """Find the first two loads with as many entries a source."""
    for place, few in enumerate(loads):
        for many in loads[place + 1 :]:
            if few["entries"] == many["entries"] and few["sources"] != many["sources"]:
                return few, many
    return None


def _each(size: Figures, row: Figures) -> float:
    return float(row["CPU s"]) / float(size["sources"]) * MS


def disk(figures: Figures) -> str:
    """Write what an article takes, part by part."""
    found = figures["disk"]
    if "failed" in found:
        return f"This failed: {found['failed']}"
    entry, parts = found["entry"], found["database"]
    rows = [["the entry, as it was read", number(entry), "1.00"]]
    rows += [[f"database: {name}", number(size), number(size / entry)]
             for name, size in sorted(parts.items(), key=lambda pair: -pair[1])]  # fmt: skip
    total = sum(parts.values())
    rows += [
        ["**database in all**", number(total), number(total / entry)],
        ["article file", number(found["files"]), number(found["files"] / entry)],
        ["article file, in whole blocks of the disk", number(found["files_in_blocks"]),
         number(found["files_in_blocks"] / entry)],
    ]  # fmt: skip
    return (
        f"{found['articles']:,} articles, of real polls.\n\n"
        f"{table(['part', 'bytes an article', 'of the entry'], rows)}\n\n"
        f"All feeds with their compressed forms and versions take {found['feeds'] / 1e6:.1f} MB "
        "more, however many articles there are. What the daemon does after the polls, search index "
        f"and words for rules above all, took {number(found['later'] * MS)} ms of CPU time an "
        "article, its start included."
    )


def stored(figures: Figures) -> str:
    """Write what each contender has on the disk after `cold`."""
    if not (loads := good(figures)):
        return "There are no figures."
    size = loads[0]
    rows = [["the entry, as it was read", number(size["raw"]), "1.00"]]
    rows += [[called(name), number(taken), number(taken / size["raw"])]
             for name, taken in size["bytes"].items()]  # fmt: skip
    return table([f"after `cold`; {load(size)}", "bytes an article", "of the entry"], rows)


RULE_WAYS = ("ours", "by_in", "by_re")


def rules(figures: Figures) -> str:
    """Write what judging costs."""
    found = figures["rules"]
    if "failed" in found:
        return f"This failed: {found['failed']}"
    rows = [
        [str(one["outputs"]), str(one["terms"]), *(number(one[way]) for way in RULE_WAYS)]
        for one in found
    ]
    return table(["outputs", "terms", OURS, "`in`", "`re`"], rows)


def feeds(figures: Figures) -> str:
    """Write how feeds are served, beside nginx."""
    found = figures["serving"]
    if "failed" in found:
        return f"This failed: {found['failed']}"
    beside = any(one["server"] == "nginx" for one in found)
    kinds = [one["what"] for one in found if one["what"] in FEEDS]
    rows = [_served(one) for one in found if one["what"] in kinds]
    told = "" if beside else "\n\nnginx is not installed."
    drawn = picture("serving", "requests a second of a feed in each form, and of pages")
    return f"{table(['feed', '', *_SERVED], rows)}{told}\n\n{drawn}"


FEEDS = ("plain", "gzip", "br", "304")
_SERVED = ("bytes", "requests a second", "median ms", "99 % ms", "CPU µs a request")


def _served(one: Figures) -> list[str]:
    if "failed" in one:
        return [one["what"], called(one["server"]), f"failed: {one['failed']}", *[""] * 4]
    figures = [number(one[name]) for name in ("per_second", "p50", "p99", "cpu")]
    return [one["what"], called(one["server"]), f"{one['size']:,}", *figures]


def pages(figures: Figures) -> str:
    """Write how pages are served."""
    found = figures["serving"]
    if "failed" in found:
        return "There are no figures."
    rows = [_served(one) for one in found if one["what"] not in FEEDS]
    return table(["page", "", *_SERVED], rows)


def large(figures: Figures) -> str:
    """Write how fast pages come from a large database."""
    found = figures.get("pages")
    if found is None:
        return "Pages from a large database were left out of this run."
    if "failed" in found:
        return f"Pages from a large database failed: {found['failed']}"
    rows = [[f"`{one['page']}`", *(number(one[name]) for name in ("first", "median", "slowest")),
             number(one["size"] / 1000)] for one in found]  # fmt: skip
    head = ["page", "first ms", "median ms", "slowest of the others ms", "kB"]
    return (f"From {figures['plan']['pages']:,} articles, one request after the other:\n\n"
            f"{table(head, rows)}")  # fmt: skip
