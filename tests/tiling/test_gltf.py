"""GLBs: valid to Khronos' validator, read back to what went in, and the same bytes every time."""

import subprocess
import sys
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest
import shapely

from entities.model import Surveyed, Version, day_text
from entities.position import position_keys
from tests.tiling.glbs import taken_apart, validated
from tests.tiling.made import DAY, JINAN, house, key_of, settings, steep_house, town, version
from tests.tiling.real import footprints, rotterdam, three_d_bag
from tests.tiling.test_mesh import SHAPES, at
from tiling.building.blocks import CELLS, blocks_of, draw_blocks, merged_blocks
from tiling.encoding.gltf import NO_NUMBER, Column, Look, Table, glb, unpacked
from tiling.geometry.mesh import STEP
from tiling.grid import COARSEST, Tile
from tiling.layers.buildings import content, drawn

SETTINGS = settings()
SOURCES = {1: Surveyed("2026年测绘", "lixia")}


def tile_of(versions: list[Version], level: int = 16) -> Tile:
    return Tile.holding(key_of(versions[0]), level)


def made(versions: list[Version], level: int = 16) -> bytes:
    return content(versions, tile_of(versions, level), SETTINGS, SOURCES).glb


def blocks(versions: list[Version], level: int) -> bytes:
    tile = tile_of(versions, level)
    first, last = tile.keys
    found = merged_blocks(blocks_of(versions, SETTINGS), CELLS[level])
    return draw_blocks(found[(found["key"] >= first) & (found["key"] <= last)], tile, SETTINGS).glb


VARIED = {
    **{name: [version("A", at(shape, 20))] for name, shape in SHAPES.items()},
    "town": town(300, 400),
    "wide town": town(300, 4_000),
    "measured": [steep_house()],
    "measured and blocks": [house("A", 30), steep_house("B"), house("C", -30)],
    "tiny": [house("A", side=0.02)],
    "nothing to draw": [version("A", shapely.Point(*JINAN))],
    "no names, no heights": [house("A", height=None)],
    "named": [house("A", name="时空大厦 <b>"), house("B", 40, name=None)],
    "huge": [house("A", side=3_000)],
}


def test_every_shape_is_valid(tmp_path: Path) -> None:
    files = []
    for name, versions in VARIED.items():
        files.append(tmp_path / f"{name}.glb")
        files[-1].write_bytes(made(versions, COARSEST if "wide" in name else 16))
    for name, versions in VARIED.items():
        for level in CELLS:
            files.append(tmp_path / f"{name} {level}.glb")
            files[-1].write_bytes(blocks(versions, level))
    assert [report for report in validated(files) if report["errors"] or report["warnings"]] == []


@pytest.mark.parametrize("read", [rotterdam, three_d_bag, footprints])
def test_real_buildings_are_valid(shared_data: Path, tmp_path: Path, read: object) -> None:
    versions = read(shared_data)  # type: ignore[operator]
    assert len(versions) >= 50
    groups: dict[Tile, list[Version]] = {}
    for one in versions:
        groups.setdefault(Tile.holding(key_of(one), 16), []).append(one)
    files = []
    for tile, members in groups.items():
        files.append(tmp_path / f"{tile.name}.glb")
        files[-1].write_bytes(content(members, tile, SETTINGS, SOURCES).glb)
    assert [report for report in validated(files) if report["errors"] or report["warnings"]] == []


def test_the_validator_finds_a_planted_fault(tmp_path: Path) -> None:
    data = bytearray(made([house("A")]))
    document, binary = unpacked(bytes(data))
    indices = document["accessors"][document["meshes"][0]["primitives"][0]["indices"]]["bufferView"]
    start = len(data) - len(binary) + document["bufferViews"][indices]["byteOffset"]
    data[start : start + 2] = b"\xf0\xf0"
    (tmp_path / "broken.glb").write_bytes(data)
    assert validated([tmp_path / "broken.glb"])[0]["errors"] > 0


