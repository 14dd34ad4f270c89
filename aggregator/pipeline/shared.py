"""What parsing processes have in common: the fork server imports this once, and all share it.

What comes in is parsed, published and filed by the same processes.
"""

from aggregator.core.text import fold
from aggregator.ingest import parse
from aggregator.pipeline import archiving, digest, feeds
from aggregator.syndicate import render

__all__ = ["archiving", "digest", "feeds", "parse", "render"]

# The dictionaries of Chinese are loaded with the first text that is not ASCII: 4 MB and 20 ms.
fold("漢")
