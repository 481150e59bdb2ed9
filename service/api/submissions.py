"""The submission desk: send an update, follow it, confirm what was guessed, read its report, withdraw it."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from flask import Blueprint, Response, request, send_file

from entities.errors import Conflict
from entities.report import OUTCOMES
from service.departments import Department
from service.http.guards import asking, writing
from service.http.negotiate import json_response, respond, wants_html
from service.http.params import one_of, read_answers, read_limit, read_row
from service.intake import failures, reports, submissions, uploads
from service.intake.submissions import Part, Submission
from service.intake.taking import profiles_json
from service.shapes.links import address, following, this
from service.shapes.submissions import brief_json, submission_json
from service.stores import desk, settings

blueprint: Final = Blueprint("submissions", __name__)


@blueprint.get("/submissions")
def listed() -> Response:
    """The submissions of the department that asks, and what it may choose from for a new one."""
    found = [brief_json(one) for one in submissions.listed(desk(), asking())]
    limits = {"upload_bytes": settings().limits.upload_bytes}
    value = {"submissions": found, "profiles": profiles_json(settings()), "limits": limits}
    return respond(value, "submissions.html")


@blueprint.post("/submissions")
def submit() -> Response:
    """Receive an upload and queue it; several data sets become several submissions, of which the first is shown."""
    department = writing()
    options = submissions.read_options(request.form)
    made = submissions.receive(desk(), settings().uploads, department, options, parts(department))
    return shown(made[0], 202, [one.name for one in made[1:]])


@blueprint.get("/submissions/<submission>")
def one(submission: str) -> Response:
    """How far a submission is, and what came of it."""
    found = submissions.own(desk(), submission, asking())
    return respond(submission_json(found, desk()), "submission.html")


@blueprint.delete("/submissions/<submission>")
@blueprint.post("/submissions/<submission>/withdraw")
def withdraw(submission: str) -> Response:
    """Take a submission back before it reaches the base."""
    found = submissions.own(desk(), submission, writing())
    return shown(submissions.withdraw(desk(), settings().uploads, found))


@blueprint.post("/submissions/<submission>/confirm")
def confirm(submission: str) -> Response:
    """Go on with what was guessed, or with the answers given in its place."""
    found = submissions.own(desk(), submission, writing())
    answers = submissions.read_answers(read_answers(request))
    return shown(submissions.confirm(desk(), found, answers))


@blueprint.get("/submissions/<submission>/report")
def report(submission: str) -> Response:
    """A page of what became of each feature."""
    found = checked(submission)
    rule, outcome = request.args.get("rule") or None, one_of(request.args, "outcome", OUTCOMES)
    folder = settings().uploads / found.name
    page = reports.read(folder, read_row(request.args), read_limit(request.args), rule, outcome)
    counts, rules = found.summary["outcomes"], found.summary["rules"]
    links = [this(), *following(None if page.cursor is None else str(page.cursor))]
    value = {"submission": found.name, "counts": counts, "rules": rules, "features": page.features, "links": links}
    return respond(value, "report.html")


@blueprint.get("/submissions/<submission>/failures.gpkg")
def failing(submission: str) -> Response:
    """The failing features with rule and message, as a GeoPackage."""
    found = checked(submission)
    path = failures.package(settings(), found)
    return send_file(path, "application/geopackage+sqlite3", True, f"{found.name}-failures.gpkg")


def parts(department: Department) -> list[Part]:
    """The files sent with a form, and those that arrived before and are named in it as `upload`."""
    sent = [Part(submissions.safe_name(file.filename), file.save) for file in request.files.getlist("file") if file]
    folder = settings().incoming
    before = [uploads.get(folder, name, department) for name in request.form.getlist("upload")]
    return sent + [Part(upload.file, partial(uploads.move, folder, upload)) for upload in before]


def checked(submission: str) -> Submission:
    """A submission that has a report. `Conflict` (`submission.early`) where it has none yet."""
    found = submissions.own(desk(), submission, asking())
    if not found.summary:
        raise Conflict.because("submission.early", submission=submission)
    return found


def shown(submission: Submission, status: int = 200, others: Sequence[str] = ()) -> Response:
    """Answer with the submission; send a person to its page, or to the list where there are others."""
    path = f"/submissions/{submission.name}"
    if wants_html():
        return Response(status=303, headers={"Location": "/submissions" if others else path})
    response = json_response({**submission_json(submission, desk()), "others": list(others)})
    response.status_code = status
    response.headers["Location"] = address(path)
    return response
