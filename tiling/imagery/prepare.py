"""The kind `imagery`: orthophotos warped once to web mercator, with overviews and gaps, as cloud optimised GeoTIFFs.

Detail is kept: the finest zoom is the one whose pixels are not larger than the picture's own. Nothing is lost in
packing either; tiles are packed with loss only once, when they are sent.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
import rasterio.shutil
import shapely
from affine import Affine
from rasterio.enums import ColorInterp
from rasterio.features import shapes
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry

from entities.crs import Projection, crs_name, metres_per_degree
from entities.errors import Invalid
from entities.model import Scalar
from entities.rules import Finding
from tiling.holdings import Kind, Order, Prepared, Progress, geotiff
from tiling.imagery.sources import Source, at, opened
from tiling.mercator import REACH

INDEX: Final = "index.json"
"""What lies in a holding's folder: one `Picture` for each file."""

TILE: Final = 256
"""Pixels along the side of a tile."""

_PART: Final = 2048  # pixels along the side of what is read at once
_OUTLINE: Final = 512  # pixels along the longer side of the picture from which its outline is told
_STEP: Final = "imagery"


@dataclass(frozen=True, slots=True)
class Picture:
    """One prepared file: its box in metres of web mercator, its finest zoom, whether colours may be mixed."""

    file: str
    bounds: tuple[float, float, float, float]
    zoom: int
    smooth: bool


def prepare(paths: Sequence[Path], folder: Path, order: Order, tell: Progress) -> Prepared:
    """Warp every picture; `Invalid` (`imagery.…`) for the first that is unfit."""
    outlines, pictures, systems, warnings, finest = [], [], [], list[Finding](), np.inf
    for number, path in enumerate(sorted(paths, key=lambda path: path.name)):
        tell(_STEP, number, len(paths))
        with opened(path, order.crs) as source:
            plain = folder / f"plain-{number}.tif"
            _write_plain(source, plain)
            outlines.append(_outline(plain, source, path))
            pictures.append(_warped(plain, folder / f"{number}.tif", source, order.workers))
            plain.unlink()
            systems.append(crs_name(source.crs))
            warnings += source.findings
            finest = min(finest, _pixel(source))
    tell(_STEP, len(paths), len(paths))
    (folder / INDEX).write_text(json.dumps([asdict(one) for one in pictures], sort_keys=True), encoding="utf-8")
    told: dict[str, Scalar] = {
        "crs": ", ".join(sorted(set(systems))),
        "resolution": round(float(finest), 4),
        "pictures": len(paths),
    }
    return Prepared(shapely.union_all(outlines), 0.0, 0.0, told, tuple(warnings))


def read_index(folder: Path) -> list[Picture]:
    """The pictures of a holding's folder."""
    said = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    return [Picture(**{**one, "bounds": tuple(one["bounds"])}) for one in said]


def _write_plain(source: Source, path: Path) -> None:
    """The picture as red, green, blue and presence of 8 bits each, on its own grid."""
    dataset = source.dataset
    shape = {"width": dataset.width, "height": dataset.height, "count": 4, "dtype": "uint8"}
    place = {"crs": source.crs.to_wkt(), "transform": dataset.transform}
    tiles = {"tiled": True, "blockxsize": TILE, "blockysize": TILE, "BIGTIFF": "IF_SAFER"}
    with rasterio.open(
        path, "w", driver="GTiff", photometric="RGB", alpha="unspecified", **shape, **place, **tiles
    ) as plain:
        plain.colorinterp = (ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha)
        for window in _windows(dataset.width, dataset.height):
            plain.write(source.read(window), window=window)


def _windows(width: int, height: int) -> Iterator[Window]:
    for top in range(0, height, _PART):
        for left in range(0, width, _PART):
            yield Window(left, top, min(_PART, width - left), min(_PART, height - top))


def _warped(plain: Path, target: Path, source: Source, workers: int) -> Picture:
    smooth = source.table is None
    options = {
        "TILING_SCHEME": "GoogleMapsCompatible",
        "ZOOM_LEVEL_STRATEGY": "UPPER",
        "WARP_RESAMPLING": "BILINEAR" if smooth else "NEAREST",
        "OVERVIEW_RESAMPLING": "AVERAGE" if smooth else "MODE",
        "COMPRESS": "DEFLATE",
        "LEVEL": "1",  # as small as higher ones, since the predictor does the work
        "PREDICTOR": "YES",
        "BIGTIFF": "IF_SAFER",
        "NUM_THREADS": str(workers),
    }
    rasterio.shutil.copy(plain, target, driver="COG", **options)
    with rasterio.open(target) as warped:
        zoom = round(float(np.log2(2 * REACH / TILE / warped.res[0])))
        return Picture(target.name, tuple(warped.bounds), zoom, smooth)


def _outline(plain: Path, source: Source, path: Path) -> BaseGeometry:
    """The ground that a picture shows, in lon, lat. `Invalid` (`imagery.empty`) where it shows nothing."""
    with rasterio.open(plain) as picture:
        scale = max(1.0, max(picture.shape) / _OUTLINE)
        shape = tuple(max(1, round(side / scale)) for side in picture.shape)
        present = picture.read(4, out_shape=shape)
        a, b, c, d, e, f = picture.transform[:6]
        wide, tall = picture.width / shape[1], picture.height / shape[0]
        grid = Affine(a * wide, b * tall, c, d * wide, e * tall, f)
    found = [shapely.geometry.shape(one) for one, value in shapes(present, present > 0, transform=grid) if value]
    if not found:
        raise Invalid.because("imagery.empty", name=path.name)
    pixel = abs(grid.determinant) ** 0.5
    whole = shapely.segmentize(shapely.union_all(found).simplify(pixel), _OUTLINE / 8 * pixel)
    return shapely.make_valid(shapely.transform(whole, lambda places: _placed(source, places)))


def _placed(source: Source, places: Any) -> Any:
    return np.column_stack(Projection.of(source.crs).place(places[:, 0], places[:, 1]))


def _pixel(source: Source) -> float:
    """The side of a pixel in the middle of a picture, in metres on the ellipsoid."""
    transform, shape = source.dataset.transform, source.dataset.shape
    columns, rows = np.array([0, 1, 0]) + shape[1] / 2, np.array([0, 0, 1]) + shape[0] / 2
    places = _placed(source, np.column_stack(at(transform, columns, rows)))
    steps = (places[1:] - places[0]) * metres_per_degree(places[:1, 1])
    return float(abs(np.linalg.det(steps)) ** 0.5)


IMAGERY: Final = Kind(
    "imagery",
    "900400",
    2,
    geotiff.SUFFIXES | geotiff.PHOTOS,
    prepare,
    opens=None,
    companions=geotiff.companions,
    fits=geotiff.is_placed,
)
"""Orthophotos."""
