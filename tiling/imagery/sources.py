"""Pictures as surveyors hand them in: opened, held to what can be shown, and read as red, green, blue and presence."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning, RasterioIOError
from rasterio.windows import Window

from entities.crs import Projection, otherwise, parse_crs
from entities.errors import Invalid
from entities.rules import Finding
from tiling.holdings import geotiff

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]

_KINDS: Final = ("uint8", "uint16")
_SAMPLE: Final = 1024  # pixels along a side from which the range of a 16-bit picture is told
_DARKEST, _LIGHTEST = 2, 98  # percent of the pixels that may be darker than black, lighter than white
_PRINTED: Final = frozenset({ColorInterp.cyan, ColorInterp.magenta, ColorInterp.yellow, ColorInterp.black})
_COLOURS: Final = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)


@dataclass(frozen=True, slots=True)
class Source:
    """A picture that can be shown: its file while it is open, its system, its bands of colour, and its range.

    `table` has the red, green and blue of each number where the numbers stand for colours.
    """

    dataset: Any
    crs: CRS
    bands: tuple[int, ...]
    low: float = 0.0
    high: float = 255.0
    table: Pixels | None = None
    findings: tuple[Finding, ...] = ()

    def read(self, window: Window) -> Pixels:
        """Red, green, blue and presence (255 or 0) of a part (4, rows, columns). `RasterioIOError` where it is cut."""
        values = self.dataset.read(self.bands, window=window)
        present = self.dataset.dataset_mask(window=window)[None] >= 128
        colours = self.table[values[0]].transpose(2, 0, 1) if self.table is not None else self._stretched(values)
        opaque = np.where(present, 255, 0)
        bands = [np.broadcast_to(colours, (3, *values.shape[1:])), opaque]
        whole: Pixels = (np.concatenate(bands) * present).astype(np.uint8)
        return whole

    def _stretched(self, values: NDArray[Any]) -> Pixels:
        if (self.low, self.high) == (0.0, 255.0) and values.dtype == np.uint8:
            return values.astype(np.uint8, copy=False)
        share = (values.astype(np.float32) - self.low) * (255 / (self.high - self.low))
        stretched: Pixels = np.rint(np.clip(share, 0, 255)).astype(np.uint8)
        return stretched


@contextmanager
def opened(path: Path, crs: str | None) -> Iterator[Source]:
    """Open a picture for the block; `crs` is for one that names none.

    `Invalid` where it is none (`imagery.file`), has no colours (`imagery.type`) or those for print (`imagery.ink`),
    does not say in which system it lies (`imagery.crs`), or lies nowhere on the map (`imagery.place`).
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with geotiff.opened(path) as dataset:
                yield _checked(dataset, path, crs)
    except RasterioIOError as error:
        raise Invalid.because(
            "imagery.file", name=path.name, why=" ".join(str(error.__cause__ or error).split())[:200]
        ) from error


def _checked(dataset: Any, path: Path, declared: str | None) -> Source:
    kinds = set(dataset.dtypes)
    if len(kinds) != 1 or not kinds <= set(_KINDS):
        raise Invalid.because("imagery.type", name=path.name, type=", ".join(sorted(kinds)))
    if not _PRINTED.isdisjoint(dataset.colorinterp):
        raise Invalid.because("imagery.ink", name=path.name, bands=", ".join(one.name for one in dataset.colorinterp))
    crs, findings = _system(dataset, path, declared)
    _check_place(dataset, path, crs)
    low, high = _range(dataset)
    return Source(dataset, crs, _bands(dataset), low, high, _table(dataset), findings)


def _system(dataset: Any, path: Path, declared: str | None) -> tuple[CRS, tuple[Finding, ...]]:
    """The system a picture says, else the one declared for it, and what is to be said where these are two."""
    own = geotiff.system_of(dataset, path)
    if not (own or declared):
        raise Invalid.because("imagery.crs", name=path.name)
    crs = parse_crs(own or declared or "", path.name)
    return crs, tuple(otherwise(path.name, crs, declared, crs))


def _check_place(dataset: Any, path: Path, crs: CRS) -> None:
    """Refuse a picture without a place, and one that its place puts off the map or into a system's nowhere."""
    transform = dataset.transform
    if transform.is_identity or transform.determinant == 0 or not np.isfinite(transform[:6]).all():
        raise Invalid.because("imagery.place", name=path.name, why=f"{tuple(transform)[:6]}")
    columns, rows = np.meshgrid([0, dataset.width / 2, dataset.width], [0, dataset.height / 2, dataset.height])
    lon, lat = Projection.of(crs).place(*at(transform, columns.ravel(), rows.ravel()))
    if not (np.isfinite([lon, lat]).all() and Projection.of(crs).covers(lon, lat).all() and (np.abs(lat) < 85).all()):
        raise Invalid.because("imagery.place", name=path.name, why=f"{dataset.bounds}")


def at(transform: Any, columns: Floats, rows: Floats) -> tuple[Floats, Floats]:
    """Where places of a picture's grid lie in its system."""
    a, b, c, d, e, f = transform[:6]
    return a * columns + b * rows + c, d * columns + e * rows + f


def _bands(dataset: Any) -> tuple[int, ...]:
    """The bands of red, green and blue by what the file says of them, else the first three; or the one of grey."""
    told = dataset.colorinterp
    if all(colour in told for colour in _COLOURS):
        return tuple(told.index(colour) + 1 for colour in _COLOURS)
    seen = [band for band, colour in enumerate(told, 1) if colour != ColorInterp.alpha]
    return tuple(seen[:3]) if len(seen) >= 3 else tuple(seen[:1] or [1])


def _table(dataset: Any) -> Pixels | None:
    """The colours that a picture's numbers stand for."""
    if dataset.colorinterp[0] != ColorInterp.palette:
        return None
    found = np.zeros((1 << 8 * np.dtype(dataset.dtypes[0]).itemsize, 3), np.uint8)
    for number, colour in dataset.colormap(1).items():
        found[number] = colour[:3]
    return found


def _range(dataset: Any) -> tuple[float, float]:
    """Which values are black and white; of a 16-bit picture what all but a few pixels lie between."""
    if dataset.dtypes[0] == "uint8":
        about = dataset.tags(ns="IMAGE_STRUCTURE") | dataset.tags(1, ns="IMAGE_STRUCTURE")
        most = float((1 << int(about.get("NBITS", 8))) - 1)
        return (most, 0.0) if about.get("MINISWHITE") == "YES" else (0.0, most)
    shape = tuple(max(1, min(side, _SAMPLE)) for side in dataset.shape)
    bands = _bands(dataset)
    values = dataset.read(bands, out_shape=(len(bands), *shape))
    present = values[:, dataset.dataset_mask(out_shape=shape) > 0]
    if not present.size or present.max() <= 255:
        return 0.0, 255.0
    low, high = np.percentile(present, [_DARKEST, _LIGHTEST]).tolist()
    return (low, high) if high > low else (low, low + 1)
