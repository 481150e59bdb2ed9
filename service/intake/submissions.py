"""Submissions: what departments sent, how far each is, and what came of it."""

import json
import re
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from entities.errors import BadQuery, Conflict, Forbidden, Invalid, NotFound
from entities.model import parse_day
from entities.store.database import Row
from service.departments import Department
from service.desk import Desk, now, packed
from service.intake import taking
from service.intake.taking import Upload
from service.work import jobs

OPTIONS: Final = (*taking.ANSWERS, "complete_in", "reason")
"""What may be said about an upload."""

OPEN: Final = ("queued", "running", "confirm")
"""The states in which a submission has not reached the base."""

_CLOSABLE: Final = ("queued", "confirm", "refused", "failed")

_COLUMNS: Final = "name, department, state, created, number, files, options, guess, summary"


@dataclass(frozen=True, slots=True)
class Submission:
    """One upload: its `name` in addresses, who sent it, its state, and what is known of it so far."""

    name: str
    department: str
    state: str
    created: int
    number: int | None = None  # the transaction it became
    files: tuple[Mapping[str, Any], ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    guess: Mapping[str, Any] | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an upload: its name, and what writes it to a path."""

    name: str
    save: Callable[[Path], object]


def receive(
    desk: Desk, folder: Path, department: Department, options: Mapping[str, str], parts: Sequence[Part]
) -> list[Submission]:
    """Keep the files of an upload and queue a submission for each data set; `Invalid` (`submission.file`) for none."""
    if not parts:
        raise Invalid.because("submission.file")
    return [receive_one(desk, folder, department, options, one) for one in data_sets(parts)]


def data_sets(parts: Sequence[Part]) -> list[list[Part]]:
    """The parts of each data set: those of a Shapefile go together, every other file is one by itself."""
    stems = {_stem(part) for part in parts if part.name.lower().endswith(".shp")}
    sets: dict[str, list[Part]] = {}
    for place, part in enumerate(parts):
        sets.setdefault(_stem(part) if _stem(part) in stems else f"{place}", []).append(part)
    return list(sets.values())


def _stem(part: Part) -> str:
    return f"{part.name.partition('.')[0].lower()}."


def receive_one(
    desk: Desk, folder: Path, department: Department, options: Mapping[str, str], parts: Sequence[Part]
) -> Submission:
    """Keep the files of one data set and queue it; nothing is kept of one that does not arrive whole.

    `Invalid` (`submission.file`) where there is no file.
    """
    if not parts:
        raise Invalid.because("submission.file")
    place, whole = folder / secrets.token_hex(6), False
    place.mkdir(parents=True)
    try:
        for part in parts:
            part.save(place / part.name)
        whole = True
    finally:
        if not whole:
            shutil.rmtree(place)
    files: list[object] = [{"name": part.name, "bytes": (place / part.name).stat().st_size} for part in parts]
    values = {"name": place.name, "department": department.name, "state": "queued", "created": now()}
    desk.add("submission", **values, files=packed(files), options=packed(dict(options)), summary="{}")
    jobs.add(desk, "intake", place.name)
    return get(desk, place.name)


def confirm(desk: Desk, submission: Submission, answers: Mapping[str, str]) -> Submission:
    """Go on with what was guessed, changed by the answers. `Conflict` where nothing waits to be confirmed."""
    _must_be(submission, ("confirm",), "confirmed")
    options = {**submission.options, **taking.confirmed(submission.guess or {}, answers)}
    change(desk, submission, state="queued", options=packed(options))
    jobs.add(desk, "intake", submission.name)
    return get(desk, submission.name)


def withdraw(desk: Desk, folder: Path, submission: Submission) -> Submission:
    """Take a submission back before it reaches the base. `Conflict` where it is being written or has been."""
    _must_be(submission, _CLOSABLE, "withdrawn")
    states = ", ".join(f"'{state}'" for state in _CLOSABLE)
    with desk.writing() as database:
        closing = f"UPDATE submission SET state = 'withdrawn' WHERE name = ? AND state IN ({states})"
        if not database.run(closing, [submission.name]):
            raise Conflict.because("submission.state", submission=submission.name, state="running", action="withdrawn")
        waiting = "submission = ? AND state = 'waiting'"
        database.run(f"UPDATE job SET state = 'dropped' WHERE {waiting}", [submission.name])
    shutil.rmtree(folder / submission.name, ignore_errors=True)
    return get(desk, submission.name)


def begin(desk: Desk, submission: Submission) -> bool:
    """Say that a submission is being taken in; False where it was withdrawn meanwhile."""
    waiting = "name = ? AND state IN ('queued', 'running')"
    with desk.writing() as database:
        return bool(database.run(f"UPDATE submission SET state = 'running' WHERE {waiting}", [submission.name]))


def change(desk: Desk, submission: Submission, **columns: object) -> None:
    """Set columns of a submission."""
    desk.change("submission", ("name", submission.name), **columns)


def data_file(folder: Path, submission: Submission) -> Path:
    """The file to read: the one that was sent, or the .shp among the parts of a Shapefile."""
    files = [folder / submission.name / str(file["name"]) for file in submission.files]
    shapes = [path for path in files if path.suffix.lower() == ".shp"]
    return shapes[0] if shapes else files[0]


def since(desk: Desk, submission: Submission, summary: Mapping[str, Any]) -> dict[str, Any] | None:
    """How many faults were mended and are fresh against the department's last refused upload of the same file name."""
    before = _sent_before(desk, submission)
    if before is None or before.state != "refused":
        return None
    old, new = (_errors(part) for part in (before.summary, summary))
    rules = old.keys() | new.keys()
    mended = sum(max(old.get(rule, 0) - new.get(rule, 0), 0) for rule in rules)
    fresh = sum(max(new.get(rule, 0) - old.get(rule, 0), 0) for rule in rules)
    return {"submission": before.name, "mended": mended, "before": sum(old.values()), "fresh": fresh}


def _errors(summary: Mapping[str, Any]) -> dict[str, int]:
    """How often each rule was broken."""
    return {rule["rule"]: rule["count"] for rule in summary.get("rules", ()) if rule["severity"] == "error"}


def _sent_before(desk: Desk, submission: Submission) -> Submission | None:
    statement = f"SELECT {_COLUMNS} FROM submission WHERE department = ? AND created < ? ORDER BY created DESC LIMIT 20"
    earlier = [_submission(row) for row in desk.rows(statement, submission.department, submission.created)]
    names = {str(file["name"]) for file in submission.files}
    return next((one for one in earlier if names & {str(file["name"]) for file in one.files}), None)


def get(desk: Desk, name: str) -> Submission:
    """The submission of this name. `NotFound` (`submission.unknown`)."""
    rows = desk.rows(f"SELECT {_COLUMNS} FROM submission WHERE name = ?", name)
    if not rows:
        raise NotFound.because("submission.unknown", submission=name)
    return _submission(rows[0])


def own(desk: Desk, name: str, department: Department) -> Submission:
    """A submission that this department may see: its own, or any for one that may write everywhere."""
    found = get(desk, name)
    if found.department != department.name and not department.everywhere:
        raise Forbidden.because("auth.other", submission=name)
    return found


def everyone(desk: Desk, limit: int = 100) -> list[Submission]:
    """The submissions of every department, the newest first."""
    statement = f"SELECT {_COLUMNS} FROM submission ORDER BY created DESC, name LIMIT {limit:d}"
    return [_submission(row) for row in desk.rows(statement)]


def listed(desk: Desk, department: Department, limit: int = 100) -> list[Submission]:
    """The submissions a department may see, the newest first."""
    if department.everywhere:
        return everyone(desk, limit)
    statement = f"SELECT {_COLUMNS} FROM submission WHERE department = ? ORDER BY created DESC, name LIMIT {limit:d}"
    return [_submission(row) for row in desk.rows(statement, department.name)]


def read_options(form: Mapping[str, str]) -> dict[str, str]:
    """The options of a form; empty ones count as not given. `BadQuery` (`submission.option`) for others."""
    given = {name: value.strip() for name, value in form.items() if name not in ("csrf", "upload")}
    for name in given.keys() - set(OPTIONS):
        raise BadQuery.because("submission.option", name=name, names=", ".join(OPTIONS))
    if given.get("valid_from"):
        parse_day(given["valid_from"])
    return {name: value for name, value in given.items() if value}


def read_answers(form: Mapping[str, str]) -> dict[str, str]:
    """The answers to what was guessed, empty ones too."""
    read_options(form)
    return {name: value.strip() for name, value in form.items() if name in taking.ANSWERS}


def upload_of(folder: Path, submission: Submission) -> Upload:
    """The file of a submission with everything that was said of it; a guess counts once it was confirmed."""
    path = data_file(folder, submission)
    guess = submission.guess if submission.state != "confirm" else None
    return Upload(path, submission.options, f"{path.name} #{submission.name}", guess)


def safe_name(name: str | None) -> str:
    """The last part of a file's name without anything that could lead elsewhere."""
    last = re.split(r"[/\\]", name or "")[-1]
    kept = re.sub(r'[\x00-\x1f<>:"|?*]', "_", last).strip(". ")
    return kept[-120:] or "upload"


def _must_be(submission: Submission, states: tuple[str, ...], action: str) -> None:
    if submission.state not in states:
        name, state = submission.name, submission.state
        raise Conflict.because("submission.state", submission=name, state=state, action=action)


def _submission(row: Row) -> Submission:
    name, department, state, created, number, files, options, guess, summary = row
    parts = (tuple(json.loads(files)), json.loads(options), json.loads(guess) if guess else None, json.loads(summary))
    return Submission(name, department, state, created, number, *parts)
