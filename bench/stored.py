"""Count what was stored, and what it takes up."""

import sqlite3
from contextlib import closing
from pathlib import Path


def count_rows(path: Path, table: str) -> int:
    """Count the rows of a table in a database that nobody writes to."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def bytes_below(folder: Path) -> int:
    """Add up what files below a folder take up on the disk, in whole blocks."""
    return sum(one.stat().st_blocks * 512 for one in folder.rglob("*") if one.is_file())
