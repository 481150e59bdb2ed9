"""The tileset of all holdings of one kind that stand at a moment: one tile each, which leads to the holding's own.

It depends on nothing but the holdings, so its bytes, and with them its ETag, change when they do and not before.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tiling.settings import ROOT_ERROR
from tiling.volumes import box_around, corners

Json = dict[str, Any]

_GENERATOR: Final = "Shikong holdings 1"
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


def assembled(pieces: Sequence[Piece], title: str, elsewhere: Sequence[str] = ()) -> bytes:
    """The bytes of the tileset; `elsewhere` are the codes of holdings that stand but whose files are not here."""
    root: Json = {"boundingVolume": {"box": _around(pieces)}, "geometricError": _error(pieces), "refine": "ADD"}
    if pieces:
        root["children"] = [_tile(piece) for piece in sorted(pieces, key=lambda piece: piece.code)]
    said = {"title": title, "holdings": len(pieces), "elsewhere": ", ".join(sorted(elsewhere))}
    document: Json = {
        "asset": {"generator": _GENERATOR, "version": "1.1"},
        "geometricError": 2 * root["geometricError"],
        "metadata": {"class": "tileset", "properties": said},
        "root": root,
        "schema": _SCHEMA,
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
    return {
        "boundingVolume": {"box": list(piece.box)},
        "content": {"uri": piece.uri},
        "geometricError": piece.error,
        "metadata": {"class": "holding", "properties": said},
        "refine": "ADD",
    }


def _around(pieces: Sequence[Piece]) -> list[float]:
    if not pieces:
        return _NOWHERE
    points = [corners({"box": piece.box}, np.eye(4)) for piece in pieces]
    return box_around(np.concatenate(points))


def _error(pieces: Sequence[Piece]) -> float:
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
