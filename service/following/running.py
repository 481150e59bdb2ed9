"""Following without end: every source in a thread of its own, patient with one that is down."""

import logging
import os
import random
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Final

from entities.errors import Refusal
from entities.report import Progress
from service.bases import open_store
from service.config import Config, Followed
from service.following.catching import Caught, catch_up
from service.following.source import Source
from service.holdings.fetching import fetch
from service.holdings.sharing import Shared

PASSING: Final = ("follow.down", "follow.cut", "follow.altered")
"""What is refused now and may be well the next time."""

EVERY: Final = 20.0
"""Seconds for which a source is asked to wait for news."""

_LOOK: Final = 5.0  # seconds between two looks for files that other machines shared
_LONGEST: Final = 60.0
_SETTLED: Final = 600.0  # seconds before trying again what needs a person
_log: Final = logging.getLogger("shikong")


def run(config: Config, once: bool = False, parent: int | None = None) -> None:
    """Follow every source of the settings until the parent process ends, or with `once` until nothing is new.

    Where files of holdings are shared through an object store, those that other machines adopted are fetched as well.
    """
    over = threading.Event()
    threads = [threading.Thread(target=_follow, args=(config, one, once, over), daemon=True) for one in config.follow]
    if shared := Shared.of(config):
        threads.append(threading.Thread(target=_share, args=(config, shared, once, over), daemon=True))
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) and (parent is None or os.getppid() == parent):
        threads[0].join(0.5)
    over.set()


def needed(config: Config) -> bool:
    """Tell whether there is anything to follow or to fetch."""
    return bool(config.follow) or Shared.of(config) is not None


def keep_up(
    config: Config,
    source: Source,
    tell: Progress,
    told: Callable[[Caught], None],
    wait: float,
    over: threading.Event,
    files: bool = True,
) -> None:
    """Follow a source until `over`, telling what came; a source that is down is asked again, ever more slowly.

    At the beginning and after a failure nothing is waited for: files of holdings may be missing from the last time.
    Raises every other refusal: it needs a person.
    """
    failures, settled = 0, False
    while not over.is_set():
        try:
            told(catch_up(config, source, tell, wait if settled else 0, files))
            failures, settled = 0, True
        except Refusal as refusal:
            if refusal.rule not in PASSING:
                raise
            failures, settled = failures + 1, False
            _log.warning("%s", refusal)
            over.wait(pause(failures))


def pause(failures: int) -> float:
    """Seconds to wait after so many failures in a row: doubled each time, up to a minute, spread by chance."""
    return min(_LONGEST, 2.0 ** min(failures, 10) / 2) * random.uniform(0.5, 1.0)


def source_of(followed: Followed) -> Source:
    """A source of the settings, with the token in its file."""
    token = followed.token_file.read_text(encoding="utf-8").strip() if followed.token_file else ""
    return Source(followed.url, token)


def _follow(config: Config, followed: Followed, once: bool, over: threading.Event) -> None:
    """Follow one source; what needs a person is written down, and tried again after a while."""
    while not over.is_set():
        try:
            source = source_of(followed)
            if once:
                catch_up(config, source, _quiet, files=followed.files)
                return
            keep_up(config, source, _quiet, _log_clashes, EVERY, over, followed.files)
        except (Refusal, OSError) as error:
            _log.error("following %s: %s", followed.url, error)
            if once:
                return
            over.wait(_SETTLED)


def _share(config: Config, shared: Shared, once: bool, over: threading.Event) -> None:
    """Fetch what other machines adopted; a store that does not answer is asked again."""
    while not over.is_set():
        try:
            with closing(open_store(config)) as store:
                fetch(config, store, shared, _quiet)
        except Refusal as refusal:
            _log.warning("%s", refusal)
        if once:
            return
        over.wait(_LOOK)


def _log_clashes(caught: Caught) -> None:
    for twin in caught.twins:
        _log.warning("follow.twin: entity %s came in and almost coincides with %s", twin.code, twin.here)
    for clash in caught.met:
        _log.warning("follow.clash: %s stands over %s for entity %s", clash.stands, clash.gave_way, clash.code)


def _quiet(step: str, done: int, total: int | None) -> None:
    """Nobody watches."""
