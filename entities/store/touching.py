"""What stands where many boxes are, in one question to the database: for codes that are linked by place."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import shapely

from entities.model import LATEST, Day
from entities.store.database import Box, Database


class Touch(NamedTuple):
    """An entity whose bounding box touches a box: the box's place in the list, the entity, its class and shape."""

    place: int
    code: str
    class_code: str
    shape: shapely.Geometry


def touching(database: Database, boxes: Sequence[Box], day: Day) -> Iterator[Touch]:
    """Every entity that stands on a day, as known now, and touches one of the boxes (west, south, east, north)."""
    database.note_boxes(boxes)
    statement = (
        f"SELECT asked.place, v.code, v.class_code, {database.shape('v.shape')} FROM {database.boxes_join()} "
        f"WHERE v.known_to = {LATEST} AND v.valid_from <= ? AND v.valid_to > ? ORDER BY asked.place, v.code"
    )
    rows = database.query(statement, [day, day])
    shapes = shapely.from_wkb([bytes(row[3]) for row in rows])
    for (place, code, class_code, _), shape in zip(rows, shapes, strict=True):
        yield Touch(place, code, class_code, shape)
