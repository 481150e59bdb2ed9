"""The feed's rows of links: which entities' codes changed, from which day, and where these entities are."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from entities.model import LATEST, Day, Link
from entities.store.database import Database, Row


class _Place(NamedTuple):
    """What the feed says of an entity beside its code."""

    id: int
    code: str
    valid_from: Day
    layer: str
    class_code: str


def link_rows(database: Database, links: Iterable[Link], kind: str, day: Day | None = None) -> Iterator[Row]:
    """One row for each entity and day; an entity that is not known any more is told of otherwise."""
    days = {link.code: link.period.start if day is None else day for link in links}
    places = _places(database, days)
    boxes = database.boxes_of([place.id for place in places.values()])
    for code, place in sorted(places.items()):
        yield (code, kind, place.layer, place.class_code, days[code], *boxes[place.id])


def _places(database: Database, days: Mapping[str, Day]) -> dict[str, _Place]:
    """The version of each entity that stands on its day, or the nearest before, or the first."""
    columns = ", ".join(_Place._fields)
    statement = f"SELECT {columns} FROM version WHERE code IN {{in}} AND known_to = {LATEST} ORDER BY code, valid_from"
    found: dict[str, _Place] = {}
    for row in database.query_in(statement, sorted(days)):
        place = _Place(*row)
        if place.code not in found or place.valid_from <= days[place.code]:
            found[place.code] = place
    return found
