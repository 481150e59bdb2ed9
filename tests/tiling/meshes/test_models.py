"""Single models: placed by an origin, by a projected system or by themselves, and refused where nobody says where."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from entities.errors import Invalid
from tests.tiling.glbs import validated
from tests.tiling.meshes.made import ORDER, b3dm, filed, glb, names, prepared, read, tile, tileset
from tests.tiling.meshes.nesting import check_nesting
from tiling.ecef import Frame
from tiling.geometry.volumes import matrix_of
from tiling.heights import ConstantAnomaly
from tiling.holdings import Order, Prepared
from tiling.meshes.documents import Model


def model(folder: Path, name: str = "a.glb", **more: Any) -> Path:
    path = folder / name
    data = glb(**more)
    path.write_bytes(b3dm(data) if name.endswith(".b3dm") else data)
    return path


def shown(out: Path) -> np.ndarray:
    """The corners of what a tileset of one model shows, on the earth."""
    root = read(out / "tileset.json")["root"]
    corners = Model.read((out / root["content"]["uri"]).read_bytes(), "a").corners()
    matrix = matrix_of(root)
    return corners @ matrix[:3, :3].T + matrix[:3, 3]


@pytest.mark.parametrize("name", ["a.glb", "a.b3dm"])
def test_a_model_stands_at_the_origin_that_is_said(tmp_path: Path, name: str) -> None:
    order = Order(ConstantAnomaly(10.0, "a test"), origin=(117.0, 36.6, 50.0))
    found = prepared(model(tmp_path, name), tmp_path / "out", order)
    assert names(tmp_path / "out") == {"tileset.json", "0.glb"}
    assert found.footprint.bounds == pytest.approx((117.0, 36.6, 117.000112, 36.6), abs=1e-6)
    assert (found.low, found.high) == pytest.approx((40, 60), abs=0.01)


def test_a_model_of_a_projected_system_stands_where_pyproj_puts_it(tmp_path: Path) -> None:
    """EPSG:4549, CGCS2000 / 3-degree Gauss-Kruger CM 120E: 500 km + 20 east, 4,051 km north, 35 m up."""
    moved = [1.0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 500_020, 35, -4_051_000, 1]
    path = model(tmp_path, nodes=[{"mesh": 0, "matrix": moved}])
    found = prepared(path, tmp_path / "out", Order(ConstantAnomaly(-8.0, "a test"), "EPSG:4549"))
    lon, lat = Transformer.from_crs(4549, 4490, always_xy=True).transform([500_020, 500_030], [4_051_000] * 2)
    wanted = Transformer.from_crs(4480, 4479, always_xy=True).transform(lon, lat, [27.0, 47.0])
    corners = shown(tmp_path / "out")
    distance = np.linalg.norm(corners[:, None] - np.array(wanted).T[None], axis=2).min(axis=0)
    assert distance.max() < 0.001
    assert (found.low, found.high) == pytest.approx((35, 55), abs=0.01)
    assert found.attributes["crs"] == "EPSG:4549"


def test_a_geocentric_model_stands_where_it_is(tmp_path: Path) -> None:
    moved = [1.0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, -2_327_000, 3_782_000, -4_567_000, 1]
    found = prepared(model(tmp_path, nodes=[{"mesh": 0, "matrix": moved}]), tmp_path / "out")
    assert "transform" not in read(tmp_path / "out" / "tileset.json")["root"]
    assert found.footprint.centroid.coords[0] == pytest.approx((117.0, 36.6), abs=0.01)


def _counted(count: int) -> bytes:
    """A triangle that says it has so many corners."""
    accessor = Model.read(glb(), "a").document["accessors"][0]
    return glb(accessors=[{**accessor, "count": count}])


def _more(values: np.ndarray, component: int, kind: str, **said: Any) -> bytes:
    """The triangle with another accessor, the second, over these values; `said` is added to its primitive."""
    model = Model.read(glb(), "a")
    view = model.grown(values.tobytes())
    model.document["accessors"].append(
        {"bufferView": view, "componentType": component, "count": len(values), "type": kind}
    )
    primitive = next(model.primitives())
    primitive |= {name: one for name, one in said.items() if name != "attributes"}
    primitive["attributes"] |= said.get("attributes", {})
    return model.written()


def _indexed(corners: list[int]) -> bytes:
    return _more(np.array(corners, np.uint16), 5123, "SCALAR", indices=1)


def _uneven() -> bytes:
    """Three corners, of which two have a normal."""
    return _more(np.array([[0, 0, 1]] * 2, np.float32), 5126, "VEC3", attributes={"NORMAL": 1})


def test_bounds_are_those_of_the_corners_whatever_the_file_says(tmp_path: Path) -> None:
    """Viewers cull by them, and a tile's box is drawn around them."""
    path, out = tmp_path / "a.glb", tmp_path / "out"
    path.write_bytes(_bounded({"min": [0, 0, 0], "max": [1, 1]}))
    found = prepared(path, out, replace(ORDER, origin=(117.0, 36.6, 0.0)))
    assert found.high == pytest.approx(20, abs=0.01)
    [accessor] = Model.read((out / "0.glb").read_bytes(), "a").document["accessors"]
    assert (accessor["min"], accessor["max"]) == ([0, 0, 0], [10, 20, 0])


