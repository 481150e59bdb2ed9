"""Looking over published tiles with other eyes than those that made them: schema, volumes, errors, tables, files.

It reads what stands in the sink, not what the builder believes, and has py3dtiles, as an outside judge, read every
tileset.
"""

import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from py3dtiles.exceptions import Py3dtilesException
from py3dtiles.tileset import TileSet

from entities.rules import Finding
from tiling.encoding.gltf import Json
from tiling.stored.check_glb import Glb
from tiling.stored.published import HELD, Published, blob_of, content_uris, reachable
from tiling.stored.sink import POINTER, Sink

Floats = NDArray[np.float64]

_TOLERANCE: Final = 0.001
"""How far a child may stand out of its parent's volume, in metres: what rounding of the numbers explains."""

_SIGNS: Final = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float64)


def check(sink: Sink, root: str = POINTER, on_demand: bool = False) -> list[Finding]:
    """Everything found wrong with the tileset `root` and all it names, in the order it was met.

    With `on_demand`, contents with a query are not looked for: they are drawn only when asked for.
    """
    inspection = _Inspection(sink, on_demand)
    inspection.tileset(root, None)
    inspection.counted(root)
    if root == POINTER and not {finding.rule for finding in inspection.findings} & {"tiles.schema", "tiles.missing"}:
        inspection.findings += _unreachable(sink)
    return inspection.findings


def _unreachable(sink: Sink) -> list[Finding]:
    """Blobs that no state shows, neither the published one nor an earlier one, and no tileset of another moment."""
    names = sink.names()
    shown = {HELD, POINTER}.union(*(_blobs(sink.get(name)) for name in sorted(sink.names("m"))))
    for root in sorted(name for name in names if name.startswith("tileset-")):
        shown |= {root} | reachable(sink, root)
    return [Finding("tiles.unreachable", {"name": name}) for name in sorted(names - shown)]


def _blobs(manifest: bytes) -> set[str]:
    """What a manifest names; nothing where an earlier program wrote it."""
    try:
        return Published.unpack(manifest).blobs()
    except ValueError:
        return set()


class _Above(NamedTuple):
    """A tile that names a file: its box and its error, and the matrix of what stands below it."""

    box: Floats
    error: float
    around: Floats


class _Inspection:
    """One walk through a tileset: what was found, and which entities were met where."""

    def __init__(self, sink: Sink, on_demand: bool) -> None:
        self.sink = sink
        self.on_demand = on_demand
        self.findings: list[Finding] = []
        self.features = 0
        self.points = 0
        self.versions: dict[tuple[str, int], str] = {}

    def say(self, rule: str, name: str, **values: object) -> None:
        self.findings.append(Finding(rule, {"name": name, **values}))

    def tileset(self, name: str, above: "_Above | None") -> None:
        """Look at one tileset file; `above` is the tile that names it."""
        try:
            document = json.loads(self.sink.get(name))
        except ValueError as fault:
            self.say("tiles.schema", name, why=str(fault))
            return
        faults = list(_schema_faults(document))
        for why in faults:
            self.say("tiles.schema", name, why=why)
        if faults:
            return
        self._read_outside(name, document)
        root = document["root"]
        if root["geometricError"] > document["geometricError"]:
            self.say("tiles.error", name, child="root", found=root["geometricError"], parent=document["geometricError"])
        around = np.eye(4) if above is None else above.around
        box, error = _placed(root, around), float(root["geometricError"])
        if above is not None:
            self._within(name, name, box, above.box)
            if error > above.error:
                self.say("tiles.error", name, child="root", found=error, parent=above.error)
        self._tile(name, root, around)

    def counted(self, root: str) -> None:
        """Compare the number of entities met with the number that the root tileset tells of."""
        document = json.loads(self.sink.get(root)) if not self.findings else {}
        said = document.get("metadata", {}).get("properties", {})
        told, points = said.get("features"), said.get("points", self.points)
        if told is not None and not self.on_demand and told != self.features:
            self.say("tiles.table", root, why=f"{self.features} of {told} entities")
        if points != self.points:
            self.say("tiles.table", root, why=f"{self.points} of {points} points")

    def _tile(self, name: str, tile: Json, around: Floats) -> None:
        """Look at a tile and those below it; `around` is the matrix of the tile above."""
        own = around @ _matrix(tile)
        box, before = _placed(tile, around), self.features
        for child in tile.get("children", ()):
            label = child.get("content", {}).get("uri", "?")
            if child["geometricError"] > tile["geometricError"]:
                self.say("tiles.error", name, child=label, found=child["geometricError"], parent=tile["geometricError"])
            self._within(name, label, _placed(child, own), box)
            self._tile(name, child, own)
        if "content" in tile:
            told = self._content(name, tile, _Above(box, float(tile["geometricError"]), own))
            if told is not None and not self.on_demand and told != self.features - before:
                self.say(
                    "tiles.table", name, why=f"{tile['content']['uri']}: {self.features - before} of {told} entities"
                )

    def _within(self, name: str, label: str, inner: Floats, outer: Floats) -> None:
        outside = _outside(_corners(inner), outer)
        if outside > _TOLERANCE:
            self.say("tiles.contain", name, child=label, metres=round(outside, 3))

    def _content(self, name: str, tile: Json, here: "_Above") -> int | None:
        """Look at what a tile shows; returns how many entities it says it stands for, if it stands for some."""
        uri = tile["content"]["uri"]
        if self.on_demand and "?" in uri:
            return None
        blob = blob_of(uri)
        if not self.sink.has(blob):
            self.say("tiles.missing", name, uri=uri)
        elif blob.endswith(".json"):
            self.tileset(blob, here)
        else:
            return self._glb(blob, _box(tile))
        return None

    def _glb(self, name: str, box: Floats) -> int | None:
        try:
            glb = Glb(gzip.decompress(self.sink.get(name)))
            faults, points = list(glb.faults()), glb.extremes()
        except (ValueError, KeyError, IndexError, OSError, EOFError, zlib.error) as error:
            self.say("tiles.content", name, why=f"{type(error).__name__}: {error}")
            return None
        for why in faults:
            self.say("tiles.table", name, why=why)
        if len(points) and _outside(points, box) > _TOLERANCE:
            self.say("tiles.contain", name, child="POSITION", metres=round(_outside(points, box), 3))
        if faults:
            return None
        if glb.points is not None:
            self.points += glb.points
            return None
        if not glb.stands_for_others:
            self._entities(name, glb)
        return int(glb.numbers("count").sum()) if glb.stands_for_others and not glb.through_time else None

    def _entities(self, name: str, glb: Glb) -> None:
        """Every entity stands in one tile only, be it as several features; in history tiles, every version of it."""
        codes = glb.texts("code")
        days = glb.numbers("valid_from").tolist() if glb.through_time else [0] * len(codes)
        found = set(zip(codes, days, strict=True))
        self.features += len(found)
        for code, day in sorted(found):
            elsewhere = self.versions.setdefault((code, day), name)
            if elsewhere != name:
                self.say("tiles.table", name, why=f"{code}: {elsewhere}")

    def _read_outside(self, name: str, document: Json) -> None:
        try:
            tileset = TileSet.from_dict(document)
        except (KeyError, TypeError, ValueError, NotImplementedError, Py3dtilesException) as error:
            self.say("tiles.reader", name, why=str(error))
            return
        tiles = [tileset.root_tile, *tileset.root_tile.get_all_children()]
        uris = sum(tile.has_content() for tile in tiles)
        if uris != sum(1 for _ in content_uris(document["root"])):
            self.say("tiles.reader", name, why=f"{uris} contents")


