"""Keeps processes running beside this one: one that dies is started again, and all end with the block."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Final

Task = Callable[[], object]
"""What a process of its own does; it has to be one that can be sent there."""

LOOK: Final = 1.0
"""Seconds between two looks at the processes."""


@contextmanager
def kept(tasks: Sequence[Task]) -> Iterator[None]:
    """Keep a process for each task running during the block; a task does its work until this process ends."""
    over = threading.Event()
    keeper = threading.Thread(target=_keep, args=(over, tasks), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def end_with(parent: int) -> None:
    """End this process when its parent has ended; for a process that does nothing but answer."""
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK)
    os._exit(0)


def _keep(over: threading.Event, tasks: Sequence[Task]) -> None:
    processes = [_started(task) for task in tasks]
    while not over.wait(LOOK):
        pairs = zip(tasks, processes, strict=True)
        processes = [process if process.is_alive() else _started(task) for task, process in pairs]
    for process in processes:
        process.terminate()
        process.join(5)


def _started(task: Task) -> BaseProcess:
    process = get_context("spawn").Process(target=task, daemon=False)
    process.start()
    return process
