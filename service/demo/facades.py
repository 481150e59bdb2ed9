"""A few houses of the made district with pictures on walls and roofs, as a CityJSON in a zip with the pictures."""

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image

from service.demo.plots import STOREY
from service.demo.town import CRS, GROUND, ORIGIN, House

DAY: Final = "2026-10-12"
"""When they were photographed."""

MOST: Final = 60
_MIDDLE: Final = (2_100.0, 1_300.0)  # metres from the district's corner: before the camera that the demo begins with
_BAY: Final = 3.2  # metres: a picture of a wall shows one bay of one storey
_ROOF: Final = 4.0  # metres of roof that a picture shows
_PIXELS: Final = 96
_LOOKS: Final = {"四合院": 0, "别墅": 1}
_PICTURES: Final = ("pictures/grey-brick.png", "pictures/plaster.png", "pictures/tiles.jpg")

Pixels = NDArray[np.uint8]
Corners = list[list[float]]


def chosen(houses: Sequence[House], changed: set[int]) -> list[House]:
    """The small houses that stand nearest to where the demo begins, but for those that were changed since."""
    small = [house for house in houses if house.use in _LOOKS and house.number not in changed]
    middle = shapely.Point(ORIGIN[0] + _MIDDLE[0], ORIGIN[1] + _MIDDLE[1])
    return sorted(small, key=lambda house: (house.shape.distance(middle), house.number))[:MOST]


def write_facades(path: Path, houses: Sequence[House]) -> None:
    """Write the houses and their pictures, the same bytes every time."""
    files = {"houses.city.json": json.dumps(_model(houses)).encode()}
    files |= {name: _encoded(name) for name in _PICTURES}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)


def _model(houses: Sequence[House]) -> dict[str, Any]:
    vertices: list[list[int]] = []
    places: Corners = []
    objects = {f"H{house.number:07d}": _building(house, vertices, places) for house in houses}
    return {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [0.001] * 3, "translate": [*ORIGIN, 0.0]},
        "metadata": {"referenceSystem": f"https://www.opengis.net/def/crs/EPSG/0/{CRS.removeprefix('EPSG:')}"},
        "appearance": {
            "textures": [{"type": Path(name).suffix[1:].upper(), "image": name} for name in _PICTURES],
            "vertices-texture": places,
            "default-theme-texture": "photographed",
        },
        "CityObjects": objects,
        "vertices": vertices,
    }


def _building(house: House, vertices: list[list[int]], places: Corners) -> dict[str, Any]:
    """One house: its floor, its walls with the picture of its use, and its roof of tiles."""
    boundaries, looks, kinds = [], [], []
    for kind, picture, rings in _surfaces(house):
        boundaries.append([[_added(vertices, corner) for corner in corners] for corners, _ in rings])
        looks.append([[picture, *(_placed(places, place) for place in shown)] for _, shown in rings])
        kinds.append(kind)
    names = ("GroundSurface", "WallSurface", "RoofSurface")
    return {
        "type": "Building",
        "attributes": {"storeysAboveGround": house.floors},
        "geometry": [
            {
                "type": "MultiSurface",
                "lod": "2",
                "boundaries": boundaries,
                "semantics": {"surfaces": [{"type": name} for name in names], "values": kinds},
                "texture": {
                    "photographed": {"values": [look if look[0][0] is not None else [[None]] for look in looks]}
                },
            }
        ],
    }


_Ring = tuple[Corners, Corners]
"""The corners of a ring, and the place of each on a picture."""


