"""Existing tilesets: adopted as they are, with old contents upgraded; refused where they do not hold together."""

from pathlib import Path
from typing import Any

import pytest

from entities.errors import Invalid
from tests.tiling.meshes.made import HERE, ORDER, b3dm, city, filed, glb, names, prepared, read, tile, tileset, zipped
from tiling.holdings import Order
from tiling.meshes.documents import Model

TREE = {
    "tileset.json": city(tile("a.b3dm", tile("below/sub.json"), tile("c"), tile("plain.glb"), refine="REPLACE")),
    "below/sub.json": tileset(tile("../d/b.b3dm?v=1")),
    "a.b3dm": b3dm(glb()),
    "c": glb(),
    "plain.glb": glb(),
    "d/b.b3dm": b3dm(glb()),
    "notes.txt": b"nothing names this",
}


def test_a_folder_is_adopted_whole_and_nothing_that_is_not_named(tmp_path: Path) -> None:
    found = prepared(filed(tmp_path / "in", TREE), tmp_path / "out")
    assert names(tmp_path / "out") == {
        *("tileset.json", "below/sub.json", "a.b3dm.glb", "c.glb", "plain.glb", "d/b.b3dm.glb"),
    }
    root = read(tmp_path / "out" / "tileset.json")["root"]
    assert root["content"]["uri"] == "a.b3dm.glb"
    assert root["refine"] == "REPLACE"
    assert [child["content"]["uri"] for child in root["children"]] == ["below/sub.json", "c.glb", "plain.glb"]
    below = read(tmp_path / "out" / "below" / "sub.json")
    assert (below["root"]["content"]["uri"], below["asset"]["version"]) == ("../d/b.b3dm.glb", "1.1")
    assert (tmp_path / "out" / "plain.glb").read_bytes() == glb()
    assert found.footprint.centroid.coords[0] == pytest.approx((117.0, 36.6), abs=1e-6)
    assert (found.low, found.high) == pytest.approx((0, 100), abs=0.01)
    assert found.attributes["contents"] == 4


@pytest.mark.parametrize("top", ["", "city/"])
def test_an_archive_is_adopted_as_its_folder_is(tmp_path: Path, top: str) -> None:
    archive = zipped(tmp_path / "city.3tz", {top + name: data for name, data in TREE.items()})
    prepared(archive, tmp_path / "out")
    prepared(filed(tmp_path / "in", TREE), tmp_path / "again")
    assert {name: (tmp_path / "out" / name).read_bytes() for name in names(tmp_path / "out")} == {
        name: (tmp_path / "again" / name).read_bytes() for name in names(tmp_path / "again")
    }


WRONG: dict[str, dict[str, bytes]] = {
    "mesh.missing": {"tileset.json": city(tile("a.glb"))},
    "mesh.address": {"tileset.json": city(tile("https://example.org/a.glb")), "a.glb": glb()},
    "mesh.path": {"tileset.json": city(tile("../a.glb"))},
    "mesh.loop": {"tileset.json": city(tile("b.json")), "b.json": tileset(tile("tileset.json"))},
    "mesh.tileset": {"tileset.json": b'{"asset": {"version": "1.0"}, "geometricError": 1, "root": {}}'},
    "mesh.tile": {"tileset.json": city(tile("a.b3dm")), "a.b3dm": b3dm(glb())[:-10]},
    "mesh.glb": {"tileset.json": city(tile("a.glb")), "a.glb": glb()[:-10]},
    "mesh.extension": {"tileset.json": city(tile("a.glb")), "a.glb": glb(extensionsRequired=["NEW_meshes"])},
    "mesh.content": {"tileset.json": city(tile("a.bin")), "a.bin": b"vctr1234"},
    "mesh.place": {"tileset.json": tileset(tile("a.glb")), "a.glb": glb()},
}


@pytest.mark.parametrize("rule", WRONG)
def test_what_does_not_hold_together_is_refused(rule: str, tmp_path: Path) -> None:
    refuses(rule, filed(tmp_path / "in", WRONG[rule]), tmp_path)


