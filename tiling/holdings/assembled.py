"""Tilesets of tilesets: of all holdings of one kind that stand at a moment, and of all layers of the scene.

Each has one tile for each that it leads to. It depends on nothing but those, so its bytes, and with them its ETag,
change when they do and not before.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np

from tiling.building.settings import ROOT_ERROR
from tiling.geometry.volumes import box_around, corners

Json = dict[str, Any]

_GENERATOR: Final = "Shikong holdings 1"
_SCENE: Final = "Shikong scene 1"
_NOWHERE: Final = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
_STRING: Final[Json] = {"type": "STRING"}
_DAY: Final[Json] = {"type": "SCALAR", "componentType": "INT32"}
_METRES: Final[Json] = {"type": "SCALAR", "componentType": "FLOAT64", "noData": -1.0}
_COUNT: Final[Json] = {"type": "SCALAR", "componentType": "UINT32"}


@dataclass(frozen=True, slots=True)
class Piece:
    """One holding as a tile: what a client is told of it, where its tileset is, and the box and error of that.

    `valid_from` and `valid_to` are days since 1970-01-01; `resolution` is in metres.
    """

    code: str
    name: str
    valid_from: int
    valid_to: int
    resolution: float | None
    uri: str
    box: tuple[float, ...]
    error: float


@dataclass(frozen=True, slots=True)
class Part:
    """One layer of the scene as a tile: its name and title, where its tileset is, and the box and error of that."""

    layer: str
    title: str
    uri: str
    box: tuple[float, ...]
    error: float

    @classmethod
    def of(cls, layer: str, title: str, uri: str, tileset: bytes) -> Self | None:
        """The part that a layer's root tileset is; None where nothing stands in it."""
        root = json.loads(tileset)["root"]
        if not root.get("children"):
            return None
        return cls(layer, title, uri, tuple(root["boundingVolume"]["box"]), float(root["geometricError"]))


def scene(parts: Sequence[Part]) -> bytes:
    """The bytes of the tileset of the whole scene, layers in the order given."""
    tiles = [_leading(part, "layer", {"layer": part.layer, "title": part.title}) for part in parts]
    return _written(_SCENE, parts, tiles, {"title": "The whole scene", "layers": len(parts)}, _SCENE_SCHEMA)


def assembled(pieces: Sequence[Piece], title: str, elsewhere: Sequence[str] = ()) -> bytes:
    """The bytes of the tileset; `elsewhere` are the codes of holdings that stand but whose files are not here."""
    tiles = [_tile(piece) for piece in sorted(pieces, key=lambda piece: piece.code)]
    said = {"title": title, "holdings": len(pieces), "elsewhere": ", ".join(sorted(elsewhere))}
    return _written(_GENERATOR, pieces, tiles, said, _SCHEMA)


def _written(generator: str, pieces: Sequence[Piece | Part], tiles: list[Json], said: Json, schema: Json) -> bytes:
    root: Json = {"boundingVolume": {"box": _around(pieces)}, "geometricError": _error(pieces), "refine": "ADD"}
    if tiles:
        root["children"] = tiles
    document: Json = {
        "asset": {"generator": generator, "version": "1.1"},
        "geometricError": 2 * root["geometricError"],
        "metadata": {"class": "tileset", "properties": said},
        "root": root,
        "schema": schema,
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode() + b"\n"


def _tile(piece: Piece) -> Json:
    said: Json = {
        "code": piece.code,
        "name": piece.name,
        "valid_from": piece.valid_from,
        "valid_to": piece.valid_to,
        "resolution": -1.0 if piece.resolution is None else piece.resolution,
    }
    return _leading(piece, "holding", said)


def _leading(to: Piece | Part, kind: str, said: Json) -> Json:
    """The tile that leads to another tileset, and what it says of that."""
    return {
        "boundingVolume": {"box": list(to.box)},
        "content": {"uri": to.uri},
        "geometricError": to.error,
        "metadata": {"class": kind, "properties": said},
        "refine": "ADD",
    }


def _around(pieces: Sequence[Piece | Part]) -> list[float]:
    if not pieces:
        return _NOWHERE
    points = [corners({"box": piece.box}, np.eye(4)) for piece in pieces]
    return box_around(np.concatenate(points))


def _error(pieces: Sequence[Piece | Part]) -> float:
    """The whole is always opened; a holding's own error says from how far its content is."""
    return max([float(ROOT_ERROR), *(piece.error for piece in pieces)])


def _property(description: str, kind: Json) -> Json:
    return {"description": description, **kind}


_SCHEMA: Final[Json] = {
    "id": "shikong",
    "classes": {
        "holding": {
            "properties": {
                "code": _property("Entity code of the holding", _STRING),
                "name": _property("What it is called", _STRING),
                "valid_from": _property("First day it shows, in days since 1970-01-01", _DAY),
                "valid_to": _property("First day it shows no longer, in days since 1970-01-01", _DAY),
                "resolution": _property("How fine it is, in metres", _METRES),
            }
        },
        "tileset": {
            "properties": {
                "title": _property("What the layer shows", _STRING),
                "holdings": _property("How many holdings stand in it", _COUNT),
                "elsewhere": _property("Codes of holdings whose files are not here", _STRING),
            }
        },
    },
}

_SCENE_SCHEMA: Final[Json] = {
    "id": "shikong",
    "classes": {
        # CesiumJS looks tiles of tilesets below up in the schema of the uppermost.
        "holding": _SCHEMA["classes"]["holding"],
        "layer": {
            "properties": {
                "layer": _property("Name of the layer in addresses", _STRING),
                "title": _property("What the layer shows", _STRING),
            }
        },
        "tileset": {
            "properties": {
                "title": _property("What it shows", _STRING),
                "layers": _property("How many layers hold something", _COUNT),
            }
        },
    },
}
