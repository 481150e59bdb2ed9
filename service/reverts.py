"""Who may take back what another department said, and what follows from it for tiles and maps."""

from entities.errors import Forbidden
from entities.lineage.events import EventId
from entities.lineage.reverting import revert
from entities.lineage.undoing import Target
from entities.model import TransactionNumber
from entities.store import Record, Store
from service import departments
from service.departments import Department
from service.desk import Desk
from service.work import jobs


def may_revert(desk: Desk, record: Record, department: Department | None) -> bool:
    """Tell whether a department may take a transaction back: its own, or one of a department below it."""
    if department is None:
        return False
    if department.everywhere or _said(record, department):
        return True
    return any(_above(department, one) for one in departments.listed(desk) if _said(record, one))


def check_right(desk: Desk, record: Record, department: Department, target: Target) -> None:
    """Refuse one that may not. `Forbidden` (`revert.right`)."""
    if not may_revert(desk, record, department):
        raise Forbidden.because("revert.right", what=target, actor=record.actor)


def check_assigning(desk: Desk, record: Record, department: Department, event: EventId) -> None:
    """Refuse one that may not say who has the codes of an event. `Forbidden` (`inherit.right`)."""
    if not may_revert(desk, record, department):
        raise Forbidden.because("inherit.right", event=event, actor=record.actor)


def take_back(store: Store, desk: Desk, target: Target, actor: str, reason: str) -> TransactionNumber:
    """Take something back, have what it touched drawn anew, and return the number of the transaction that does it."""
    number = revert(store, target, actor, reason or f"撤回 / take back {target}")
    for kind in ("tiles", "maps"):
        jobs.add_once(desk, kind)
    return number


def _said(record: Record, department: Department) -> bool:
    """Whether a department is the author; older journals name departments by their titles."""
    return record.actor in (department.name, department.title)


def _above(department: Department, other: Department) -> bool:
    """Whether all of a department's divisions lie under another's, as the codes tell."""
    stems = [stem for stem in map(_stem, department.divisions) if len(stem) < 6]
    return all(_stem(division) not in stems and division.startswith(tuple(stems)) for division in other.divisions)


def _stem(division: str) -> str:
    """What the codes of the divisions under a province or a city begin with; all of a county's code."""
    return division[:2] if division.endswith("0000") else division[:4] if division.endswith("00") else division
