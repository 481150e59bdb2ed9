"""Leaves as a tree of 3D Tiles 1.1 tilesets, deterministic to the byte.

The root tileset names one tileset for each cell of level 9, those name one for each cell of level 13, and those name
the leaves' contents; a cell of level 13 that is a leaf itself is named by level 9 at once. A tileset file is named by
the hash of what it is made of, so a name that is there already need not be written again. Volumes are boxes upright in
their own cell, each around its children's boxes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from entities.model import Moment, day_text
from entities.position import Keys
from tiling.ecef import Frame
from tiling.grid import COARSEST, TIERS, centres, first_keys, names
from tiling.mesh import ERROR, STEP
from tiling.plan import Leaves
from tiling.settings import ROOT_ERROR, Layer, Settings

Json = dict[str, Any]

WRITER: Final = 1
"""The version of the way tilesets are written; raised whenever the same tree comes out as other bytes."""

_LEAST: Final = np.array([-1, -1, -1, 1, 1, 1])
_CORNERS: Final = np.array([[east, north, up] for east in (0, 3) for north in (1, 4) for up in (2, 5)])


@dataclass(frozen=True, slots=True)
class Nodes:
    """Tiles of one tier in the order of their keys, each named by the blob it shows."""

    first: Keys
    level: NDArray[np.uint8]
    extent: NDArray[np.int64]  # (n, 6) smallest and largest east, north, up in steps, in each cell's own frame
    uris: list[str]

    def part(self, rows: NDArray[np.intp] | slice) -> "Nodes":
        """Some of the nodes, in the order given."""
        chosen = np.arange(len(self.first))[rows].tolist()
        return Nodes(self.first[rows], self.level[rows], self.extent[rows], [self.uris[row] for row in chosen])

    def frames(self) -> Frame:
        """The frame of each node's cell."""
        return Frame.at(*centres(self.first, self.level))


@dataclass(frozen=True, slots=True)
class Tree:
    """All tilesets over some leaves: the nodes of the uppermost tier, and the children that each file names."""

    layer: Layer
    top: Nodes
    files: Mapping[str, tuple[Nodes, Nodes]]  # name: the file's own node and its children

    def written(self, name: str) -> bytes:
        """The bytes of one of the files."""
        own, children = self.files[name]
        error = self.layer.error(int(own.level[0]))
        tiles = list(_tiles(children, "../", self.layer))
        root = {**_volume(_around(own)[0]), "children": tiles, "geometricError": error}
        return _text({"asset": {"version": "1.1"}, "geometricError": error, "root": {**root, "refine": "ADD"}})


def tree(leaves: Leaves, uris: Sequence[str], layer: Layer) -> Tree:
    """Gather a layer's leaves, drawn and named, under tilesets."""
    nodes = Nodes(leaves["first"], leaves["level"], leaves["extent"].astype(np.int64), list(uris))
    alone = nodes.level == COARSEST
    deep, deep_files = _gathered(nodes.part(np.flatnonzero(~alone)), TIERS[1], layer)
    wide, wide_files = _gathered(_together(deep, nodes.part(np.flatnonzero(alone))), TIERS[0], layer)
    return Tree(layer, wide, {**wide_files, **deep_files})


def root_tileset(
    top: Nodes, moment: Moment, settings: Settings, features: int, extras: Mapping[str, str] | None = None
) -> bytes:
    """The bytes of the tileset that names the uppermost tier and says what the whole is and was made of."""
    described = _metadata(moment, settings, features)
    root: Json = {**_volume(_root_box(top)), "geometricError": ROOT_ERROR, "refine": "ADD"}
    if len(top.first):
        root["children"] = list(_tiles(top, "", settings.layer))
    version = f"{day_text(moment.valid_at)}.{moment.known_at}"
    asset: Json = {"generator": f"Shikong {WRITER}", "tilesetVersion": version, "version": "1.1"}
    if extras:
        asset["extras"] = dict(extras)
    return _text({"asset": asset, "geometricError": 2 * ROOT_ERROR, "root": root, **described})


def _gathered(children: Nodes, level: int, layer: Layer) -> tuple[Nodes, dict[str, tuple[Nodes, Nodes]]]:
    """The nodes of `level` above some children, and the file of each."""
    own = first_keys(children.first, level)
    starts = np.flatnonzero(np.append(True, own[1:] != own[:-1])[: len(own)])
    first, levels = own[starts], np.full(len(starts), level, np.uint8)
    extent = _extents(children, Frame.at(*centres(first, levels)), starts)
    groups = [children.part(slice(start, end)) for start, end in pairwise([*starts.tolist(), len(own)])]
    places = names(first, levels)
    uris = [f"t/{place}-{_hash(group, layer.error(level))}.json" for place, group in zip(places, groups, strict=True)]
    nodes = Nodes(first, levels, extent, uris)
    own_nodes = [nodes.part(slice(row, row + 1)) for row in range(len(uris))]
    return nodes, dict(zip(uris, zip(own_nodes, groups, strict=True), strict=True))


