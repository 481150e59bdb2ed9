"""A small base for the pages: the real divisions of Shandong, a few houses surveyed twice, two departments, files."""

import io
import json
import struct
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyogrio
import shapely
import shapely.geometry
import yaml

from entities.model import Period, State, Version, parse_day
from entities.store import Store
from service import departments
from service.config import Config
from service.demo.divisions import read_divisions
from service.departments import Department
from service.desk import Desk
from service.web.sample import sample_survey

FIRST, SECOND = parse_day("2024-05-20"), parse_day("2025-05-19")
DIVISIONS_KNOWN: Final = parse_day("2020-01-01")
WEST, SOUTH = 117.06, 36.66
HOSTILE: Final = "<img src=x onerror=alert(1)>"


@dataclass(frozen=True)
class Office:
    """Where the office's settings stand, the token of its department, one entity's code, and a folder of files."""

    settings: Path
    token: str
    code: str
    files: Path


def make_office(folder: Path) -> Office:
    """Make the base, the departments and the files."""
    settings = folder / "config.yaml"
    settings.write_text(yaml.safe_dump({"data": str(folder / "data")}), encoding="utf-8")
    config = Config.load(settings)
    code = _fill(Store.open(config.base, random=np.random.default_rng(3)))
    desk = Desk.open(config.base)
    token = departments.add(desk, Department("lixia", "历下区自然资源局", "370102"))
    departments.add(desk, Department("province", "山东省自然资源厅", "370000", everywhere=True))
    desk.close()
    return Office(settings, token, code, _write_files(folder))


def _fill(store: Store) -> str:
    divisions = [
        State(
            one.class_code,
            one.shape,
            one.name,
            attributes={"adcode": one.adcode, "level": one.level, "parent": one.parent},
        )
        for one in read_divisions()
    ]
    houses = [State("310301", _house(place), f"泉城路{place}号楼", 12.0 + place, 35.0) for place in range(1, 9)]
    with store.transaction("admin", "行政区划", "divisions.gpkg") as first:
        codes = first.issue(divisions)
        first.put([Version(code, Period(DIVISIONS_KNOWN), one) for code, one in zip(codes, divisions, strict=True)])
    with store.transaction("lixia", "2024年度房屋调查", "first.gpkg") as second:
        codes = second.issue(houses)
        second.put([Version(code, Period(FIRST), one) for code, one in zip(codes, houses, strict=True)])
    with store.transaction("lixia", HOSTILE, "second.gpkg") as third:
        third.put([Version(codes[0], Period(SECOND), replace(houses[0], height=48.0, name=HOSTILE))])
        third.end({codes[1]: SECOND})
    store.close()
    return str(codes[0])


def _house(place: int) -> shapely.Polygon:
    return shapely.box(WEST + place * 0.0005, SOUTH, WEST + place * 0.0005 + 0.0002, SOUTH + 0.0002)


def _write_files(folder: Path) -> Path:
    files = folder / "files"
    files.mkdir()
    good = sample_survey(WEST + 0.01, SOUTH)
    _write(files / "good.geojson", good)
    _write(files / "bad.geojson", spoilt(good))
    _write(files / "unclear.geojson", unclear(sample_survey(WEST + 0.01, SOUTH - 0.005)))
    (files / "broken.zip").write_bytes(zip_bytes()[:-30])
    (files / "房屋.shp").write_bytes(struct.pack(">i", 9994) + bytes(96))
    (files / "房屋.shx").write_bytes(struct.pack(">i", 9994) + bytes(96))
    (files / "房屋.dbf").write_bytes(b"\x03" + bytes(64))
    (files / "房屋.prj").write_text('GEOGCS["CGCS2000"]', encoding="utf-8")
    _write_shapefile(files / "街区.shp", sample_survey(WEST + 0.01, SOUTH - 0.01))
    return files


def _write_shapefile(path: Path, survey: dict[str, Any]) -> None:
    """A Shapefile as a county sends it: Chinese field names and values in GBK."""
    houses = survey["features"]
    shapes = shapely.to_wkb(np.array([shapely.geometry.shape(house["geometry"]) for house in houses], dtype=object))
    names = np.array([house["properties"]["name"] for house in houses], dtype=object)
    classes = np.array([house["properties"]["class_code"] for house in houses], dtype=object)
    heights = np.array([house["properties"]["height"] for house in houses])
    pyogrio.raw.write(
        path,
        shapes,
        [names, classes, heights],
        ["名称", "CC", "高度"],
        geometry_type="Polygon",
        crs="EPSG:4490",
        driver="ESRI Shapefile",
        encoding="GBK",
    )


def spoilt(survey: dict[str, Any]) -> dict[str, Any]:
    """A survey with faults: houses that cross themselves, one without height, one far away, one named in HTML."""
    spoilt = json.loads(json.dumps(survey))
    for number, house in enumerate(spoilt["features"]):
        ring = house["geometry"]["coordinates"][0]
        if number in (1, 4, 7):
            ring[1], ring[2] = ring[2], ring[1]
        if number == 5:
            house["properties"].update(height=None, floors=None)
        if number == 6:
            house["properties"]["name"] = HOSTILE
        if number == 10:
            house["geometry"]["coordinates"] = [[[lon + 1.5, lat] for lon, lat in ring]]
    return dict(spoilt)


def unclear(survey: dict[str, Any]) -> dict[str, Any]:
    """A survey that does not say what its features are, with a height under a name of its own."""
    houses = [
        {**house, "properties": {"JZGD": house["properties"]["height"], "备注": HOSTILE}}
        for house in survey["features"]
    ]
    return {**survey, "features": houses}


def zip_bytes() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.geojson", "{}")
    return packed.getvalue()


def _write(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
