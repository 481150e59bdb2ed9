"""The demo's survey products, in the order they arrive: what was made besides entities, of which day, by whom."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from entities.model import Period, parse_day
from service.demo.files import FIRST, SECOND
from service.demo.ground import write_ground, write_soundings
from service.demo.pagoda import write_pagoda
from service.demo.photo import write_photo
from service.demo.scan import write_scan
from service.demo.surveys import CITY, PROVINCE, TERRITORIES
from service.demo.town import CRS, make_town
from service.holdings.adopting import Adoption
from tiling.holdings.kinds import KINDS

HEIGHTS: Final = f"{CRS}+5737"
"""The system of the demo's models: Gauss-Krueger and heights of the 1985 datum."""


def products(folder: Path) -> Iterator[Adoption]:
    """Write the demo's products one after another, and say how each is to be taken in."""
    return (product for product in _all(folder) if product.kind in KINDS)


def _all(folder: Path) -> Iterator[Adoption]:
    town = make_town()
    write_ground(folder / "ground-10m.tif")
    yield _of(folder / "ground-10m.tif", "elevation", "济南城区数字高程模型", PROVINCE, FIRST, HEIGHTS)
    write_soundings(folder / "bay-soundings.csv")
    yield _of(folder / "bay-soundings.csv", "elevation", "胶州湾口水深测量", PROVINCE, FIRST, "EPSG:4490+5737")
    write_photo(folder / "photo-2025.tif", town)
    yield _of(folder / "photo-2025.tif", "imagery", "演示街区正射影像", CITY, SECOND)
    write_scan(folder / "scan-2025.las", town.houses)
    yield _of(folder / "scan-2025.las", "pointclouds", "演示街区激光点云", CITY, SECOND)
    write_pagoda(folder / "pagoda.obj")
    yield _of(folder / "pagoda.obj", "meshes", "公园塔", CITY, SECOND, HEIGHTS)


def _of(path: Path, kind: str, name: str, actor: str, day: str, crs: str | None = None) -> Adoption:
    period, territory = Period(parse_day(day)), TERRITORIES[actor]
    return Adoption((path,), period, kind, name, crs=crs, actor=actor, reason=name, territory=territory)
