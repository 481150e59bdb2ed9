"""How a version becomes a row of the table `version`, and a row a version again."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Final

import numpy as np
import orjson
import shapely

from entities.model import Day, Period, State, Surfaces, TransactionNumber, Version, attributes_text, fingerprints
from entities.position import position_keys
from entities.store.database import Database, Row

KEYS: Final = ("id", "code", "valid_from", "valid_to", "known_from", "known_to", "surveyed")
CONTENT: Final = (
    *("class_code", "layer", "position", "name", "height", "base", "attributes"),
    *("shape", "solid", "kinds", "content", "digest"),
)
COLUMNS: Final = KEYS + CONTENT
_READ: Final = (
    *("code", "valid_from", "valid_to", "known_from", "known_to", "surveyed"),
    *("class_code", "name", "height", "base", "attributes", "kinds"),
)


def selected(database: Database) -> str:
    """The columns of a SELECT that `versions_of` understands."""
    return ", ".join([*_READ, database.shape("shape"), database.shape("solid")])


def versions_of(rows: Sequence[Row]) -> list[Version]:
    """Make versions of rows; geometries are decoded all at once."""
    shapes = shapely.from_wkb([bytes(row[-2]) for row in rows])
    solids = shapely.from_wkb([row[-1] and bytes(row[-1]) for row in rows])
    return [_version(row, shape, solid) for row, shape, solid in zip(rows, shapes, solids, strict=True)]


def _version(row: Row, shape: shapely.Geometry, solid: shapely.Geometry | None) -> Version:
    code, start, end, known_from, known_to, surveyed, class_code, name, height, base, attributes, kinds = row[:12]
    surfaces = Surfaces(solid, kinds) if solid is not None else None
    state = State(class_code, shape, name, height, base, surfaces, orjson.loads(attributes))
    return Version(code, _period(start, end), state, surveyed, known_from, known_to)


_period: Final = lru_cache(maxsize=4_096)(Period)  # most of those read together are the same


def version_digest(content: bytes, code: str, start: Day, surveyed: TransactionNumber) -> bytes:
    """16 bytes that differ where anything drawn or told about a version differs."""
    return blake2b(b"%s|%s|%d|%d" % (content, code.encode(), start, surveyed), digest_size=16).digest()


def content_rows(states: Sequence[State], layers: Sequence[str]) -> list[Row]:
    """The CONTENT columns of each state but the last, `digest`."""
    geometries = np.array([state.geometry for state in states], dtype=object)
    shapes = shapely.to_wkb(geometries)
    solids = shapely.to_wkb([state.surfaces.polygons if state.surfaces else None for state in states])
    columns = zip(states, layers, place_keys(geometries), shapes, solids, fingerprints(states), strict=True)
    return [
        (
            *(state.class_code, layer, key, state.name, state.height, state.base, attributes_text(state.attributes)),
            *(shape, solid, state.surfaces.kinds if state.surfaces else None, content),
        )
        for state, layer, key, shape, solid, content in columns
    ]


def centres(geometries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of the centre of each geometry's bounding box."""
    west, south, east, north = shapely.bounds(geometries).T
    return (west + east) / 2, (south + north) / 2


def place_keys(geometries: np.ndarray) -> list[int]:
    """The position key of each geometry."""
    keys: list[int] = position_keys(*centres(geometries)).tolist()
    return keys
