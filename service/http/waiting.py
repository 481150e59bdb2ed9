"""Long polling: a request that asks for news waits until there is some, without taking all the server's threads."""

import threading
import time
from collections.abc import Callable
from typing import Final

LONGEST: Final = 60
"""The most seconds a request may wait."""

_LOOK: Final = 0.25


class Waiting:
    """Lets at most half of the server's threads wait; whoever comes then is answered at once."""

    def __init__(self, threads: int) -> None:
        self._places = threading.BoundedSemaphore(max(1, threads // 2))

    def until(self, news: Callable[[], bool], seconds: float) -> None:
        """Look for news until there is some or the time is over."""
        if not self._places.acquire(blocking=False):
            return
        try:
            end = time.monotonic() + min(seconds, LONGEST)
            while time.monotonic() < end and not news():
                time.sleep(_LOOK)
        finally:
            self._places.release()
