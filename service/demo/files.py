"""Writes the demo's surveys as the files a department would send: GeoPackages with the fields surveyors use."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyogrio.raw
import shapely
from numpy.typing import NDArray

from service.demo.divisions import Division
from service.demo.hills import Hill
from service.demo.pipes import Pipe
from service.demo.town import CRS, GROUND, House, Parcel, Street
from service.demo.trees import Lamp, Tree
from service.demo.updates import Update

FIRST: Final = "2024-05-20"
SECOND: Final = "2025-05-19"
"""The days of the district's two whole surveys."""

Columns = Mapping[str, Sequence[object] | NDArray[Any]]


def write_divisions(path: Path, divisions: Sequence[Division]) -> None:
    """Write divisions with their code, name, level and parent."""
    fields = ("adcode", "class_code", "name", "level", "parent")
    columns = {field: [getattr(division, field) for division in divisions] for field in fields}
    _write(path, [division.shape for division in divisions], columns, "EPSG:4490", "MultiPolygon")


def write_houses(path: Path, houses: Sequence[House], day: str) -> None:
    """Write one whole survey of the buildings."""
    _write(path, [house.shape for house in houses], _house_columns(houses, [day] * len(houses)), CRS, "Polygon")


def write_update(path: Path, update: Update) -> None:
    """Write a small update, each feature with the kind of its change."""
    houses = [house for house, _ in update.houses]
    columns: Columns = {
        **_house_columns(houses, [update.day] * len(houses)),
        "CHANGETYPE": [change for _, change in update.houses],
    }
    _write(path, [house.shape for house in houses], columns, CRS, "Polygon")


def write_streets(path: Path, streets: Sequence[Street]) -> None:
    """Write the streets' centre lines with their names and ranks."""
    columns = {"NAME": [street.name for street in streets], "RANK": [street.rank for street in streets]}
    _write(path, [street.shape for street in streets], columns, CRS, "LineString")


def write_parcels(path: Path, parcels: Sequence[Parcel]) -> None:
    """Write the parcels with their cadastral codes."""
    columns = {"ZDDM": [parcel.code for parcel in parcels], "YT": [parcel.use for parcel in parcels]}
    _write(path, [parcel.shape for parcel in parcels], columns, CRS, "Polygon")


def write_pipes(path: Path, pipes: Sequence[Pipe]) -> None:
    """Write the pipes' axes, with heights, and their diameters in millimetres."""
    columns: Columns = {
        "NAME": [pipe.name for pipe in pipes],
        "DIAMETER": np.array([pipe.diameter for pipe in pipes]),
        "ROUGHNESS": np.array([pipe.roughness for pipe in pipes]),
    }
    _write(path, [pipe.shape for pipe in pipes], columns, CRS, "LineString Z")


def write_trees(path: Path, trees: Sequence[Tree]) -> None:
    """Write street trees with their species, height and crown."""
    columns: Columns = {
        "树种": [tree.species for tree in trees],
        "树高": np.array([tree.height for tree in trees]),
        "冠幅": np.array([tree.crown for tree in trees]),
        "DMGC": np.full(len(trees), GROUND),
    }
    _write(path, [tree.shape for tree in trees], columns, CRS, "Point")


def write_lamps(path: Path, lamps: Sequence[Lamp]) -> None:
    """Write street lamps with their class code, name and height."""
    columns: Columns = {
        "ClassID": ["380501"] * len(lamps),
        "NAME": [lamp.name for lamp in lamps],
        "height": np.full(len(lamps), 9.0),
        "DMGC": np.full(len(lamps), GROUND),
    }
    _write(path, [lamp.shape for lamp in lamps], columns, CRS, "Point")


def write_hills(path: Path, hills: Sequence[Hill]) -> None:
    """Write areas and lines on the hills with their class codes and names."""
    columns = {"ClassID": [hill.class_code for hill in hills], "NAME": [hill.name for hill in hills]}
    _write(path, [hill.shape for hill in hills], columns, CRS, "Unknown")


def _house_columns(houses: Sequence[House], days: Sequence[str]) -> Columns:
    return {
        "FEATID": [f"{house.number:07d}" for house in houses],
        "NAME": [house.name for house in houses],
        "CS": np.array([house.floors for house in houses]),
        "JZGD": np.array([house.height for house in houses]),
        "DMGC": np.full(len(houses), GROUND),
        "YT": [house.use for house in houses],
        "ELEMSTIME": list(days),
    }


def _write(path: Path, shapes: Sequence[shapely.Geometry], columns: Columns, crs: str, kind: str) -> None:
    path.unlink(missing_ok=True)
    arrays = [
        values if isinstance(values, np.ndarray) else np.array(values, dtype=object) for values in columns.values()
    ]
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(np.array(shapes, dtype=object)),
        field_data=arrays,
        fields=list(columns),
        crs=crs,
        geometry_type=kind,
        driver="GPKG",
        layer=path.stem,
        encoding="UTF-8",
    )