def _bounded(bounds: dict[str, Any]) -> bytes:
    accessor = Model.read(glb(), "a").document["accessors"][0]
    return glb(accessors=[{**accessor, **bounds}])


@pytest.mark.parametrize(
    ("rule", "data", "crs"),
    [
        ("mesh.place", glb(), None),
        ("mesh.place", glb(), "EPSG:4549"),
        ("mesh.crs", glb(), "EPSG:4490"),
        ("mesh.glb", glb()[:-30], None),
        ("mesh.glb", glb()[:40], None),
        ("mesh.glb", glb(nodes=[{"mesh": 7}]), None),
        ("mesh.glb", glb(nodes=[{"children": [0]}]), None),
        ("mesh.glb", glb(accessors=[{"count": 3}]), None),
        ("mesh.glb", glb(bufferViews=[{"buffer": 0, "byteLength": 4000}]), None),
        ("mesh.glb", _counted(4000), None),
        ("mesh.empty", glb(scenes=[{}]), None),
        ("mesh.glb", _indexed([0, 1, 3]), "EPSG:4549"),
        ("mesh.glb", _uneven(), "EPSG:4549"),
        ("mesh.extension", glb(extensionsRequired=["KHR_mesh_quantization", "NEW_meshes"]), "EPSG:4549"),
        ("mesh.external", glb(images=[{"uri": "skin.jpg"}]), None),
    ],
)
def test_what_is_unfit_is_refused(rule: str, data: bytes, crs: str | None, tmp_path: Path) -> None:
    (tmp_path / "a.glb").write_bytes(data)
    with pytest.raises(Invalid) as refused:
        prepared(tmp_path / "a.glb", tmp_path / "out", replace(ORDER, crs=crs))
    assert refused.value.rule == rule


def test_real_models_are_valid_and_stand_where_they_are_put(tmp_path: Path, shared_data: Path) -> None:
    """A mesh of 82,674 points packed by meshopt, and an oblique photogrammetry tile packed by Draco."""
    order = replace(ORDER, origin=(24.94, 60.17, 20.0))
    triangles = {}
    for name in ("helsinki_mesh_0_0.glb", "frankfurt_oblique_474_5548_lv5.osgb_3.b3dm"):
        out = tmp_path / name
        found: Prepared = prepared(shared_data / "mesh" / name, out, order)
        triangles[name[:4]] = found.attributes["triangles"]
        [report] = validated([out / "0.glb"])
        assert (report["errors"], report["warnings"]) == (0, 0)
        assert check_nesting(out) == 1
    assert triangles == {"hels": 0, "fran": 49_427}


FRANKFURT = "frankfurt_oblique_474_5548_lv5.osgb_3.b3dm"
NORMAL = np.array([0.63219, 0.09465, 0.76901])
"""The mean normal of its 49,427 triangles by their areas, in the axes of its file, as a Draco decoder found it."""


def test_the_oblique_tile_is_upright_where_its_axes_are_the_earths(tmp_path: Path, shared_data: Path) -> None:
    """By itself y is upward in a model, as glTF has it; its own tileset would say that z is, and move it there."""
    data = (shared_data / "mesh" / FRANKFURT).read_bytes()
    model = Model.read(data[data.index(b"glTF") :], FRANKFURT)
    [span] = [one for one in model.document["accessors"] if "min" in one and one["type"] == "VEC3"]
    least, most = np.array(span["min"]), np.array(span["max"])
    there = Frame.at(8.6821, 50.1109)
    assert np.degrees(np.arccos(NORMAL @ there.axes[2])) < 0.3
    flat = np.sqrt(1 - NORMAL**2)  # how far a round patch of that normal reaches along each axis
    assert (most - least) / (most - least).max() == pytest.approx(flat / flat.max(), abs=0.06)
    half = (most - least) / 2
    root = tile(FRANKFURT, boundingVolume={"box": [*(least + half), *np.diag(half).ravel()]})
    root["transform"] = Frame(there.origin - least - half, np.eye(3)).matrix()
    files = {"tileset.json": tileset(root, gltfUpAxis="Z"), FRANKFURT: data}
    found = prepared(filed(tmp_path / "in", files), tmp_path / "out", ORDER)
    [content] = [name for name in names(tmp_path / "out") if name.endswith(".glb")]
    corners = Model.read((tmp_path / "out" / content).read_bytes(), content).corners()
    assert np.stack([corners.min(axis=0), corners.max(axis=0)]) == pytest.approx(np.stack([least, most]), abs=0.01)
    middle = shapely.centroid(found.footprint)
    assert (middle.x, middle.y) == pytest.approx((8.6821, 50.1109), abs=1e-3)
