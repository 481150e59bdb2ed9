"""Real buildings read in the plainest way, for the tiler alone: CityJSON solids and footprints with heights."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer

from entities.model import Surfaces, Version
from tests.tiling.made import version

LETTERS = {"RoofSurface": "R", "WallSurface": "W", "GroundSurface": "G"}


def rotterdam(folder: Path) -> list[Version]:
    """853 measured buildings."""
    return _city(json.loads((folder / "buildings/rotterdam_3-20-DELFSHAVEN.city.json").read_text()), "EPSG:28992")


def three_d_bag(folder: Path) -> list[Version]:
    """Measured buildings of 3DBAG at their finest level of detail."""
    lines = (folder / "buildings/3dbag_tile_901_trimmed.city.jsonl").read_text().splitlines()
    transform = json.loads(lines[0])["transform"]
    found = []
    for line in lines[1:]:
        found += _city({**json.loads(line), "transform": transform}, "EPSG:28992")
    return found


def footprints(folder: Path) -> list[Version]:
    """177 footprints with heights."""
    features = json.loads((folder / "buildings/mago_footprint-with-height.geojson").read_text())["features"]
    found = []
    for row, feature in enumerate(features):
        numbers = {key: value for key, value in feature["properties"].items() if isinstance(value, int | float)}
        height = next((float(value) for key, value in numbers.items() if "height" in key.lower()), 9.0)
        shape = shapely.geometry.shape(feature["geometry"])
        found.append(version(f"M{row:04d}", shapely.force_2d(shape), height=height, base=0.0))
    return found


def _city(city: dict[str, Any], crs: str) -> list[Version]:
    scale, shift = np.array(city["transform"]["scale"]), np.array(city["transform"]["translate"])
    points = np.array(city["vertices"]).reshape(-1, 3) * scale + shift
    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(points[:, 0], points[:, 1])
    places = np.round(np.column_stack([lon, lat, points[:, 2]]), 9)
    found = []
    for code, thing in sorted(city["CityObjects"].items()):
        solids = [part for part in thing.get("geometry", []) if part["type"] in ("Solid", "MultiSurface")]
        if solids:
            found.append(_building(code, max(solids, key=lambda part: str(part["lod"])), places))
    return found


def _building(code: str, solid: dict[str, Any], places: np.ndarray) -> Version:
    shells = solid["boundaries"] if solid["type"] == "Solid" else [solid["boundaries"]]
    kinds = solid.get("semantics", {})
    values = kinds.get("values") or [None] * len(shells)
    values = values if solid["type"] == "Solid" else [values]
    polygons, letters = [], ""
    for shell, numbers in zip(shells, values, strict=True):
        for row, rings in enumerate(shell):
            number = numbers[row] if numbers else None
            letters += "O" if number is None else LETTERS.get(kinds["surfaces"][number]["type"], "O")
            polygons.append(shapely.Polygon(places[rings[0]], [places[ring] for ring in rings[1:]]))
    surfaces = Surfaces(shapely.MultiPolygon(polygons), letters)
    low = shapely.get_coordinates(surfaces.polygons, include_z=True)[:, 2].min()
    return version(code, shapely.box(*surfaces.polygons.bounds), surfaces=surfaces, base=float(low))
