"""Unfit uploads: what is wrong with each, how it is made, and the rule that refuses it."""

import json
import shutil
import stat
import warnings
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyogrio.raw
import shapely

from tests.entities.readers.made import columns, shapefile, squares, write, write_parquet, zipped

Geometry = dict[str, Any]
Feature = tuple[Geometry | None, dict[str, Any]]

WEST, SOUTH, SIDE = 120.0, 36.68, 0.0002


@dataclass(frozen=True)
class Unfit:
    """One unfit upload.

    `make` writes it into a folder; `row` is the feature to be named, if it is one; `wishes` are what its sender says of
    it; `rule_over_http` and `status` tell where it is refused before it is queued.
    """

    name: str
    rule: str
    make: Callable[[Path], Path]
    row: int | None = None
    wishes: Mapping[str, str] = field(default_factory=lambda: {"profile": "buildings"})
    sender: str = "province"
    status: int = 202
    rule_over_http: str | None = None


# ---- files as text


def box(number: int = 0, side: float = SIDE, west: float = WEST) -> list[list[float]]:
    """A closed ring of a house, each in a place of its own."""
    west, south = west + 0.001 * number, SOUTH
    return [[west, south], [west + side, south], [west + side, south + side], [west, south + side], [west, south]]


def polygon(ring: Sequence[object] | None = None, *holes: Sequence[object]) -> Geometry:
    return {"type": "Polygon", "coordinates": [box() if ring is None else ring, *holes]}


def house(number: int = 0, geometry: Geometry | None = None, **properties: Any) -> Feature:
    """A sound house, or one with something else in place of what is given."""
    said = {"FEATID": f"F{number + 1:03d}", "NAME": f"历山路{number + 1}号", "height": 9.0 + number, **properties}
    return geometry or polygon(box(number)), {name: value for name, value in said.items() if value is not ...}


def text_of(features: Sequence[Feature], **members: Any) -> str:
    listed = [{"type": "Feature", "properties": said, "geometry": shape} for shape, said in features]
    return json.dumps({"type": "FeatureCollection", **members, "features": listed}, ensure_ascii=False)


def geojson(*features: Feature, name: str = "houses.geojson", **members: Any) -> Callable[[Path], Path]:
    """A GeoJSON file of features, faults and all."""
    return content(name, text_of(features, **members))


