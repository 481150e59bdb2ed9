"""Clouds made up for tests, and tiles read back to arrays by nothing of ours."""

import gzip
import itertools
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import laspy
import numpy as np
from pyproj import CRS, Transformer

from entities.rules import Finding
from tiling.heights import ConstantAnomaly
from tiling.holdings import Order, Prepared
from tiling.points.prepare import Grain, prepare
from tiling.stored.check import check
from tiling.stored.sink import FolderSink

ANOMALY = ConstantAnomaly(-4.25, "made up")
ZONE = "EPSG:4528+5737"
CORNER = np.array([40_500_000.0, 3_900_000.0, 50.0])
SMALL = Grain(part=1000, cube=1024, across=3, leaf=60, few=6)
WHOLE = Grain()
KINDS = {5121: np.uint8, 5123: np.uint16, 5126: np.float32}


def cloud(path: Path, places: np.ndarray, crs: str | None = ZONE, form: int = 7, **fields: np.ndarray) -> Path:
    """Write points (n x 3, metres from `CORNER`, or coordinates where the crs is another) as LAS or LAZ."""
    header = laspy.LasHeader(point_format=form, version="1.4" if form > 5 else "1.2")
    near = CORNER if crs in (ZONE, None) else np.zeros(3)
    degrees = crs is not None and CRS(crs).is_geographic
    header.scales = np.array([1e-8, 1e-8, 0.001] if degrees else [0.001] * 3)
    header.offsets = np.floor(near + places.mean(axis=0))
    if crs:
        header.add_crs(CRS(crs))
    if "entity_code" in fields:
        header.add_extra_dim(laspy.ExtraBytesParams("entity_code", "u8"))
    points = laspy.ScaleAwarePointRecord.zeros(len(places), header=header)
    points.x, points.y, points.z = (places + near).T
    for name, values in fields.items():
        points[name] = values
    with laspy.open(path, "w", header=header, laz_backend=laspy.LazBackend.Lazrs) as writer:
        writer.write_points(points)
    return path


def hills(count: int, seed: int = 1, wide: float = 60.0) -> dict[str, np.ndarray]:
    """Points over hills with everything that a survey says of them."""
    chance = np.random.default_rng(seed)
    east, north = chance.random((2, count)) * wide
    up = 5 * np.sin(east / 9) * np.cos(north / 7) + chance.normal(0, 0.3, count)
    return {
        "places": np.column_stack([east, north, up]),
        "intensity": chance.integers(0, 65536, count).astype(np.uint16),
        "classification": chance.integers(0, 32, count).astype(np.uint8),
        "return_number": chance.integers(1, 6, count).astype(np.uint8),
        "number_of_returns": chance.integers(1, 6, count).astype(np.uint8),
        "point_source_id": chance.integers(0, 9, count).astype(np.uint16),
        **{name: (chance.integers(0, 256, count) * 256).astype(np.uint16) for name in ("red", "green", "blue")},
    }


def tiled(
    folder: Path, files: Sequence[Path], grain: Grain = WHOLE, crs: str | None = None, workers: int = 2
) -> Prepared:
    """Fill a new folder with tiles."""
    folder.mkdir()
    return prepare(files, folder, Order(ANOMALY, crs, workers), lambda *_: None, grain)


def digest(folder: Path) -> str:
    """One hash over all files."""
    found = blake2b()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


def faults(folder: Path) -> list[Finding]:
    """What our own checker finds; every tile that was written must be reached too."""
    assert len(read_back(folder)) == len(list(folder.glob("c/*.glb")))
    return [finding for finding in check(FolderSink(folder)) if finding.rule != "tiles.unreachable"]


@dataclass(frozen=True)
class Tile:
    """A tile read back: how deep it is, its error, geocentric places, and its attributes by name."""

    depth: int
    error: float
    places: np.ndarray
    attributes: dict[str, np.ndarray]
    document: dict[str, Any]
    binary: bytes

    def view(self, number: int) -> bytes:
        """The bytes of a buffer view."""
        view = self.document["bufferViews"][number]
        return self.binary[view["byteOffset"] :][: view["byteLength"]]

    @property
    def codes(self) -> list[str]:
        """The entity code of each feature; nothing where none has one."""
        table = self.document["extensions"]["EXT_structural_metadata"]["propertyTables"][0]["properties"]
        if not table:
            return []
        values = table["code"]
        ends, text = np.frombuffer(self.view(values["stringOffsets"]), np.uint32), self.view(values["values"])
        return [text[first:last].decode() for first, last in itertools.pairwise(ends.tolist())]


def read_back(folder: Path) -> list[Tile]:
    """Every tile that a client reaches from `tileset.json`."""
    root = json.loads((folder / "tileset.json").read_text())["root"]
    return list(_walk(folder / "tileset.json", root, np.array(root["transform"]).reshape(4, 4).T))


def _walk(file: Path, tile: dict[str, Any], matrix: np.ndarray) -> list[Tile]:
    found = []
    if uri := tile.get("content", {}).get("uri"):
        path = file.parent / uri
        if path.suffix == ".json":
            return _walk(path, json.loads(path.read_text())["root"], matrix)
        found.append(glb(gzip.decompress(path.read_bytes()), matrix, len(path.stem) - 1, tile["geometricError"]))
    for child in tile.get("children", []):
        found += _walk(file, child, matrix)
    return found


def glb(data: bytes, matrix: np.ndarray, depth: int, error: float) -> Tile:
    """Take a GLB apart as the standard says."""
    size = struct.unpack_from("<I", data, 12)[0]
    document, binary = json.loads(data[20 : 20 + size]), data[28 + size :]
    primitive, node = document["meshes"][0]["primitives"][0], document["nodes"][0]
    assert primitive["mode"] == 0
    attributes = {name: _column(document, binary, number) for name, number in primitive["attributes"].items()}
    local = attributes.pop("POSITION") * np.array(node["scale"]) + np.array(node["translation"])
    upright = np.column_stack([local[:, 0], -local[:, 2], local[:, 1], np.ones(len(local))])
    return Tile(depth, error, (upright @ matrix.T)[:, :3], attributes, document, binary)


def _column(document: dict[str, Any], binary: bytes, number: int) -> np.ndarray:
    accessor = document["accessors"][number]
    view, kind = document["bufferViews"][accessor["bufferView"]], np.dtype(KINDS[accessor["componentType"]])
    width = {"SCALAR": 1, "VEC3": 3}[accessor["type"]]
    rows = np.frombuffer(binary[view["byteOffset"] :][: view["byteLength"]], np.uint8).reshape(-1, view["byteStride"])
    values = np.ascontiguousarray(rows[:, : width * kind.itemsize]).view(kind)
    return values if width > 1 else values.ravel()


def by_pyproj(places: np.ndarray, crs: str, rise: float = 1.0) -> np.ndarray:
    """Geocentric places of surveyed points, their heights being 1985 ones, by pyproj alone."""
    lon, lat = Transformer.from_crs(CRS(crs), "EPSG:4490", always_xy=True).transform(places[:, 0], places[:, 1])
    up = places[:, 2] * rise + ANOMALY.metres
    return np.column_stack(Transformer.from_crs("EPSG:4480", "EPSG:4479", always_xy=True).transform(lon, lat, up))
