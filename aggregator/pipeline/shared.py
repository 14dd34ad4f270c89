"""What parsing processes have in common: the first of them imports this, and all share it.

What comes in is parsed, published and filed by the same processes.
"""

from aggregator.core.text import fold, units
from aggregator.ingest import parse
from aggregator.pipeline import archiving, digest, feeds, history
from aggregator.syndicate import page, publication, render

__all__ = ["archiving", "digest", "feeds", "history", "parse", "publication", "render"]

# The dictionaries of Chinese are loaded with the first text that is not ASCII: 4 MB and 20 ms.
units(fold("漢"), 1)
page.load_templates()  # to compile them takes as long as to make a feed of a hundred articles known
