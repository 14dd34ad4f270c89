"""Measure the speed of four jobs, ours beside other aggregators on the same load."""