def _surfaces(house: House) -> Iterator[tuple[int, int | None, list[_Ring]]]:
    """The kind of each surface, the number of its picture, and its rings."""
    shape = shapely.orient_polygons(house.shape)
    rings = [np.array(ring.coords)[:-1] for ring in (shape.exterior, *shape.interiors)]
    low, high = GROUND, round(GROUND + house.height, 3)
    corner = np.min(rings[0], axis=0)
    yield 0, None, [([[*place, low] for place in ring[::-1].tolist()], ring.tolist()) for ring in rings]
    for ring in rings:
        for (x, y), (east, north) in pairwise([*ring.tolist(), ring[0].tolist()]):
            bays = max(1, round(float(np.hypot(east - x, north - y)) / _BAY))
            wall = [[x, y, low], [east, north, low], [east, north, high], [x, y, high]]
            storeys = round((high - low) / STOREY)
            yield 1, _LOOKS[house.use], [(wall, [[0, 0], [bays, 0], [bays, storeys], [0, storeys]])]
    roof = [
        ([[*place, high] for place in ring.tolist()], ((ring - corner) / _ROOF).round(4).tolist()) for ring in rings
    ]
    yield 2, len(_PICTURES) - 1, roof


def _added(vertices: list[list[int]], corner: Sequence[float]) -> int:
    vertices.append([round(1000 * (part - start)) for part, start in zip(corner, (*ORIGIN, 0.0), strict=True)])
    return len(vertices) - 1


def _placed(places: Corners, place: Sequence[float]) -> int:
    places.append(list(place))
    return len(places) - 1


# ---- pictures


def _encoded(name: str) -> bytes:
    draw = {_PICTURES[0]: _brick, _PICTURES[1]: _plaster, _PICTURES[2]: _tiles}[name]
    file = io.BytesIO()
    form = "PNG" if name.endswith(".png") else "JPEG"
    Image.fromarray(draw()).save(file, form, quality=92)
    return file.getvalue()


def _brick() -> Pixels:
    """A bay of grey brick with a red lattice window."""
    row, column = np.indices((_PIXELS, _PIXELS))
    course = row // 6
    joint = (row % 6 == 5) | ((column + 8 * (course % 2)) % 16 == 15)
    tone = 118 + (course * 37 + (column + 8 * (course % 2)) // 16 * 53) % 19
    wall = np.where(joint, 150, tone)
    pixels = np.stack([wall, wall + 2, wall + 4], axis=-1)
    frame, lattice = _window(row, column, 10)
    return _painted(pixels, frame, (132, 38, 30), lattice, (226, 214, 178))


def _plaster() -> Pixels:
    """A bay of cream plaster with a wide window and a sill, darker at its foot."""
    row, column = np.indices((_PIXELS, _PIXELS))
    wall = 226 - 5 * ((row * 7 + column * 13) % 5 == 0) - 40 * (row > 88)
    pixels = np.stack([wall, wall - 12, wall - 42], axis=-1)
    frame, glass = _window(row, column, 22)
    return _painted(pixels, frame, (244, 244, 240), glass, (74, 104, 128))


def _tiles() -> Pixels:
    """Grey roof tiles in rows."""
    row, column = np.indices((_PIXELS, _PIXELS))
    wave = 18 * np.sin(np.pi * (column % 12) / 12) - 26 * (row % 16 > 13)
    tone = 86 + wave.astype(int)
    return np.clip(np.stack([tone + 4, tone + 6, tone + 8], axis=-1), 0, 255).astype(np.uint8)


def _window(row: NDArray[np.intp], column: NDArray[np.intp], pane: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where the frame of a window is, and where its panes are."""
    opening = (row > 22) & (row < 72) & (column > 24) & (column < 72)
    inside = (row > 26) & (row < 68) & (column > 28) & (column < 68)
    bars = ((row - 26) % pane < 2) | ((column - 28) % pane < 2)
    return opening & ~(inside & ~bars), inside & ~bars


def _painted(
    pixels: NDArray[np.integer],
    frame: NDArray[np.bool_],
    colour: tuple[int, int, int],
    panes: NDArray[np.bool_],
    light: tuple[int, int, int],
) -> Pixels:
    pixels[frame], pixels[panes] = colour, light
    return np.clip(pixels, 0, 255).astype(np.uint8)
