"""Processes that work for this one: started when there is much to do, and kept for the next time, which may be soon.

A helper does what it is sent over a pipe, one thing after another, and ends when the pipe does: with this process,
however that ends. It loads no more than the modules of what it is sent, so it begins sooner than this process did.
"""

import atexit
import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from queue import SimpleQueue
from typing import IO, Any, Final, cast

from entities.errors import Refusal

KEPT: Final = 4
"""How many helpers are kept while there is nothing to do; each takes some 100 MB of memory."""

_LEAVINGS: Final = 50_000
"""After how many new objects a helper looks for those that nothing leads to any more: a tile is of thousands."""

Work = Callable[[], Any]
"""What a helper is to do: a function without arguments that can be pickled, such as a `partial`."""


class Helper:
    """One process that does what it is asked."""

    def __init__(self) -> None:
        known = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command, pipe = [sys.executable, "-m", "tiling.building.helpers"], subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, env=known)
        self._pipes = cast(tuple[IO[bytes], IO[bytes]], (self._process.stdin, self._process.stdout))

    def ask(self, work: Work) -> Any:
        """Have something done. Raises the refusal it met, or `ChildProcessError` where the process ended instead."""
        asking, answers = self._pipes
        try:
            pickle.dump(work, asking)
            asking.flush()
            refusal, answer = pickle.load(answers)
        except (EOFError, OSError) as error:
            raise ChildProcessError(f"a helper ended with {self._process.wait()}") from error
        if refusal is not None:
            raise refusal
        return answer

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for pipe in self._pipes:
            pipe.close()


class Crew:
    """Some helpers at work together; `pool` has a thread for each, in which it is asked."""

    def __init__(self, helpers: Sequence[Helper]) -> None:
        self.helpers = helpers
        self.pool = ThreadPoolExecutor(len(helpers))
        self._free: SimpleQueue[Helper] = SimpleQueue()
        for helper in helpers:
            self._free.put(helper)

    def ask(self, work: Work) -> Any:
        """Have the first helper that is free do something; to be called in `pool`."""
        helper = self._free.get()
        try:
            return helper.ask(work)
        finally:
            self._free.put(helper)

    def ask_each(self, work: Work) -> None:
        """Have every helper do something, at the same time."""
        list(self.pool.map(lambda helper: helper.ask(work), self.helpers))


_idle: list[Helper] = []
_lock: Final = threading.Lock()
_beginning: Final = threading.Lock()


def ready() -> bool:
    """Whether helpers wait for something to do."""
    return bool(_idle)


def stand_ready(count: int, *known: object) -> threading.Thread:
    """Have helpers wait that have loaded the modules of some things, so that what comes next begins at once.

    They begin beside whatever else is done; the thread that is returned ends when they wait.
    """
    beginning = threading.Thread(target=_begin, args=(min(count, KEPT), partial(_load, known)))
    beginning.start()
    return beginning


def _begin(count: int, work: Work) -> None:
    if ready() or not _beginning.acquire(blocking=False):
        return  # they wait, or will soon
    try:
        with at_work(count) as crew:
            crew.ask_each(work)
    finally:
        _beginning.release()


def _load(known: Sequence[object]) -> None:
    """Do nothing: what was sent is loaded by now."""


@contextmanager
def at_work(count: int) -> Iterator[Crew]:
    """Some helpers for the block, those that wait and new ones. They wait again after it, unless it fails."""
    with _lock:
        chosen, _idle[:] = _idle[:count], _idle[count:]
    crew, kept = Crew([*chosen, *(Helper() for _ in range(count - len(chosen)))]), 0
    try:
        yield crew
        kept = KEPT
    finally:
        crew.pool.shutdown(cancel_futures=True)
        with _lock:
            place = max(0, kept - len(_idle))
            _idle.extend(crew.helpers[:place])
        for helper in crew.helpers[place:]:
            helper.end()


@atexit.register
def _end_all() -> None:
    """End those that wait before this process ends."""
    while _idle:
        _idle.pop().end()


def main() -> None:
    """Do what comes in by standard input, one thing after another, until it ends; answers go to standard output."""
    gc.set_threshold(_LEAVINGS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is meant for the process that this one works for
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed is no answer
    with suppress(BrokenPipeError):  # there is nobody any more to answer
        while (work := _next()) is not None:
            pickle.dump(_done(work), answers)
            answers.flush()


def _next() -> Work | None:
    """What is to be done next; None where there is nobody any more to ask."""
    try:
        return cast(Work, pickle.load(sys.stdin.buffer))
    except EOFError:
        return None


def _done(work: Work) -> tuple[Refusal | None, Any]:
    """Do something: the refusal it met, or what came of it. Any other fault ends this process and is seen there."""
    try:
        return None, work()
    except Refusal as refusal:
        return refusal, None


if __name__ == "__main__":
    main()
