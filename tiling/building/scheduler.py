"""All trees brought up to date by one plan: what a change made stale in any of them is drawn by the same processes.

Every tree is planned before any is drawn, so that it is known how much there is to do; then each is drawn and published
in its turn, the most urgent first. All are of the same transaction.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from entities.model import LATEST, TransactionNumber
from tiling.building.build import BuildReport, finished
from tiling.building.draft import Draft, drafted
from tiling.building.drawing import Progress, workshop
from tiling.building.settings import Settings
from tiling.building.source import Opener, Source
from tiling.stored.published import Published
from tiling.stored.sink import Sink


@dataclass(frozen=True, slots=True)
class Task:
    """One tree that is to show its source's moment; `reopen` opens the source in another process."""

    name: str
    source: Source
    sink: Sink
    settings: Settings
    reopen: Opener


def build_all(
    tasks: Sequence[Task],
    workers: int,
    progress: Progress | None = None,
    anew: bool = False,
    lately: TransactionNumber = LATEST,
) -> Iterator[tuple[str, BuildReport]]:
    """Build trees in the order given, and yield each one's name and report once it is published.

    `progress` is told of the tiles of all of them together. With `anew`, nothing drawn before is used. A tree in which
    nothing happened is left as it is if it knows the transaction `lately`; else it is published to say that it knows
    the last one, so that the next build has less to look through.
    """
    drafts = [(task, draft) for task in tasks if not _idle(draft := _drafted(task, anew), lately)]
    ends = [sum(len(draft.missing) for _, draft in drafts[:place]) for place in range(len(drafts) + 1)]
    with workshop({task.name: (task.reopen, task.settings) for task, _ in drafts}, workers, ends[-1]) as drawers:
        for (task, draft), before in zip(drafts, ends, strict=False):
            started = time.perf_counter()
            yield task.name, finished(draft, drawers, task.name, started, _counted(progress, before, ends[-1]))


def _idle(draft: Draft, lately: TransactionNumber) -> bool:
    """Whether nothing happened in a tree since it was published, not even a new day."""
    before, now = draft.since, draft.source.moment
    same = before.key == draft.settings.key and before.moment.valid_at == now.valid_at
    return bool(before.root) and same and not len(draft.changed) and before.moment.known_at >= lately


def _drafted(task: Task, anew: bool) -> Draft:
    since = None if anew else Published.now(task.sink)
    return drafted(task.source, task.sink, task.settings, since, anew)


def _counted(progress: Progress | None, before: int, total: int) -> Progress | None:
    """Progress within one tree as progress of them all."""
    return progress and (lambda done, _: progress(before + done, total))
