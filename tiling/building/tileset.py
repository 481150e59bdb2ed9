"""The files of a tree as 3D Tiles 1.1, deterministic to the byte.

A coarse tile is shown until those below it are there, and then gives way to them (`REPLACE`). It and the leaves have
boxes in their own frame, and a transform from that to the frame of the tile around them; a tile that names a file is in
geocentric coordinates, as the file is.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from entities.model import Moment, day_text
from tiling.building.settings import ROOT_ERROR, Settings
from tiling.building.tree import LEAST, WRITER, Branch, Nodes, Tree, extents_over
from tiling.ecef import ACCURACY, EARTH, Frame
from tiling.elevation.surface import COARSER
from tiling.geometry.mesh import ERROR, STEP
from tiling.grid import centres

Json = dict[str, Any]
_Said = tuple[str, str, str | int | float | None, Json]


def written(tree: Tree, name: str) -> bytes:
    """The bytes of one of the tree's files."""
    root = _Writer(tree, "../").beginning(tree.files[name])
    return _text({"asset": {"version": "1.1"}, "geometricError": root["geometricError"], "root": root})


def root_tileset(tree: Tree, moment: Moment, settings: Settings, features: int | None = None) -> bytes:
    """The bytes of the tileset that names the uppermost files and says what the whole is and was made of.

    Without `features` it leaves out how many there are.
    """
    described = _metadata(moment, settings, features)
    root: Json = {**_volume(_root_box(tree.top)), "geometricError": ROOT_ERROR, "refine": "ADD"}
    if len(tree.top.first):
        root["children"] = list(_Writer(tree, "").tiles(tree.top, EARTH))
    day = "history" if settings.history else day_text(moment.valid_at)
    version = f"{day}.{moment.known_at}"
    asset: Json = {"generator": f"Shikong {WRITER}", "tilesetVersion": version, "version": "1.1"}
    return _text({"asset": asset, "geometricError": 2 * ROOT_ERROR, "root": root, **described})


class _Writer:
    """Writes tiles of one file; `upward` leads from the file's folder to that of the whole."""

    def __init__(self, tree: Tree, upward: str) -> None:
        self.tree, self.upward = tree, upward

    def beginning(self, branch: Branch) -> Json:
        """The first tile of a file."""
        if branch.content is not None:
            return self.coarse(branch, _placed(branch.own, EARTH)[0], branch.own.frames.some(0))
        box = _upright(branch.own.extent, branch.own.frames)[0]
        children = {"children": tiles} if (tiles := list(self.tiles(branch.children, EARTH))) else {}
        return {**_volume(box), **children, "geometricError": self.error(branch), "refine": "ADD"}

    def tiles(self, nodes: Nodes, around: Frame) -> Iterator[Json]:
        """Each node as a tile within one of the frame `around`."""
        placed = _placed(nodes, around)
        boxes = _upright(nodes.extent, nodes.frames) if any(uri.startswith("t/") for uri in nodes.uris) else []
        for row, uri in enumerate(nodes.uris):
            if uri in self.tree.branches:
                yield self.coarse(self.tree.branches[uri], placed[row], nodes.frames.some(row))
            elif uri.startswith("c/"):
                yield {**placed[row], "content": {"uri": self.upward + uri}, "geometricError": 0}
            else:
                error = self.tree.layer.error(int(nodes.level[row]))
                tile = {**_volume(boxes[row]), "content": {"uri": self.upward + uri}, "geometricError": error}
                yield tile if around is EARTH else {**tile, "transform": EARTH.seen_from(around).matrix()}

    def coarse(self, branch: Branch, placed: Json, frame: Frame) -> Json:
        """A tile with coarse content, and those that replace it."""
        return {
            **placed,
            "content": {"uri": f"{self.upward}{branch.content}"},
            "children": list(self.tiles(branch.children, frame)),
            "geometricError": self.error(branch),
            "refine": "REPLACE",
        }

    def error(self, branch: Branch) -> int:
        return self.tree.layer.error(int(branch.own.level[0]))


def _placed(nodes: Nodes, around: Frame) -> list[Json]:
    """Where tiles with content in frames of their own stand within another frame."""
    pairs = zip(_boxes((nodes.extent + LEAST) * STEP), nodes.frames.seen_from(around).matrices(), strict=True)
    return [{**_volume(box), "transform": matrix} for box, matrix in pairs]


