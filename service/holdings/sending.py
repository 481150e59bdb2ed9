"""Holdings sent by departments: what may be said of them, and how one that has arrived is adopted."""

from collections.abc import Mapping
from typing import Final

from entities.errors import BadQuery
from entities.model import FOREVER, Period, parse_day
from entities.report import Progress, Report
from entities.store import Store
from service.config import Config
from service.departments import Department
from service.holdings.adopting import Adoption, adopt
from service.intake.submissions import Submission
from service.intake.taking import territory

OPTIONS: Final = ("valid_from", "valid_to", "kind", "name", "code", "crs", "origin", "reason")
"""What may be said of a holding."""

HOLDING: Final = "holding"
"""The option that tells a submission of a holding from one of entities."""


def read_options(form: Mapping[str, str]) -> dict[str, str]:
    """The options of a form; empty ones count as not given.

    `BadQuery` for others (`submission.option`), for no day (`holding.day`) and for an unreadable origin.
    """
    given = {name: value.strip() for name, value in form.items() if name not in ("csrf", "upload") and value.strip()}
    for name in given.keys() - set(OPTIONS):
        raise BadQuery.because("submission.option", name=name, names=", ".join(OPTIONS))
    if "valid_from" not in given:
        raise BadQuery.because("holding.day")
    period_of(given["valid_from"], given.get("valid_to"))
    read_origin(given.get("origin"))
    return {**given, HOLDING: "true"}


def is_holding(submission: Submission) -> bool:
    """Tell whether a submission is of a holding."""
    return HOLDING in submission.options


def adopt_sent(config: Config, store: Store, submission: Submission, department: Department, tell: Progress) -> Report:
    """Adopt the files of a submission, all of them as one holding."""
    said = submission.options
    folder = config.uploads / submission.name
    adoption = Adoption(
        tuple(folder / str(file["name"]) for file in submission.files),
        period_of(said["valid_from"], said.get("valid_to")),
        said.get("kind"),
        said.get("name"),
        said.get("code"),
        said.get("crs"),
        origin=read_origin(said.get("origin")),
        actor=department.name,
        reason=said.get("reason", ""),
        territory=territory(department),
    )
    found = adopt(config, store, adoption, tell)
    number = found.number or _told(store, found.holding.version.known_from, department)
    return Report(True, len(submission.files), findings=found.warnings, transaction=number)


def _told(store: Store, number: int, department: Department) -> int | None:
    """The transaction that said it already, where this department did: a second attempt finds the work of the first."""
    return number if number and store.transaction_record(number).actor == department.name else None


def period_of(start: str, end: str | None) -> Period:
    """The days on which a holding shows what is there, as they are written."""
    return Period(parse_day(start), parse_day(end) if end else FOREVER)


def read_origin(text: str | None) -> tuple[float, float, float] | None:
    """Longitude, latitude and ellipsoidal height from `117.02,36.66,30`. `BadQuery` (`holding.origin`)."""
    if text is None:
        return None
    try:
        lon, lat, height = map(float, text.split(","))
    except ValueError:
        raise BadQuery.because("holding.origin", value=text) from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90 and abs(height) < 100_000):
        raise BadQuery.because("holding.origin", value=text)
    return lon, lat, height