MORE: list[tuple[str, dict[str, bytes]]] = [
    ("mesh.address", {"tileset.json": city(tile("//host/a.glb"))}),
    ("mesh.address", {"tileset.json": city(tile("/etc/passwd"))}),
    ("mesh.address", {"tileset.json": city(tile("file:///etc/passwd"))}),
    ("mesh.path", {"tileset.json": city(tile("a/%2e%2e/../../a.glb"))}),
    ("mesh.loop", {"tileset.json": city(tile("tileset.json"))}),
    ("mesh.empty", {"tileset.json": city(tile())}),
    ("mesh.missing", {"b.json": city(tile("tileset.json"))}),
    ("mesh.glb", {"tileset.json": city(tile("a.glb")), "a.glb": b"glTF\1\0\0\0" + bytes(40)}),
    ("mesh.tileset", {"tileset.json": b"{not json"}),
    ("mesh.tileset", {"tileset.json": city({"boundingVolume": {"ball": [0]}, "geometricError": 0})}),
    ("mesh.tileset", {"tileset.json": city({"boundingVolume": {"box": [0]}, "geometricError": 0})}),
    ("mesh.missing", {"tileset.json": city(tile("a.glb")), "a.glb": glb(images=[{"uri": "skin.jpg"}])}),
]


@pytest.mark.parametrize(("rule", "files"), MORE)
def test_more_that_does_not_hold_together(rule: str, files: dict[str, bytes], tmp_path: Path) -> None:
    refuses(rule, filed(tmp_path / "in", files), tmp_path)


def test_a_link_out_of_the_folder_leads_nowhere(tmp_path: Path) -> None:
    filed(tmp_path, {"secret.glb": glb()})
    inside = filed(tmp_path / "in", {"tileset.json": city(tile("a.glb"))})
    (inside / "a.glb").symlink_to(tmp_path / "secret.glb")
    refuses("mesh.missing", inside, tmp_path)


def test_an_archive_that_is_not_to_be_trusted_is_refused(tmp_path: Path) -> None:
    refuses("pkg.path", zipped(tmp_path / "a.zip", {"tileset.json": city(tile()), "../x": b""}), tmp_path)
    bomb = zipped(tmp_path / "b.zip", {"tileset.json": city(tile("a.glb")), "a.glb": bytes(64 << 20)})
    refuses("pkg.bomb", bomb, tmp_path)
    whole = zipped(tmp_path / "c.zip", TREE).read_bytes()
    (tmp_path / "d.zip").write_bytes(whole[: len(whole) // 2])
    refuses("pkg.truncated", tmp_path / "d.zip", tmp_path)


def refuses(rule: str, path: Path, folder: Path) -> None:
    with pytest.raises(Invalid) as refused:
        prepared(path, folder / f"out-{path.name}")
    finding = refused.value.findings[0]
    assert finding.rule == rule
    assert "…" not in finding.sentence.zh + finding.remedy.zh


def test_a_tileset_without_a_place_is_put_where_the_order_says(tmp_path: Path) -> None:
    files = filed(tmp_path / "in", {"tileset.json": tileset(tile("a.glb")), "a.glb": glb()})
    found = prepared(files, tmp_path / "out", Order(ORDER.anomaly, origin=(117.0, 36.6, 5.0)))
    root = read(tmp_path / "out" / "tileset.json")["root"]
    assert root["transform"][:12] == pytest.approx(HERE.matrix()[:12])
    assert (found.low, found.high) == pytest.approx((5, 105), abs=0.01)


def test_implicit_tiling_keeps_its_subtrees_and_contents(tmp_path: Path) -> None:
    implicit: dict[str, Any] = {
        "implicitTiling": {"subdivisionScheme": "QUADTREE", "subtrees": {"uri": "s/{level}/{x}-{y}.subtree"}},
    }
    files = {
        "tileset.json": city(tile("c/{level}/{x}/{y}.glb", **implicit)),
        "s/0/0-0.subtree": b"subt",
        "c/0/0/0.glb": glb(),
        "c/1/1/0.glb": glb(),
        "c/other.glb": glb(),
    }
    prepared(filed(tmp_path / "in", files), tmp_path / "out")
    assert names(tmp_path / "out") == files.keys() - {"c/other.glb"}


def test_models_whose_upward_axis_is_z_are_turned(tmp_path: Path) -> None:
    files = {"tileset.json": city(tile("a.b3dm", tile("b.glb")), gltfUpAxis="Z"), "a.b3dm": b3dm(glb()), "b.glb": glb()}
    prepared(filed(tmp_path / "in", files), tmp_path / "out")
    assert "gltfUpAxis" not in read(tmp_path / "out" / "tileset.json")["asset"]
    for name in ("a.b3dm.glb", "b.glb"):
        corners = Model.read((tmp_path / "out" / name).read_bytes(), name).corners()
        assert corners.max(axis=0).tolist() == [10, 20, 0]