def _upright(extents: NDArray[np.int64], frames: Frame) -> list[list[float]]:
    """Geocentric boxes, each upright in its own frame."""
    spans = (extents + LEAST) * STEP
    middles = frames.geocentric((spans[:, None, :3] + spans[:, None, 3:]) / 2)[:, 0]
    halves = frames.axes * ((spans[:, 3:] - spans[:, :3]) / 2)[:, :, None]
    # A short axis that is rounded much turns the far ends of the long ones out of the box.
    numbers = np.concatenate([np.round(middles, 4), np.round(halves, 9).reshape(-1, 9)], axis=1) + 0.0
    return [[float(number) for number in box] for box in numbers]


def _boxes(spans: NDArray[np.float64]) -> list[list[float]]:
    found = np.zeros((len(spans), 12))
    found[:, :3], found[:, 3::4] = (spans[:, :3] + spans[:, 3:]) / 2, (spans[:, 3:] - spans[:, :3]) / 2
    boxes: list[list[float]] = found.tolist()
    return boxes


def _root_box(top: Nodes) -> list[float]:
    """The geocentric box around the uppermost tier, upright at its middle."""
    if not len(top.first):
        return _boxes(np.array([[-1.0, -1.0, -1.0, 1.0, 1.0, 1.0]]))[0]
    lon, lat = centres(top.first, top.level)
    frame = Frame.at([(lon.min() + lon.max()) / 2], [(lat.min() + lat.max()) / 2])
    return _upright(extents_over(top, frame, np.array([0])), frame)[0]


def _metadata(moment: Moment, settings: Settings, features: int | None) -> Json:
    """What the tileset says of itself: 3D Tiles metadata with its schema."""
    said: list[_Said] = [
        ("title", "What the layer shows", settings.title, _STRING),
        *_time(moment, settings, features),
        ("transaction", "The last transaction it knows of", moment.known_at, _UINT32),
        ("horizontal_datum", "Datum of the base's positions", "CGCS2000 (EPSG:4490)", _STRING),
        ("height_datum", "Datum of the base's heights", "1985 (EPSG:5737)", _STRING),
        ("height_anomaly", "What was added to reach the ellipsoid", settings.anomaly.value, _STRING),
        ("height_anomaly_source", "Who says so", settings.anomaly.source, _STRING),
        ("position_error", "How far a position may be off in geocentric coordinates, in metres", ACCURACY, _FLOAT64),
        ("vertex_error", "How far a vertex may be moved by rounding, in metres", ERROR, _FLOAT64),
    ]
    if settings.layer.raised is not None:
        lift = "How far above surveyed ground lies what has no height of its own, in metres"
        off = "How far that may be off besides, in metres, or as far as the finest terrain is where that is more"
        said += [("ground_lift", lift, settings.layer.raised, _FLOAT64), ("ground_error", off, COARSER, _FLOAT64)]
    properties = {name: {"description": meaning, **kind} for name, meaning, _, kind in said}
    schema = {"classes": {"tileset": {"properties": properties}}, "id": "shikong"}
    values = {name: value for name, _, value, _ in said if value is not None}
    return {"metadata": {"class": "tileset", "properties": values}, "schema": schema}


def _time(moment: Moment, settings: Settings, features: int | None) -> list[_Said]:
    """What is said of how much is in the tiles, and of when."""
    if not settings.history:
        return [
            ("features", "How many entities stand in the layer", features, _UINT32),
            ("valid_day", "The day it shows, Beijing time", day_text(moment.valid_at), _STRING),
        ]
    shown = "${valid_from} <= d && ${valid_to} > d"
    return [
        ("features", "How many versions of entities there are in the layer", features, _UINT32),
        ("valid_style", "Which features stand on the day d, in days since 1970-01-01, Beijing time", shown, _STRING),
    ]


_STRING: Final[Json] = {"type": "STRING"}
_UINT32: Final[Json] = {"componentType": "UINT32", "type": "SCALAR"}
_FLOAT64: Final[Json] = {"componentType": "FLOAT64", "type": "SCALAR"}


def _volume(box: list[float]) -> Json:
    return {"boundingVolume": {"box": box}}


def _text(document: Json) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode() + b"\n"
