"""What the workbench works with."""

from dataclasses import dataclass
from pathlib import Path

from aggregator.ingest.workers import Workers

TASK_SECONDS = 60
MOST = 20_000  # articles: some 3 s of a processor where their words are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the workbench works with: the file, whether it may be written, and processes that try
    rules on so many articles at most."""

    path: Path
    workers: Workers
    may_write: bool = False
    most: int = MOST
