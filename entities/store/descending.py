"""Lineage as rows: the steps of events, and the check that nothing descends from itself."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from entities.errors import Conflict
from entities.model import LATEST, Lineage, TransactionNumber
from entities.store.database import Database

COLUMNS: Final = ("kind", "parent", "child", "share", "day", "share_of_parent", "number", "event", "known_to")


def write_event(
    database: Database, number: TransactionNumber, event: int, steps: Sequence[Lineage], born: Collection[str]
) -> None:
    """Write the steps of one event down. `Conflict` (`lineage.circle`) where an entity would descend from itself.

    The children just `born` have no children yet, so their events need no look at the past.
    """
    _check_circle(database, steps, born)
    rows = [
        (step.kind, step.parent, step.child, step.share, step.day, step.share_of_parent, number, event, LATEST)
        for step in steps
    ]
    database.insert("lineage", COLUMNS, rows)


def take_back(database: Database, number: TransactionNumber, steps: Collection[Lineage]) -> int:
    """Close steps in known time, whoever told them last; returns how many were known."""
    wanted = {content_of(step) for step in steps}
    statement = f"SELECT id, {', '.join(COLUMNS[:6])} FROM lineage WHERE parent IN {{in}} AND known_to = {LATEST}"
    rows = database.query_in(statement, sorted({step.parent for step in steps}))
    closed = [(number, row[0]) for row in rows if row[1:] in wanted]
    database.run_many("UPDATE lineage SET known_to = ? WHERE id = ?", closed)
    return len(closed)


def content_of(step: Lineage) -> tuple[object, ...]:
    """What a step says, whoever told it."""
    return step.kind, step.parent, step.child, step.share, step.day, step.share_of_parent


def ancestors(database: Database, codes: Iterable[str]) -> set[str]:
    """The entities and everything they descend from, generation by generation, as known now."""
    found, generation = set(codes), set(codes)
    statement = f"SELECT DISTINCT parent FROM lineage WHERE child IN {{in}} AND known_to = {LATEST}"
    while generation:
        generation = {row[0] for row in database.query_in(statement, sorted(generation))} - found
        found |= generation
    return found


def _check_circle(database: Database, steps: Sequence[Lineage], born: Collection[str]) -> None:
    between = [step for step in steps if step.parent != step.child]
    children = {step.child for step in between}
    parents = {step.parent for step in between}
    if children <= set(born) and children.isdisjoint(parents):
        return
    circle = children & ancestors(database, parents)
    if circle:
        raise Conflict.because("lineage.circle", code=min(circle))
