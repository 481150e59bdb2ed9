"""Whatever is wrong in a document that others wrote, it is refused in words or adopted, and never a fault of ours."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from entities.errors import Invalid
from tests.tiling.meshes.made import ORDER, b3dm, city, filed, glb, old, prepared, tile
from tests.tiling.meshes.test_old_tiles import POINTS
from tiling.encoding.gltf import Binary, packed, unpacked

WRONG: tuple[Any, ...] = (None, -7, 1e300, "x", [], {}, [None], {"uri": 3})
PLACED = replace(ORDER, origin=(117.0, 36.6, 0.0))


def places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of a document; of a list only to its first, since the others are alike."""
    yield path
    for key, value in document.items() if isinstance(document, dict) else enumerate(document[:1]):
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))
        else:
            yield (*path, key)


def damaged(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The document with each of its values in turn left out or replaced by something else."""
    for path in places(document):
        if not path:
            continue
        for wrong in (..., *WRONG):
            other = copy.deepcopy(document)
            holder = other
            for key in path[:-1]:
                holder = holder[key]
            if wrong is ...:
                del holder[path[-1]]
            else:
                holder[path[-1]] = wrong
            yield f"{path}: {wrong}", other


def survives(said: str, path: Path, out: Path, order: Any = ORDER) -> None:
    """Refused or adopted; any other exception is a fault."""
    try:
        prepared(path, out, order)
    except Invalid:
        return
    except Exception as error:
        raise AssertionError(f"{said}: {type(error).__name__} {error}") from error


def test_a_damaged_tileset(tmp_path: Path) -> None:
    root = tile("a.glb", tile("b.json"), extensions={"3DTILES_multiple_contents": {"contents": [{"uri": "a.glb"}]}})
    implicit = {"subdivisionScheme": "QUADTREE", "subtrees": {"uri": "{level}.json"}}
    whole = json.loads(city({**root, "children": [*root["children"], tile("{level}.glb", implicitTiling=implicit)]}))
    files = {"b.json": city(tile("a.glb")), "a.glb": glb(), "0.json": b"{}", "0.glb": glb()}
    folder = filed(tmp_path / "in", files)
    for number, (said, document) in enumerate(damaged(whole)):
        (folder / "tileset.json").write_text(json.dumps(document))
        survives(said, folder, tmp_path / f"out{number}")


def test_a_damaged_model(tmp_path: Path) -> None:
    document, binary = unpacked(glb(images=[{"uri": "data:,"}], extensions={"CESIUM_RTC": {"center": [1.0, 2, 3]}}))
    rest = Binary([binary])
    rest.length = len(binary)
    for number, (said, other) in enumerate(damaged(document)):
        (tmp_path / "a.glb").write_bytes(packed(other, rest))
        survives(said, tmp_path / "a.glb", tmp_path / f"out{number}", PLACED)


@pytest.mark.parametrize("kind", ["b3dm", "pnts", "i3dm"])
def test_a_damaged_tile(kind: str, tmp_path: Path) -> None:
    feature: dict[str, Any] = {
        "b3dm": {"BATCH_LENGTH": 2, "RTC_CENTER": [1.0, 2.0, 3.0]},
        "pnts": {"POINTS_LENGTH": 3, "POSITION": {"byteOffset": 0}, "BATCH_ID": {"byteOffset": 0}, "BATCH_LENGTH": 2},
        "i3dm": {"INSTANCES_LENGTH": 2, "POSITION": {"byteOffset": 0}, "SCALE": {"byteOffset": 24}},
    }[kind]
    batch = {"name": ["a", "b"], "area": {"byteOffset": 0, "componentType": "FLOAT", "type": "SCALAR"}}
    folder = filed(tmp_path / "in", {"tileset.json": city(tile("a.b3dm"))})
    more = b"\1\0\0\0" if kind == "i3dm" else b""
    cases = [
        (said, other["feature"], other["batch"])
        for said, other in damaged({"feature": feature, "batch": batch})
        if len(other) == 2
    ]
    for number, (said, one, other) in enumerate(cases):
        if not isinstance(one, dict) or not isinstance(other, dict):
            continue
        body = glb([0, 1, 1])
        data = (
            b3dm(body, one, other, bytes(8))
            if kind == "b3dm"
            else old(kind.encode(), one, POINTS.tobytes(), other, bytes(8), body, more)
        )
        (folder / "a.b3dm").write_bytes(data)
        survives(said, folder, tmp_path / f"out{number}")


@pytest.mark.parametrize("name", ["tileset.json", "a.glb", "a.b3dm"])
def test_a_file_cut_off_anywhere(name: str, tmp_path: Path) -> None:
    whole = {
        "tileset.json": city(tile("a.glb", tile("a.b3dm"))),
        "a.glb": glb(),
        "a.b3dm": b3dm(glb([0, 1, 1]), {"BATCH_LENGTH": 2}, {"name": ["a", "b"]}),
    }
    folder = filed(tmp_path / "in", whole)
    for length in range(0, len(whole[name]) - 1, 7):
        (folder / name).write_bytes(whole[name][:length])
        with pytest.raises(Invalid):
            prepared(folder, tmp_path / f"out{length}")


def test_nested_deeper_than_anything_needs(tmp_path: Path) -> None:
    deep = b'{"asset":{"version":"1.0"},"geometricError":1,"root":' + b'{"children":[' * 5_000 + b"]}" * 5_000 + b"}"
    survives("deep", filed(tmp_path / "in", {"tileset.json": deep}), tmp_path / "out")
    with pytest.raises(Invalid, match=r"mesh\.tileset"):
        prepared(tmp_path / "in", tmp_path / "again")
