"""The queue: rows that workers claim for a while, so that the work of one that was killed is taken up by another."""

from dataclasses import dataclass
from typing import Final

from entities.store.database import Row
from service.desk import Desk, now

LEASE: Final = 30_000_000
"""How long a claim lasts unless it is renewed, in microseconds."""

ATTEMPTS: Final = 3
"""How often a job is begun before it counts as failed."""

MAKING: Final = ("tiles", "maps", "terrain")
"""The kinds of jobs that make whatever is stale: one does the work of all that were asked for before it began."""

PATIENT: Final = ("maps", "terrain")
"""The kinds that come after all others and give way to them: what they have made so far they find again."""

_COLUMNS: Final = "id, kind, submission, state, created, started, ended, attempts, step, done, total, fault"
_PATIENT: Final = f"kind IN ({', '.join(map(repr, PATIENT))})"
_READY: Final = "(state = 'waiting' OR (state = 'running' AND lease < ?))"
_ALONE: Final = (
    "NOT EXISTS (SELECT 1 FROM job AS other WHERE other.kind = job.kind AND other.id <> job.id"
    " AND other.state = 'running' AND other.lease >= ?)"
)  # two builds of the same tiles at once would only do the same work twice


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work: `kind` is intake, tiles, maps or terrain; `step`, `done` and `total` say how far it is."""

    id: int
    kind: str
    submission: str | None
    state: str  # waiting, running, done, failed, dropped
    created: int
    started: int | None
    ended: int | None
    attempts: int
    step: str | None
    done: int | None
    total: int | None
    fault: str | None

    def seconds(self, moment: int) -> float | None:
        """How long it has been worked on, up to a moment."""
        return None if self.started is None else max(0, (self.ended or moment) - self.started) / 1e6


def add(desk: Desk, kind: str, submission: str | None = None) -> None:
    """Put a job at the end of the queue."""
    desk.add("job", kind=kind, submission=submission, state="waiting", created=now(), attempts=0, lease=0)


def add_once(desk: Desk, kind: str) -> None:
    """Put a job of a kind at the end of the queue, unless one already waits there for nobody in particular."""
    if not desk.rows("SELECT 1 FROM job WHERE kind = ? AND state = 'waiting' AND submission IS NULL", kind):
        add(desk, kind)


def claim(desk: Desk, worker: str, moment: int) -> Job | None:
    """Take the next job that waits or whose worker fell silent; None where there is none."""
    order = f"ORDER BY CASE WHEN {_PATIENT} THEN 1 ELSE 0 END, id LIMIT 1"
    following = f"SELECT id FROM job WHERE {_READY} AND {_ALONE} {order}"
    if not desk.rows(following, moment, moment):  # most looks find nothing, and keep nobody from writing
        return None
    with desk.writing() as database:
        database.begin_writing()
        found = database.query(following, [moment, moment])
        for (job_id,) in found:
            statement = "UPDATE job SET state = 'running', worker = ?, lease = ?, started = ?, attempts = attempts + 1"
            database.run(f"{statement} WHERE id = ?", [worker, moment + LEASE, moment, job_id])
    return get(desk, found[0][0]) if found else None


def renew(desk: Desk, job: Job, worker: str, progress: tuple[str, int, int], moment: int) -> bool:
    """Keep a claim and say how far the work is; False where another worker has taken it over."""
    step, done, total = progress
    statement = (
        "UPDATE job SET lease = ?, step = ?, done = ?, total = ? WHERE id = ? AND worker = ? AND state = 'running'"
    )
    with desk.writing() as database:
        return bool(database.run(statement, [moment + LEASE, step, done, total, job.id, worker]))


def finish(desk: Desk, job: Job, state: str = "done", fault: str | None = None) -> None:
    """Close a job, and with one that makes what is stale those of its kind that waited when it began."""
    ended = now()
    desk.change("job", ("id", job.id), state=state, ended=ended, fault=fault)
    if state == "done" and job.kind in MAKING:
        statement = (
            "UPDATE job SET state = 'done', started = ?, ended = ? WHERE kind = ? AND state = 'waiting' AND created < ?"
        )
        with desk.writing() as database:
            database.run(statement, [job.started, ended, job.kind, job.started])


def pressed(desk: Desk) -> bool:
    """Whether a job waits to which the patient ones give way."""
    return bool(desk.rows(f"SELECT 1 FROM job WHERE state = 'waiting' AND NOT {_PATIENT} LIMIT 1"))


def postpone(desk: Desk, job: Job) -> None:
    """Put a job that gave way back among those that wait; it counts as not begun."""
    desk.change("job", ("id", job.id), state="waiting", lease=0, attempts=job.attempts - 1)


def release(desk: Desk, job: Job, fault: str) -> None:
    """Give a claim back at once and say what went wrong, so that another worker can try."""
    desk.change("job", ("id", job.id), lease=0, fault=fault)


def get(desk: Desk, job_id: int) -> Job:
    """The job of this id."""
    return _job(desk.rows(f"SELECT {_COLUMNS} FROM job WHERE id = ?", job_id)[0])


def of_submission(desk: Desk, submission: str) -> list[Job]:
    """The jobs of a submission, oldest first."""
    return [_job(row) for row in desk.rows(f"SELECT {_COLUMNS} FROM job WHERE submission = ? ORDER BY id", submission)]


def waiting(desk: Desk) -> dict[str, int]:
    """How many jobs there are in each state that is not done."""
    rows = desk.rows("SELECT state, COUNT(*) FROM job WHERE state IN ('waiting', 'running', 'failed') GROUP BY state")
    return {str(state): int(count) for state, count in rows}


def _job(row: Row) -> Job:
    return Job(*row)
