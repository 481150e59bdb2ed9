"""An orthophoto of a part of the made district, painted from what stands there: roofs, streets, lawns and trees."""

from pathlib import Path
from typing import Final

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.transform import array_bounds, from_origin

from service.demo.town import CRS, ORIGIN, SEED, STREET, Town

PIXEL: Final = 0.5
"""How wide a pixel is, in metres."""

SIDE: Final = 1_400.0
"""How wide the photographed square is, in metres."""

_ROOFS: Final = np.array([(156, 92, 74), (178, 176, 170), (128, 132, 140), (198, 184, 160)], np.uint8)
_STREET, _LAWN = (104, 104, 106), (112, 128, 84)
_SUN: Final = (-6.0, 8.0)
"""Where the shadows of houses fall, in metres east and north for one ten metres tall."""


def write_photo(path: Path, town: Town) -> None:
    """Write the orthophoto as a GeoTIFF in three colours."""
    size = round(SIDE / PIXEL)
    place = from_origin(ORIGIN[0] + 150, ORIGIN[1] + 150 + SIDE, PIXEL, PIXEL)
    pixels = _painted(town, size, place)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=size,
        height=size,
        count=3,
        dtype="uint8",
        crs=CRS,
        transform=place,
        photometric="RGB",
        compress="deflate",
        tiled=True,
    ) as raster:
        raster.write(np.moveaxis(pixels, 2, 0))


def _painted(town: Town, size: int, place: rasterio.Affine) -> NDArray[np.uint8]:
    random = np.random.default_rng(SEED + 7)
    seen = shapely.box(*array_bounds(size, size, place))
    houses = [house for house in town.houses if house.shape.intersects(seen)]
    streets = [(street.shape.buffer(STREET / 2, cap_style="square"), 1) for street in town.streets]
    shadows = [(_shadow(house.shape, house.height), 1) for house in houses]
    roofs = [(house.shape, 1 + house.number % len(_ROOFS)) for house in houses]

    def burnt(shapes: list[tuple[shapely.Geometry, int]]) -> NDArray[np.uint8]:
        filled: NDArray[np.uint8] = rasterize(shapes, (size, size), transform=place, dtype="uint8")
        return filled

    paved, roof = burnt(streets) > 0, burnt(roofs)
    picture = np.where(paved[..., None], _STREET, _LAWN).astype(np.float64)
    picture[burnt(shadows) > 0] *= 0.55
    picture = np.where(roof[..., None] > 0, _ROOFS[np.maximum(roof, 1) - 1], picture)
    picture += random.normal(0, 5, (size, size, 1))
    return np.clip(picture, 1, 255).astype(np.uint8)


def _shadow(shape: shapely.Polygon, height: float) -> shapely.Geometry:
    """The footprint drawn out along the light."""
    east, north = (part * height / 10 for part in _SUN)
    far = shapely.transform(shape, lambda xy: xy + np.array([east, north]))
    return shapely.union_all([shape, far]).convex_hull
