"""The worker: takes jobs from the queue, does them, and says how far it is; `serve` starts one beside the server."""

import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Final

from entities.model import today
from service.config import Config
from service.desk import Desk, now
from service.following import running
from service.subscriptions import delivering
from service.work import doers, jobs, keeping
from service.work.jobs import Job

LOOK: Final = 0.02
"""Seconds between two looks at the queue: what is committed is to be seen at once."""

PAUSE: Final = 0.5
"""Seconds between two words on how far a job is."""

Task = Callable[[Config, bool, int | None], object]
"""What a process of its own does: with the settings, once or for ever, until this parent process ends."""


class Lost(Exception):
    """Another worker has taken the job over, since this one was thought dead."""


class GaveWay(Exception):
    """A patient job stops for a more urgent one, and goes on after it."""


class Pulse:
    """Keeps the claim on a job and writes how far it is, from a thread of its own, while the job is done."""

    def __init__(self, config: Config, job: Job, worker: str) -> None:
        self._config, self._job, self._worker = config, job, worker
        self._progress = (job.kind, 0, 0)
        self._lost = False
        self._pressed = False
        self._over = threading.Event()

    def tell(self, step: str, done: int, total: int | None) -> None:
        """Say how far the job is. Raises `Lost` when it is no longer ours, `GaveWay` when it is to stop for another."""
        if self._lost:
            raise Lost
        if self._pressed:
            raise GaveWay
        self._progress = (step, done, total or 0)

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Keep the claim during the block."""
        thread = threading.Thread(target=self._beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _beat(self) -> None:
        if self._over.wait(PAUSE):  # most jobs are done by then
            return
        with closing(Desk.open(self._config.base)) as desk:
            while not self._lost and not self._over.is_set():
                self._lost = not jobs.renew(desk, self._job, self._worker, self._progress, now())
                self._pressed = self._job.kind in jobs.PATIENT and jobs.pressed(desk)
                self._over.wait(PAUSE)


def run(config: Config, once: bool = False, parent: int | None = None) -> int:
    """Do jobs for ever, or with `once` until none is left; ends with its parent process. Returns how many were done."""
    desk, worker, done, day = Desk.open(config.base), f"{socket.gethostname()}-{os.getpid()}", 0, today()
    while parent is None or os.getppid() == parent:
        if day != (day := today()):  # something may begin or end today that was known before
            jobs.add_once(desk, "tiles")
        job = jobs.claim(desk, worker, now())
        if job is not None:
            do(config, desk, job, worker)
            done += 1
        elif once:
            return done
        else:
            time.sleep(LOOK)
    return done


def do(config: Config, desk: Desk, job: Job, worker: str) -> None:
    """Do one job. A refusal is its result; any fault ends this process, and the job is taken up again by the next."""
    if job.attempts > jobs.ATTEMPTS:
        doers.give_up(desk, job)
        return
    pulse, over = Pulse(config, job, worker), False
    try:
        with pulse.beating():
            doers.DOERS[job.kind](config, desk, job, pulse.tell)
        jobs.finish(desk, job)
        over = True
    except Lost:
        over = True
    except GaveWay:
        jobs.postpone(desk, job)
        over = True
    finally:
        if not over:
            jobs.release(desk, job, repr(sys.exception()))


@contextmanager
def beside(config: Config, count: int = 1) -> Iterator[None]:
    """Keep workers, and what follows other bases and tells subscribers, running in processes during the block.

    One that dies is started again.
    """
    tasks: list[Task] = [*[run] * count, delivering.run, *([running.run] if running.needed(config) else [])]
    with keeping.kept([partial(task, config, False, os.getpid()) for task in tasks]):
        yield
