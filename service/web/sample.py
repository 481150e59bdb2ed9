"""A small made survey to try a submission with: twelve houses standing in the middle of a department's territory."""

import math
from typing import Any, Final

from service.web.paper import METRES_PER_DEGREE
from tiling.maps.divisions import Divisions

CLASS: Final = "310301"
_ROWS, _COLUMNS = 3, 4
_APART: Final = 45.0  # metres from house to house


def sample_survey(lon: float, lat: float) -> dict[str, Any]:
    """Twelve houses around a place, as GeoJSON."""
    houses = [_house(lon, lat, row, column) for row in range(_ROWS) for column in range(_COLUMNS)]
    return {"type": "FeatureCollection", "name": "sample", "features": houses}


def middle_of(divisions: Divisions, code: str) -> tuple[float, float] | None:
    """A place well inside a division, or inside the first county under it; None for one the base does not know."""
    division = divisions.by_code.get(code)
    if division is None:
        return None
    inner = next(iter(divisions.under(division, "county")), division)
    place = inner.shape.representative_point()
    return round(float(place.x), 6), round(float(place.y), 6)


def _house(lon: float, lat: float, row: int, column: int) -> dict[str, Any]:
    number = row * _COLUMNS + column + 1
    east, north = (column - _COLUMNS / 2) * _APART, (row - _ROWS / 2) * _APART
    wide, deep = 18.0 + 2 * (number % 3), 12.0 + number % 4
    corners = [(0.0, 0.0), (wide, 0.0), (wide, deep), (0.0, deep), (0.0, 0.0)]
    floors = 3 + number % 6
    facts = {"class_code": CLASS, "name": f"样例{number}号楼", "height": floors * 3.0, "floors": floors}
    ring = [_moved(lon, lat, east + x, north + y) for x, y in corners]
    return {"type": "Feature", "properties": facts, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def _moved(lon: float, lat: float, east: float, north: float) -> list[float]:
    across = METRES_PER_DEGREE * math.cos(math.radians(lat))
    return [round(lon + east / across, 7), round(lat + north / METRES_PER_DEGREE, 7)]