def _schema_faults(document: object) -> Iterator[str]:
    """What in a tileset file does not follow 3D Tiles 1.1."""
    if not isinstance(document, dict) or document.get("asset", {}).get("version") != "1.1":
        yield "asset.version"
        return
    if not _is_error(document.get("geometricError")):
        yield "geometricError"
    if not isinstance(document.get("root"), dict):
        yield "root"
        return
    if "refine" not in document["root"]:
        yield "root.refine"
    yield from _tile_faults(document["root"], "root")
    yield from _metadata_faults(document)


def _tile_faults(tile: Json, place: str) -> Iterator[str]:
    if not _is_error(tile.get("geometricError")):
        yield f"{place}.geometricError"
    if tile.get("refine", "ADD") not in ("ADD", "REPLACE"):
        yield f"{place}.refine"
    if not _are_numbers(tile.get("boundingVolume", {}).get("box"), 12):
        yield f"{place}.boundingVolume.box"
    if "transform" in tile and not _are_numbers(tile["transform"], 16):
        yield f"{place}.transform"
    if "content" in tile and not isinstance(tile["content"].get("uri"), str):
        yield f"{place}.content.uri"
    if tile.get("children", [None]) == []:
        yield f"{place}.children"
    for number, child in enumerate(tile.get("children", ())):
        yield from _tile_faults(child, f"{place}.children[{number}]")


def _metadata_faults(document: Json) -> Iterator[str]:
    """What is said of the tileset and of tiles that the schema does not know, or knows to be of another type."""
    classes = document.get("schema", {}).get("classes", {})
    for one in (document, *_below(document["root"])):
        said = one.get("metadata", {})
        declared = classes.get(said.get("class"), {}).get("properties", {})
        for name, value in sorted(said.get("properties", {}).items()):
            if name not in declared or not _fits(value, declared[name]):
                yield f"metadata.properties.{name}"


def _below(tile: Json) -> Iterator[Json]:
    yield tile
    for child in tile.get("children", ()):
        yield from _below(child)


def _fits(value: object, declared: Json) -> bool:
    """Whether a value is of the type that a schema says; the schemas of our tilesets have texts and single numbers."""
    if declared["type"] == "STRING":
        return isinstance(value, str)
    kind = np.dtype(str(declared["componentType"]).lower())
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        return False
    return kind.kind == "f" or (isinstance(value, int) and np.iinfo(kind).min <= value <= np.iinfo(kind).max)


def _matrix(tile: Json) -> Floats:
    return np.array(tile.get("transform", np.eye(4).ravel()), np.float64).reshape(4, 4).T


def _box(tile: Json) -> Floats:
    """A tile's box as (4, 3): its middle and its three half axes."""
    return np.array(tile["boundingVolume"]["box"], np.float64).reshape(4, 3)


def _placed(tile: Json, around: Floats) -> Floats:
    """A tile's box in geocentric coordinates."""
    matrix = around @ _matrix(tile)
    box = _box(tile) @ matrix[:3, :3].T
    box[0] += matrix[:3, 3]
    return box


def _corners(box: Floats) -> Floats:
    corners: Floats = box[0] + _SIGNS @ box[1:]
    return corners


def _outside(points: Floats, box: Floats) -> float:
    """How far the points stand out of a box at most, in metres."""
    lengths = np.linalg.norm(box[1:], axis=1)
    along = np.abs((points - box[0]) @ (box[1:] / lengths[:, None]).T)
    return float(np.max(along - lengths))


def _is_error(value: object) -> bool:
    return isinstance(value, int | float) and np.isfinite(value) and value >= 0


def _are_numbers(value: object, count: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) == count
        and all(isinstance(number, int | float) and np.isfinite(number) for number in value)
    )
