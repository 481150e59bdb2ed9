"""Benchmarks: ratios against a named peer or a limit, all in one run on the same data."""
