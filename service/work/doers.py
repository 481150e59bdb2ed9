"""What each kind of job does: take a submission in, build the tiles it touched, draw the sheets it made stale."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from entities import intake
from entities.errors import Refusal
from entities.report import Progress, Report
from service import departments
from service.bases import open_store
from service.config import Config
from service.desk import Desk, packed
from service.holdings.sending import adopt_sent, is_holding
from service.intake import reports, submissions, taking
from service.intake.submissions import Submission
from service.maps import sheets
from service.tiles import making
from service.tiles.kept import KEPT, sweep
from service.work import jobs
from service.work.jobs import Job

_RECENT: Final = 1_000
"""Among how many of the last transactions an earlier attempt is looked for."""


def take_in(config: Config, desk: Desk, job: Job, tell: Progress) -> None:
    """Load a submission: it ends as done, refused, or waiting for its guess to be confirmed."""
    submission = submissions.get(desk, job.submission or "")
    if not submissions.begin(desk, submission):
        return
    try:
        report = _loaded(config, desk, submission, tell)
        _keep(
            config,
            desk,
            submission,
            report if job.attempts == 1 or is_holding(submission) else _with_number(config, submission, report),
        )
    except Refusal as refusal:
        if refusal.rule == taking.ASKS:
            _ask(config, desk, submission)
        else:
            _keep(config, desk, submission, Report.of_refusal(refusal))


def _ask(config: Config, desk: Desk, submission: Submission) -> None:
    """Show what was guessed and wait for it to be confirmed; a file that cannot be read is refused at once."""
    try:
        shown = taking.guess_json(config, submissions.upload_of(config.uploads, submission))
    except Refusal as refusal:
        _keep(config, desk, submission, Report.of_refusal(refusal))
        return
    submissions.change(desk, submission, state="confirm", guess=packed(shown))


def _loaded(config: Config, desk: Desk, submission: Submission, tell: Progress) -> Report:
    with closing(open_store(config)) as store:
        department = departments.named(desk, submission.department)
        if is_holding(submission):
            return adopt_sent(config, store, submission, department, tell)
        upload = submissions.upload_of(config.uploads, submission)
        options = taking.options_of(config, store, upload, department)
        return intake.load(store, upload.path, options, tell)


def _with_number(config: Config, submission: Submission, report: Report) -> Report:
    """The report of a second attempt; where the first had committed already, it names that transaction."""
    source = submissions.upload_of(config.uploads, submission).source
    with closing(open_store(config)) as store:
        last = store.view().moment.known_at
        records = store.transactions(max(0, last - _RECENT), _RECENT)
    committed = [record.number for record in records if record.source == source]
    return replace(report, transaction=committed[-1]) if committed and report.transaction is None else report


def _keep(config: Config, desk: Desk, submission: Submission, report: Report) -> None:
    """Write the report, and queue what the change makes necessary."""
    reports.save(config.uploads / submission.name, report)
    summary = reports.summary(report)
    summary["since"] = submissions.since(desk, submission, summary)
    state = "done" if report.accepted else "refused"
    submissions.change(desk, submission, state=state, number=report.transaction, summary=packed(summary))
    if report.transaction is not None:
        jobs.add(desk, "tiles", submission.name)
        jobs.add(desk, "maps", submission.name)


def build_tiles(config: Config, desk: Desk, job: Job, tell: Progress) -> None:
    """Bring the tiles of every layer up to the base; the terrain follows when nothing more urgent waits."""
    making.stand_ready(config, making.tiles(config, tell))
    jobs.add_once(desk, "terrain")


def cut_terrain(config: Config, desk: Desk, job: Job, tell: Progress) -> None:
    """Cut the tiles of the terrain that are not there yet, and remove kept tiles of all kinds that are too many."""
    making.terrain(config, tell)
    sweep(config.data / KEPT, config.tiles.cache_bytes)


def draw_maps(config: Config, desk: Desk, job: Job, tell: Progress) -> None:
    """Draw the map sheets that the base has made stale."""
    sheets.draw_stale(config, tell)


def give_up(desk: Desk, job: Job) -> None:
    """Close a job that failed too often, and say so on its submission."""
    jobs.finish(desk, job, "failed", job.fault)
    if job.kind == "intake" and job.submission:
        submissions.change(desk, submissions.get(desk, job.submission), state="failed")


DOERS: Final[Mapping[str, Callable[[Config, Desk, Job, Progress], None]]] = MappingProxyType(
    {"intake": take_in, "tiles": build_tiles, "maps": draw_maps, "terrain": cut_terrain}
)
"""What does each kind of job."""
