"""Work done in a pool in the order of what it is done with, and never far ahead of whoever takes the results."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def ahead(pool: Executor, work: Callable[[_Item], _Result], items: Iterable[_Item], most: int) -> Iterator[_Result]:
    """Do something with each item in a pool, in order, and no more than so many ahead, so that memory stays flat."""
    waiting: deque[Future[_Result]] = deque()
    for item in items:
        waiting.append(pool.submit(work, item))
        if len(waiting) > most:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
