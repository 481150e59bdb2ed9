"""Processes that write at once: copies of one that has imported everything, which takes two seconds a process."""

import multiprocessing
from typing import Final

FORKED: Final = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload([f"tests.contract.test_{name}" for name in ("together", "concurrency", "feed")])