@pytest.mark.parametrize("name", ["town", "wide town", "measured and blocks", "huge"])
def test_what_is_read_back_is_what_went_in(name: str) -> None:
    versions = VARIED[name]
    mesh = drawn(versions, tile_of(versions), SETTINGS)
    parts = taken_apart(made(versions))
    node = parts.document["nodes"][0]
    positions = parts.attributes["POSITION"] * np.array(node.get("scale", [1] * 3)) + node.get("translation", [0] * 3)
    x, y, z = positions.T
    assert np.array_equal(np.column_stack([x, -z, y]), mesh.positions * STEP)
    x, y, z = parts.attributes["NORMAL"].T
    assert np.array_equal(np.column_stack([x, -z, y]), mesh.normals)
    assert np.array_equal(parts.attributes["_FEATURE_ID_0"].ravel(), mesh.features)
    assert np.array_equal(parts.indices.reshape(-1, 3), mesh.triangles)
    assert np.array_equal(parts.attributes["COLOR_0"], np.array(SETTINGS.layer.palette.linear(), np.uint8)[mesh.kinds])


def test_small_tiles_are_quantised_and_wide_ones_exact_all_the_same() -> None:
    assert taken_apart(made(VARIED["town"])).attributes["POSITION"].dtype == np.uint16
    assert taken_apart(made(VARIED["wide town"])).attributes["POSITION"].dtype == np.float32


def test_the_table_tells_of_every_entity() -> None:
    versions = [house("A", name="楼", height=21.4), house("B", 40, height=None), house("C", 80, name="")]
    table = taken_apart(made(versions)).table
    assert table == {
        "class": ["310301"] * 3,
        "code": ["A", "B", "C"],
        "height": [pytest.approx(21.4), NO_NUMBER, 12.5],
        "name": ["楼", "", ""],
        "department": ["lixia"] * 3,
        "source": ["2026年测绘"] * 3,
        "valid_from": [day_text(DAY - 100)] * 3,
    }


def test_a_text_that_none_has_is_left_out_and_declared_all_the_same() -> None:
    parts = taken_apart(made([house("A", height=None)]))
    declared = parts.document["extensions"]["EXT_structural_metadata"]["schema"]["classes"]["building"]["properties"]
    assert set(declared) - set(parts.table) == {"name"}


def test_long_columns_have_wide_offsets() -> None:
    mesh = drawn([house("A")], Tile.holding(int(position_keys(*JINAN)[0]), 16), SETTINGS)
    for length, kind in ((200, "UINT8"), (300, "UINT16"), (70_000, None)):
        data = glb(
            mesh, Table("t", [Column("code", "code", "STRING", ["x" * length])], 1), Look([(0, 0, 0)] * 4), "test"
        )
        parts = taken_apart(data)
        table = parts.document["extensions"]["EXT_structural_metadata"]["propertyTables"][0]
        assert table["properties"]["code"].get("stringOffsetType") == kind
        assert parts.table["code"] == ["x" * length]


def test_many_corners_have_wide_indices(tmp_path: Path) -> None:
    parts = taken_apart(made(town(4_000, 400)))
    assert parts.indices.dtype == np.uint32 and len(parts.attributes["POSITION"]) > 65_535
    (tmp_path / "many.glb").write_bytes(made(town(4_000, 400)))
    assert validated([tmp_path / "many.glb"])[0]["errors"] == 0


def test_everything_begins_at_a_multiple_of_eight_bytes() -> None:
    for versions in VARIED.values():
        data = made(versions)
        binary_start = 28 + int.from_bytes(data[12:16], "little")
        assert binary_start % 8 == len(data) % 8 == 0
        document = taken_apart(data).document if b'"meshes"' in data else {"bufferViews": []}
        assert all(view["byteOffset"] % 8 == 0 for view in document["bufferViews"])


def test_another_process_makes_the_same_bytes() -> None:
    script = (
        "import sys; from hashlib import blake2b; from tests.tiling.test_gltf import VARIED, made;"
        "sys.stdout.write(' '.join(blake2b(made(VARIED[name])).hexdigest() for name in sorted(VARIED)))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [blake2b(made(VARIED[name])).hexdigest() for name in sorted(VARIED)]


def test_something_else_is_not_taken_for_a_glb() -> None:
    with pytest.raises(ValueError, match="not a GLB"):
        taken_apart(b"glTF" + bytes(40))
