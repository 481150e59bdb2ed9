"""How long each step of a piece of work takes."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the work and the seconds it took."""

    name: str
    seconds: float


class Clock:
    """Adds up the seconds spent in each step, in the order the steps were first taken."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Count the time of a block to a step."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - began

    def each(self, name: str, items: Iterable[Item]) -> Iterator[Item]:
        """Pass items on, counting the time of making them to a step."""
        source = iter(items)
        while True:
            with self(name):
                try:
                    item = next(source)
                except StopIteration:
                    return
            yield item

    def steps(self) -> list[Step]:
        """The steps so far."""
        return [Step(name, seconds) for name, seconds in self._seconds.items()]
