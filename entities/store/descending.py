"""Lineage as rows: the steps of events, and the check that nothing descends from itself."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from entities.errors import Conflict
from entities.model import LATEST, Lineage, TransactionNumber
from entities.store.database import Database, Row

COLUMNS: Final = ("kind", "parent", "child", "share", "day", "share_of_parent", "number", "event", "known_to")


def write_events(
    database: Database,
    number: TransactionNumber,
    first: int,
    events: Sequence[Sequence[Lineage]],
    born: Collection[str],
) -> None:
    """Write events down, numbered from `first`. `Conflict` (`lineage.circle`) where one would descend from itself.

    The children just `born` have no children yet, so their events need no look at the past.
    """
    rows: list[Row] = []
    for place, steps in enumerate(events, first):
        if not _harmless(steps, born):
            database.insert("lineage", COLUMNS, rows)
            rows = []
            _check_circle(database, steps)
        rows += [
            (step.kind, step.parent, step.child, step.share, step.day, step.share_of_parent, number, place, LATEST)
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


def _harmless(steps: Sequence[Lineage], born: Collection[str]) -> bool:
    """Tell whether nothing can descend from itself by these steps, whatever was said before."""
    between = [step for step in steps if step.parent != step.child]
    children = {step.child for step in between}
    return all(child in born for child in children) and children.isdisjoint(step.parent for step in between)


def _check_circle(database: Database, steps: Sequence[Lineage]) -> None:
    between = [step for step in steps if step.parent != step.child]
    circle = {step.child for step in between} & ancestors(database, {step.parent for step in between})
    if circle:
        raise Conflict.because("lineage.circle", code=min(circle))
