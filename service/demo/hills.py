"""What lies on the hills south of the made district: a road, a brook, a path, orchards; nobody measured how high."""

from typing import Final, NamedTuple

import numpy as np
import shapely

from service.demo.town import ORIGIN

_WINDING: Final = np.linspace(0.0, 1.0, 120)


class Hill(NamedTuple):
    """One thing on the hills: its shape in the surveyors' system, its class, its name."""

    shape: shapely.Geometry
    class_code: str
    name: str


def make_hills() -> list[Hill]:
    """Everything on the hills; every call gives the same."""
    brook = shapely.LineString(_course(3_500.0, 160.0, 11.0, 3_900.0)).buffer(5.0, cap_style="flat")
    return [
        Hill(shapely.LineString(_course(2_700.0, 260.0, 15.0, 3_300.0)), "420400", "卧龙峪路"),
        Hill(shapely.LineString(_course(3_300.0, 90.0, 23.0, 2_600.0)), "440300", "登山步道"),
        Hill(shapely.make_valid(brook), "210101", "卧龙峪溪"),
        *(_orchard(row, column) for row in range(5) for column in range(6)),
    ]


def _course(east: float, swing: float, bends: float, length: float) -> np.ndarray:
    """A winding course to the south, so many metres east of the district's corner."""
    across = east + swing * np.sin(bends * _WINDING) * (0.4 + _WINDING)
    return np.round(np.column_stack([ORIGIN[0] + across, ORIGIN[1] - 150.0 - length * _WINDING]), 3)


def _orchard(row: int, column: int) -> Hill:
    """One of the terraces of fruit trees on the slope between the road and the brook."""
    west, south = ORIGIN[0] + 1_500.0 + 130.0 * column + 25.0 * row, ORIGIN[1] - 1_100.0 - 105.0 * row
    corners = [(0, 0), (118, 12), (124, 98), (4, 88)]
    shape = shapely.Polygon([(west + east, south + north) for east, north in corners])
    return Hill(shape, "810401", f"果园{row * 6 + column + 1}")
