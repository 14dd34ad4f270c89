"""What the workbench works with."""

from dataclasses import dataclass
from pathlib import Path

from aggregator.ingest.workers import Workers

PRELOAD = ("aggregator.pipeline.preview",)
TASK_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the workbench works with: the file, whether it may be written, and processes that try
    rules."""

    path: Path
    workers: Workers
    may_write: bool = False
