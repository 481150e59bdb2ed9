"""Work done in a pool in the order of what it is done with, and never far ahead of whoever takes the results."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from itertools import islice
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def ahead(pool: Executor, work: Callable[[_Item], _Result], items: Iterable[_Item], most: int) -> Iterator[_Result]:
    """Do something with each item in a pool, in order, and no more than so many ahead, so that memory stays flat.

    The first are begun at once, before any result is asked for.
    """
    left = iter(items)
    begun = deque(pool.submit(work, item) for item in islice(left, most))
    return _results(pool, work, left, begun)


def _results(
    pool: Executor, work: Callable[[_Item], _Result], left: Iterator[_Item], begun: deque[Future[_Result]]
) -> Iterator[_Result]:
    for item in left:
        begun.append(pool.submit(work, item))
        yield begun.popleft().result()
    while begun:
        yield begun.popleft().result()
