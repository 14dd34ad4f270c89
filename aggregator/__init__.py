"""A feed aggregator that runs for years: polls sources, keeps every article once, republishes."""

__version__ = "0.1.0"
