"""What a labelled re-survey starts from: files and folders, the demo district, made places."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import shapely
from pyproj import Transformer

from entities.errors import Refusal
from entities.model import Scalar, State
from entities.readers import open_reading
from service.bench.made import MADE, made
from service.demo.town import CRS, GROUND, Town, make_town

DEMO: Final = "demo"
_HOUSE, _STREET, _PARCEL = "310301", "420101", "685001"
_DATA: Final = frozenset({".json", ".jsonl", ".geojson", ".gml", ".gpkg", ".parquet", ".shp", ".zip", ".gdb"})
"""The files of a folder that may hold features."""


@dataclass(frozen=True)
class DataSet:
    """What is surveyed again, under one name."""

    name: str
    states: list[State]


@dataclass(frozen=True)
class LeftOut:
    """A file that could not be read, and why."""

    name: str
    why: Refusal


def data_sets(paths: Iterable[Path], crs: str | None = None) -> Iterator[DataSet | LeftOut]:
    """Read files, and those in folders."""
    for path in paths:
        for page in sorted(_pages(path)):
            try:
                with open_reading(page, crs=crs) as reading:
                    states = [candidate.state for batch in reading.batches() for candidate in batch]
            except Refusal as refusal:
                yield LeftOut(page.name, refusal)
            else:
                yield DataSet(page.name, states)


def made_sets() -> Iterator[DataSet]:
    """The demo district and every made place."""
    yield DataSet(DEMO, list(_demo(make_town())))
    yield from (DataSet(name, made(name)) for name in MADE)


def _pages(path: Path) -> list[Path]:
    if path.is_dir() and path.suffix.lower() != ".gdb":
        return [page for page in path.iterdir() if page.suffix.lower() in _DATA]
    return [path]


def _demo(town: Town) -> Iterator[State]:
    """The houses, streets and parcels of the demo district."""
    for house in town.houses:
        about: dict[str, Scalar] = {"use": house.use, "floors": house.floors}
        yield State(_HOUSE, _placed(house.shape), house.name, house.height, GROUND, None, about)
    for street in town.streets:
        yield State(_STREET, _placed(street.shape), street.name, attributes={"rank": street.rank})
    for parcel in town.parcels:
        yield State(_PARCEL, _placed(parcel.shape), attributes={"use": parcel.use})


def _placed(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(shape, _TO_DEGREES.transform, interleaved=False)


_TO_DEGREES: Final = Transformer.from_crs(CRS, "EPSG:4490", always_xy=True)
