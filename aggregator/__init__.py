"""A feed aggregator that runs for years: polls sources, keeps every article once, republishes."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("aggregator")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0"
