"""The checker finds each fault that is planted, and none where there is none."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.tiling.made import Base, settings, steep_house, town
from tiling.building.build import build
from tiling.encoding.gltf import unpacked
from tiling.stored.check import check
from tiling.stored.sink import POINTER, MemorySink

Json = dict[str, Any]


@pytest.fixture
def sink() -> MemorySink:
    found = MemorySink()
    build(Base().commit([*town(60), steep_house()]), found, settings(20))
    return found


def named(sink: MemorySink, prefix: str) -> str:
    return sorted(name for name in sink.names() if name.startswith(prefix))[0]


def edit(sink: MemorySink, name: str, change: Callable[[Json], object]) -> None:
    document = json.loads(sink.get(name))
    change(document)
    sink.put(name, json.dumps(document).encode())


def edit_glb(sink: MemorySink, change: Callable[[Json], object], prefix: str = "c/") -> None:
    """Change the JSON of a GLB, its length staying as it was."""
    name = named(sink, prefix)
    data = gzip.decompress(sink.get(name))
    document, binary = unpacked(data)
    change(document)
    size = int.from_bytes(data[12:16], "little")
    text = json.dumps(document, separators=(",", ":")).encode().ljust(size)
    assert len(text) == size
    sink.put(name, gzip.compress(data[:20] + text + data[20 + size :]))
    assert len(binary)


def rules(sink: MemorySink) -> set[str]:
    found = check(sink)
    for finding in found:
        assert "…" not in finding.sentence.zh + finding.sentence.en + finding.remedy.zh
    return {finding.rule for finding in found}


def test_what_was_built_is_in_order(sink: MemorySink) -> None:
    assert check(sink) == []


SCHEMA: list[Callable[[Json], object]] = [
    lambda document: document["asset"].update(version="1.0"),
    lambda document: document.pop("geometricError"),
    lambda document: document.update(geometricError=-1),
    lambda document: document.pop("root"),
    lambda document: document["root"].pop("refine"),
    lambda document: document["root"].pop("boundingVolume"),
    lambda document: document["root"]["boundingVolume"]["box"].pop(),
    lambda document: document["root"]["children"].clear(),
    lambda document: document["root"]["children"][0].pop("geometricError"),
    lambda document: document["root"]["children"][0]["transform"].pop(),
    lambda document: document["root"]["children"][0]["content"].pop("uri"),
    lambda document: document.update(metadata={"class": "none", "properties": {"a": 1}}),
]


@pytest.mark.parametrize("fault", range(len(SCHEMA)))
def test_schema(sink: MemorySink, fault: int) -> None:
    edit(sink, named(sink, "t/13"), SCHEMA[fault])
    assert "tiles.schema" in rules(sink)


@pytest.mark.parametrize(
    "said", [{"features": "x"}, {"features": -4}, {"features": 1.5}, {"title": 5}, {"vertex_error": True}, {"new": 1}]
)
def test_what_is_said_of_the_whole_is_of_the_type_that_is_told(sink: MemorySink, said: Json) -> None:
    edit(sink, POINTER, lambda document: document["metadata"]["properties"].update(said))
    assert "tiles.schema" in rules(sink)


@pytest.mark.parametrize("blob", [b"", b"{", b"[]", b"\xff\xfe"])
def test_a_tileset_that_is_no_json(sink: MemorySink, blob: bytes) -> None:
    sink.put(named(sink, "t/13"), blob)
    assert "tiles.schema" in rules(sink)


def test_a_leaf_outside_its_parent(sink: MemorySink) -> None:
    def widen(document: Json) -> None:
        document["root"]["children"][0]["boundingVolume"]["box"][3] += 3_000

    edit(sink, named(sink, "t/13"), widen)
    assert rules(sink) == {"tiles.contain"}


def test_a_leaf_that_was_moved(sink: MemorySink) -> None:
    def move(document: Json) -> None:
        document["root"]["children"][0]["transform"][14] += 50

    edit(sink, named(sink, "t/13"), move)
    assert rules(sink) == {"tiles.contain"}


def test_a_tileset_outside_the_tile_that_names_it(sink: MemorySink) -> None:
    def narrow(document: Json) -> None:
        box = np.array(document["root"]["children"][0]["boundingVolume"]["box"])
        document["root"]["children"][0]["boundingVolume"]["box"] = [*box[:3], *(box[3:] * 0.9)]

    edit(sink, POINTER, narrow)
    assert rules(sink) == {"tiles.contain"}


def test_content_outside_its_tile(sink: MemorySink) -> None:
    def narrow(document: Json) -> None:
        for child in document["root"]["children"]:
            child["boundingVolume"]["box"][11] -= 0.5

    edit(sink, named(sink, "t/13"), narrow)
    assert rules(sink) == {"tiles.contain"}


@pytest.mark.parametrize("name", [POINTER, "t/9", "t/13"])
def test_a_geometric_error_that_grows(sink: MemorySink, name: str) -> None:
    edit(sink, named(sink, name), lambda document: document["root"]["children"][0].update(geometricError=50_000))
    assert "tiles.error" in rules(sink)


def test_a_tileset_whose_error_is_above_that_of_the_tile_that_names_it(sink: MemorySink) -> None:
    def grow(document: Json) -> None:
        document["geometricError"] = document["root"]["geometricError"] = 2_000

    edit(sink, named(sink, "t/13"), grow)
    assert rules(sink) == {"tiles.error"}


def test_a_root_whose_error_is_above_the_tilesets(sink: MemorySink) -> None:
    edit(sink, named(sink, "t/13"), lambda document: document.update(geometricError=1))
    assert rules(sink) == {"tiles.error"}


@pytest.mark.parametrize("prefix", ["c/", "t/9", "t/13"])
def test_a_missing_file(sink: MemorySink, prefix: str) -> None:
    sink.delete(named(sink, prefix))
    found = rules(sink)
    assert "tiles.missing" in found


def test_a_file_nobody_shows(sink: MemorySink) -> None:
    sink.put("c/13-1-1-left.glb", b"")
    found = check(sink)
    assert [(finding.rule, finding.severity) for finding in found] == [("tiles.unreachable", "warning")]


def test_a_content_that_is_cut_short(sink: MemorySink) -> None:
    name = named(sink, "c/")
    whole = sink.get(name)
    for blob in (b"", whole[:100], gzip.compress(gzip.decompress(whole)[:-100]), gzip.compress(b"glTF")):
        sink.put(name, blob)
        assert "tiles.content" in rules(sink)


def metadata(document: Json) -> Json:
    found: Json = document["extensions"]["EXT_structural_metadata"]
    return found


TABLE: dict[str, Callable[[Json], object]] = {
    "a row too few": lambda document: metadata(document)["propertyTables"][0].update(count=3),
    "undeclared": lambda document: metadata(document)["schema"]["classes"]["building"]["properties"].pop("height"),
    "offsets of another column": lambda document: metadata(document)["propertyTables"][0]["properties"]["code"].update(
        values=metadata(document)["propertyTables"][0]["properties"]["class"]["values"]
    ),
    "numbers of another column": lambda document: metadata(document)["propertyTables"][0]["properties"][
        "height"
    ].update(values=metadata(document)["propertyTables"][0]["properties"]["class"]["values"]),
    "another count of features": lambda document: document["meshes"][0]["primitives"][0]["extensions"][
        "EXT_mesh_features"
    ]["featureIds"][0].update(featureCount=4),
}


@pytest.mark.parametrize("fault", TABLE)
def test_a_table_that_does_not_fit(sink: MemorySink, fault: str) -> None:
    edit_glb(sink, TABLE[fault])
    assert "tiles.table" in rules(sink)


def test_an_entity_in_two_tiles(sink: MemorySink) -> None:
    def twice(document: Json) -> None:
        children = document["root"]["children"]
        children.append({**children[0], "content": {"uri": "../c/again.glb"}})

    sink.put(
        "c/again.glb", sink.get(json.loads(sink.get(named(sink, "t/13")))["root"]["children"][0]["content"]["uri"][3:])
    )
    edit(sink, named(sink, "t/13"), twice)
    assert "tiles.table" in rules(sink)


def test_an_entity_that_is_told_of_and_not_there(sink: MemorySink) -> None:
    edit(sink, POINTER, lambda document: document["metadata"]["properties"].update(features=62))
    assert rules(sink) == {"tiles.table"}


def test_a_coarse_tile_that_stands_for_more_than_there_is(sink: MemorySink) -> None:
    edit(sink, named(sink, "t/13"), lambda document: document["root"]["children"].pop())
    edit(sink, POINTER, lambda document: document["metadata"]["properties"].pop("features"))
    assert "tiles.table" in rules(sink)


def test_what_py3dtiles_does_not_read(sink: MemorySink) -> None:
    def odd(document: Json) -> None:
        document["root"]["extensions"] = ["3DTILES_unheard_of"]

    edit(sink, named(sink, "t/13"), odd)
    assert rules(sink) == {"tiles.reader"}


def test_what_an_earlier_program_left_is_told_and_stops_nothing(sink: MemorySink) -> None:
    sink.put("m/old.bin", gzip.compress(b"[2, 20000, 1]\n"))
    assert [finding.rule for finding in check(sink)] == ["tiles.unreachable"]
