"""The made district: streets, parcels and buildings on the plain east of Jinan, the same on every machine."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import shapely
from shapely.affinity import affine_transform

from service.demo.plots import KINDS, STOREY, Block, Plot

CRS: Final = "EPSG:4548"
"""CGCS2000, 3-degree Gauss-Kruger zone around 117°E: what a surveyor of Jinan works in."""

ORIGIN: Final = (508_700.0, 4_057_700.0)
"""The district's south-west corner in that system, about 117.097°E 36.648°N."""

GROUND: Final = 35.0
"""The 1985 height of the district's level ground, in metres."""

COLUMNS: Final = 27
ROWS: Final = 25
STREET: Final = 24.0
TURN: Final = np.radians(6.0)
SEED: Final = 370_100


@dataclass(frozen=True, slots=True)
class House:
    """One building of the district; `number` is its number in the surveyors' own register."""

    number: int
    shape: shapely.Polygon
    floors: int
    use: str
    name: str | None

    @property
    def height(self) -> float:
        return round(self.floors * STOREY + 0.6, 2)


@dataclass(frozen=True, slots=True)
class Street:
    """One stretch of street between two crossings."""

    shape: shapely.LineString
    name: str
    rank: str  # main, secondary, branch


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel of land and its code in the cadastre (宗地代码, 19 characters)."""

    shape: shapely.Polygon
    code: str
    use: str


@dataclass(frozen=True, slots=True)
class Town:
    """Everything in the district on the day of the first survey."""

    houses: list[House]
    streets: list[Street]
    parcels: list[Parcel]


def make_town() -> Town:
    """Make the district; every call gives the same."""
    random = np.random.default_rng(SEED)
    easts = np.concatenate([[0.0], np.cumsum(random.uniform(170, 235, COLUMNS) + STREET)])
    norths = np.concatenate([[0.0], np.cumsum(random.uniform(150, 205, ROWS) + STREET)])
    houses: list[House] = []
    parcels: list[Parcel] = []
    for row in range(ROWS):
        for column in range(COLUMNS):
            corner = (easts[column] + STREET / 2, norths[row] + STREET / 2)
            size = (easts[column + 1] - easts[column] - STREET, norths[row + 1] - norths[row] - STREET)
            plots = _plots(Block(*size, random))
            parcels.append(_parcel(corner, size, len(parcels) + 1, plots[0].use if plots else "公园"))
            houses += [_house(plot, corner, len(houses) + place + 1) for place, plot in enumerate(plots)]
    return Town(houses, _streets(easts, norths), parcels)


def _plots(block: Block) -> list[Plot]:
    kinds, shares = zip(*KINDS, strict=True)
    return list(kinds[block.random.choice(len(kinds), p=shares)](block))


def _house(plot: Plot, corner: tuple[float, float], number: int) -> House:
    name = f"{plot.use}{number:05d}" if plot.use in ("学校", "体育馆", "商业", "办公") else None
    return House(number, _settled(plot.shape, corner), plot.floors, plot.use, name)


def _parcel(corner: tuple[float, float], size: tuple[float, float], number: int, use: str) -> Parcel:
    return Parcel(_settled(shapely.box(0, 0, *size), corner), f"370112001001GB{number:05d}", use)


def _settled(shape: shapely.Geometry, corner: tuple[float, float]) -> shapely.Geometry:
    """Move a shape from its block to its place in the turned district, to the millimetre."""
    cos, sin = np.cos(TURN), np.sin(TURN)
    east = ORIGIN[0] + cos * corner[0] - sin * corner[1]
    north = ORIGIN[1] + sin * corner[0] + cos * corner[1]
    return shapely.transform(affine_transform(shape, [cos, -sin, sin, cos, east, north]), lambda xy: np.round(xy, 3))


_AVENUES: Final = (
    "经十路",
    "工业南路",
    "花园路",
    "解放东路",
    "奥体中路",
    "凤凰路",
    "舜华路",
    "新泺大街",
    "龙奥北路",
    "旅游路",
)


def _streets(easts: np.ndarray, norths: np.ndarray) -> list[Street]:
    streets = []
    for row, north in enumerate(norths):
        for west, east in pairwise(easts):
            streets.append(_street((west, north), (east, north), row, "路"))
    for column, east in enumerate(easts):
        for south, north in pairwise(norths):
            streets.append(_street((east, south), (east, north), column, "街"))
    return streets


def _street(start: tuple[float, float], end: tuple[float, float], line: int, suffix: str) -> Street:
    rank = "main" if line % 6 == 0 else "secondary" if line % 3 == 0 else "branch"
    avenue = _AVENUES[line // 3 % len(_AVENUES)]
    name = avenue if rank == "main" and suffix == "路" else f"{avenue[:-1]}{line + 1}{suffix}"
    return Street(_settled(shapely.LineString([start, end]), (0.0, 0.0)), name, rank)