def content(name: str, words: str | bytes) -> Callable[[Path], Path]:
    """A file of exactly these words."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(words.encode() if isinstance(words, str) else words)
        return path

    return make


def among(*faulty: Feature) -> Callable[[Path], Path]:
    """Faulty features behind two sound ones, so that the first of them is feature 3."""
    return geojson(house(0), house(1), *faulty)


def crs_member(name: str | None) -> Any:
    return name and {"type": "name", "properties": {"name": name}}


# ---- files of other programs


def written(ending: str, **options: Any) -> Callable[[Path], Path]:
    """Three hundred houses as GDAL writes them."""

    def make(folder: Path) -> Path:
        with warnings.catch_warnings(action="ignore"):  # one without a system is what is wanted
            return write(folder / f"houses.{ending}", squares(300), columns(300), **options)

    return make


def parquet(**changes: Any) -> Callable[[Path], Path]:
    return lambda folder: write_parquet(folder / "houses.parquet", **changes)


def zipped_shapefile(without: str = "", cpg: str | None = None) -> Callable[[Path], Path]:
    """A Shapefile in a zip, one of its parts left out, or its .cpg naming another encoding."""

    def make(folder: Path) -> Path:
        parts = shapefile(folder / "parts", encoding="GB18030" if cpg else "UTF-8")
        if cpg:
            (folder / "parts" / "houses.cpg").write_text(cpg)
        return zipped(folder / "houses.zip", *(part for part in parts if part.suffix != without))

    return inside("parts", make)


def zipped_database(folder: Path) -> Path:
    path = write(folder / "parts" / "houses.gdb", squares(300), columns(300), driver="OpenFileGDB")
    cut(0.5)(lambda _: max(path.glob("*.gdbtable"), key=lambda part: part.stat().st_size))(folder)
    return zipped(folder / "houses.gdb.zip", path)


def drawing(folder: Path) -> Path:
    lines = [shapely.LineString(square.exterior.coords) for square in squares(30)]
    fields = {"Layer": np.array(["JMD"] * 30, dtype=object)}
    words = np.array(shapely.to_wkb(lines), dtype=object)
    path = folder / "houses.dxf"
    with warnings.catch_warnings(action="ignore"):
        pyogrio.raw.write(path, words, list(fields.values()), list(fields), geometry_type="LineString", driver="DXF")
    return path


def with_vertex(vertex: int, x: float) -> Callable[[Path], Path]:
    """A GeoPackage in which one vertex of the third house has another x, changed in the bytes of the file."""

    def make(folder: Path) -> Path:
        path = write(folder / "houses.gpkg")
        words = path.read_bytes()
        ring = shapely.to_wkb(squares()[2], byte_order=1)[13:]  # behind byte order, type, counts
        place = words.index(ring) + 16 * vertex
        path.write_bytes(words[:place] + np.float64(x).tobytes() + words[place + 8 :])
        return path

    return make


def cut(share: float) -> Callable[[Callable[[Path], Path]], Callable[[Path], Path]]:
    """Keep only the first part of a file."""

    def cutting(make: Callable[[Path], Path]) -> Callable[[Path], Path]:
        def make_cut(folder: Path) -> Path:
            path = make(folder)
            path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
            return path

        return make_cut

    return cutting


def renamed(make: Callable[[Path], Path], name: str) -> Callable[[Path], Path]:
    """A file under another name."""
    return lambda folder: make(folder).rename(folder / name)


def inside(name: str, make: Callable[[Path], Path]) -> Callable[[Path], Path]:
    """Make a folder first, and take it away afterwards."""

    def making(folder: Path) -> Path:
        (folder / name).mkdir()
        path = make(folder)
        shutil.rmtree(folder / name)
        return path

    return making


# ---- zips that mean harm


def archive(*members: tuple[str | zipfile.ZipInfo, bytes]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        with zipfile.ZipFile(folder / "houses.zip", "w", zipfile.ZIP_DEFLATED) as file:
            for name, words in members:
                file.writestr(name, words)
        return folder / "houses.zip"

    return make


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def locked(folder: Path) -> Path:
    """A zip that says its one member needs a password."""
    path = archive(("houses.shp", b"secret"))(folder)
    words = bytearray(path.read_bytes())
    words[words.find(b"PK\x03\x04") + 6] |= 1
    words[words.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(words)
    return path


def lying(folder: Path) -> Path:
    """A zip whose directory says a member is small while 30 MB are packed."""
    path = archive(("houses.shp", bytes(30 << 20)))(folder)
    honest, said = (30 << 20).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(honest, said))
    return path


# ---- city models

TRANSFORM: Final = {"scale": [0.001] * 3, "translate": [0, 0, 0]}


def city(**members: Any) -> dict[str, Any]:
    """A CityJSON of one house of 9 m on the ground, in metres of EPSG:4549."""
    x, y = 500_000_000, 4_060_000_000
    corners = [(x, y), (x + 20_000, y), (x + 20_000, y + 20_000), (x, y + 20_000)]
    vertices = [[*corner, z] for z in (30_000, 39_000) for corner in corners]
    faces = [[[0, 3, 2, 1]], [[4, 5, 6, 7]], *([[i, (i + 1) % 4, (i + 1) % 4 + 4, i + 4]] for i in range(4))]
    geometry = {"type": "Solid", "lod": "2", "boundaries": [faces]}
    return {
        "type": "CityJSON",
        "version": "2.0",
        "transform": TRANSFORM,
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/4549"},
        "CityObjects": {"house": {"type": "Building", "geometry": [geometry]}},
        "vertices": vertices,
        **members,
    }


MODEL: Final = """<?xml version="1.0" encoding="UTF-8"?>{prolog}
<core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0" xmlns:bldg="http://www.opengis.net/citygml/building/2.0"
 xmlns:gml="http://www.opengis.net/gml"><core:cityObjectMember><bldg:Building gml:id="house"><gml:name>{name}</gml:name>
<bldg:lod1Solid><gml:Solid{crs}><gml:exterior><gml:CompositeSurface>{faces}</gml:CompositeSurface></gml:exterior></gml:Solid>
</bldg:lod1Solid></bldg:Building></core:cityObjectMember></core:CityModel>"""
FACE: Final = (
    "<gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing><gml:posList>{}</gml:posList></gml:LinearRing>"
    "</gml:exterior></gml:Polygon></gml:surfaceMember>"
)
RING: Final = "36.68 120 {z} 36.6802 120 {z} 36.6802 120.0002 {z} 36.68 120.0002 {z} 36.68 120 {z}"
SYSTEM: Final = ' srsName="urn:ogc:def:crs:EPSG::4490"'


def citygml(
    prolog: str = "", name: str = "", crs: str = SYSTEM, ring: str = RING, **also: str
) -> Callable[[Path], Path]:
    """A CityGML of one house, with its ground and its roof."""
    faces = FACE.format(ring.format(z=30)) + FACE.format(RING.format(z=39))
    return content("houses.gml", MODEL.format(prolog=prolog, name=name, crs=crs, faces=faces, **also))