def _extents(children: Nodes, frames: Frame, starts: NDArray[np.intp]) -> NDArray[np.int64]:
    """Extents in the parents' frames around the children's boxes; parent k has the children from `starts[k]` on."""
    if not len(starts):
        return np.zeros((0, 6), np.int64)
    parents = np.repeat(np.arange(len(starts)), np.diff([*starts, len(children.first)]))
    corners = children.frames().geocentric(corners_of(children.extent))
    local = Frame(frames.origin[parents], frames.axes[parents]).local(corners) / STEP
    least = np.minimum.reduceat(np.floor(local.min(axis=1)), starts)
    most = np.maximum.reduceat(np.ceil(local.max(axis=1)), starts)
    extents: NDArray[np.int64] = np.concatenate([least, most], axis=1).astype(np.int64)
    return extents


def corners_of(extents: NDArray[np.int64]) -> NDArray[np.float64]:
    """The corners (n, 8, 3) of boxes one step wider than the extents, in metres."""
    corners: NDArray[np.float64] = (extents + _LEAST)[:, _CORNERS] * STEP
    return corners


def _together(some: Nodes, others: Nodes) -> Nodes:
    joined = Nodes(
        np.concatenate([some.first, others.first]),
        np.concatenate([some.level, others.level]),
        np.concatenate([some.extent, others.extent]),
        some.uris + others.uris,
    )
    return joined.part(np.argsort(joined.first))


def _hash(children: Nodes, error: int) -> str:
    found = blake2b(b"%d %d" % (WRITER, error), digest_size=12)
    for part in (children.first, children.level, children.extent):
        found.update(np.ascontiguousarray(part).tobytes())
    found.update("\n".join(children.uris).encode())
    return found.hexdigest()


def _tiles(nodes: Nodes, upward: str, layer: Layer) -> Iterator[Json]:
    """Each node as a tile: leaves in their own frame, tilesets in geocentric coordinates."""
    frames = nodes.frames()
    boxes = _around(nodes)
    for row, uri in enumerate(nodes.uris):
        level = int(nodes.level[row])
        content = {"uri": upward + uri}
        if uri.startswith("c/"):
            frame = Frame(frames.origin[row], frames.axes[row])
            box = _box((nodes.extent[row] + _LEAST) * STEP)
            yield {**_volume(box), "content": content, "geometricError": 0, "transform": frame.matrix()}
        else:
            yield {**_volume(boxes[row]), "content": content, "geometricError": layer.error(level)}


def _around(nodes: Nodes) -> list[list[float]]:
    """The geocentric box of each node."""
    return _upright(nodes.extent, nodes.frames())


def _upright(extents: NDArray[np.int64], frames: Frame) -> list[list[float]]:
    """Geocentric boxes, each upright in its own frame."""
    spans = (extents + _LEAST) * STEP
    middles = frames.geocentric((spans[:, None, :3] + spans[:, None, 3:]) / 2)[:, 0]
    halves = frames.axes * ((spans[:, 3:] - spans[:, :3]) / 2)[:, :, None]
    # A short axis that is rounded much turns the far ends of the long ones out of the box.
    numbers = np.concatenate([np.round(middles, 4), np.round(halves, 9).reshape(-1, 9)], axis=1) + 0.0
    return [[float(number) for number in box] for box in numbers]


def _box(span: NDArray[np.float64]) -> list[float]:
    middle, half = (span[:3] + span[3:]) / 2, (span[3:] - span[:3]) / 2
    return [*middle.tolist(), *np.diag(half).ravel().tolist()]


def _root_box(top: Nodes) -> list[float]:
    """The geocentric box around the uppermost tier, upright at its middle."""
    if not len(top.first):
        return _box(np.array([-1.0, -1.0, -1.0, 1.0, 1.0, 1.0]))
    lon, lat = centres(top.first, top.level)
    frame = Frame.at([(lon.min() + lon.max()) / 2], [(lat.min() + lat.max()) / 2])
    return _upright(_extents(top, frame, np.array([0])), frame)[0]


def _metadata(moment: Moment, settings: Settings, features: int) -> Json:
    """What the tileset says of itself: 3D Tiles metadata with its schema."""
    said: list[tuple[str, str, str | int | float, Json]] = [
        ("title", "What the layer shows", settings.title, _STRING),
        ("features", "How many entities stand in the layer", features, _UINT32),
        ("valid_day", "The day it shows, Beijing time", day_text(moment.valid_at), _STRING),
        ("transaction", "The last transaction it knows of", moment.known_at, _UINT32),
        ("horizontal_datum", "Datum of the base's positions", "CGCS2000 (EPSG:4490)", _STRING),
        ("height_datum", "Datum of the base's heights", "1985 (EPSG:5737)", _STRING),
        ("height_anomaly", "What was added to reach the ellipsoid", settings.anomaly.value, _STRING),
        ("height_anomaly_source", "Who says so", settings.anomaly.source, _STRING),
        ("vertex_error", "How far a vertex may be moved by rounding, in metres", ERROR, _FLOAT64),
    ]
    properties = {name: {"description": meaning, **kind} for name, meaning, _, kind in said}
    schema = {"classes": {"tileset": {"properties": properties}}, "id": "shikong"}
    values = {name: value for name, _, value, _ in said}
    return {"metadata": {"class": "tileset", "properties": values}, "schema": schema}


_STRING: Final[Json] = {"type": "STRING"}
_UINT32: Final[Json] = {"componentType": "UINT32", "type": "SCALAR"}
_FLOAT64: Final[Json] = {"componentType": "FLOAT64", "type": "SCALAR"}


def _volume(box: list[float]) -> Json:
    return {"boundingVolume": {"box": box}}


def _text(document: Json) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode() + b"\n"
