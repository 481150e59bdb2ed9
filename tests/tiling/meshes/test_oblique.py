"""OSGB: levels of detail as tiles that replace each other, pictures, places, and refusals."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from entities.errors import Invalid
from tests.tiling.glbs import validated
from tests.tiling.meshes.made import ORDER, filed, names, prepared, read
from tests.tiling.meshes.nesting import check_nesting
from tests.tiling.meshes.test_objects import PNG
from tiling.geometry.volumes import corners, matrix_of
from tiling.meshes import MESHES, oblique
from tiling.meshes.documents import Model
from tiling.meshes.drawn import levels
from tiling.meshes.osgt import parse

METADATA = b"<ModelMetadata version='1'><SRS>ENU:36.6,117.0</SRS><SRSOrigin>0,0,0</SRSOrigin></ModelMetadata>"
PLACED = replace(ORDER, origin=(117.0, 36.6, 20.0))


def geometry(size: float, mode: str = "TRIANGLES", numbers: str = "0 1 2 0 2 3") -> str:
    """A square upright in the north, and a picture on it."""
    image = 'Image TRUE {\n ClassName osg::Image \n UniqueID 20 \n FileName "skin.png" \n WriteHint 2 2 \n}'
    points = f"0 0 0 \n {size} 0 0 \n {size} 0 {size} \n 0 0 {size} \n"
    count = len(numbers.split())
    return f"""osg::Geometry {{
      UniqueID 5
      StateSet TRUE {{
        osg::StateSet {{
          UniqueID 6
          TextureModeList 1 {{
            Data 1 {{
              GL_TEXTURE_2D ON
            }}
          }}
          TextureAttributeList 1 {{
            Data 1 {{
              osg::Texture2D {{
                UniqueID 7
                {image}
              }}
              Value OFF
            }}
          }}
        }}
      }}
      PrimitiveSetList 1 {{
        osg::DrawElementsUInt {{
          UniqueID 8
          Mode {mode}
          vector {count} {{
            {numbers}
          }}
        }}
      }}
      VertexArray TRUE {{
        osg::Vec3Array {{
          UniqueID 9
          Binding BIND_PER_VERTEX
          vector 4 {{
            {points}
          }}
        }}
      }}
      TexCoordArrayList 1 {{
        osg::Vec2Array {{
          UniqueID 10
          Binding BIND_PER_VERTEX
          vector 4 {{
            0 0
            1 0
            1 1
            0 0.25
          }}
        }}
      }}
    }}"""


def scene(finer: str, size: float, mode: str = "PIXEL_SIZE_ON_SCREEN", spans: str = "0 50 \n 50 1e+30") -> str:
    """A file of one level that gives way to a finer file."""
    return f"""#Ascii Scene
#Version 161
#Generator OpenSceneGraph 3.6.5

osg::PagedLOD {{
  UniqueID 1
  CenterMode USER_DEFINED_CENTER
  UserCenter 50 0 50 100
  RangeMode {mode}
  RangeList 2 {{
    {spans}
  }}
  DatabasePath FALSE
  RangeDataList 2 {{
    ""
    "{finer}"
  }}
  PriorityList 2 {{
    0 1
    0 1
  }}
  Children 1 {{
    osg::Geode {{
      UniqueID 2
      Drawables 1 {{
        {geometry(size)}
      }}
    }}
  }}
}}
"""


def finest(size: float) -> str:
    """A file of the last level."""
    body = f"osg::Geode {{\n UniqueID 2 \n Drawables 1 {{\n {geometry(size)} \n}}\n}}\n"
    return f"#Ascii Scene\n#Version 161\n#Generator OpenSceneGraph 3.6.5\n\n{body}"


def test_a_level_gives_way_where_its_sphere_is_as_large_as_it_says(tmp_path: Path) -> None:
    """Of 100 m around and 50 pixels: 64 m of error are 16 pixels where 200 m are 50."""
    [level] = levels(parse(scene("b.osgb", 100).encode()), tmp_path)
    assert (level.finer, level.error) == (["b.osgb"], 64.0)
    far = scene("b.osgb", 100, "DISTANCE_FROM_EYE_POINT", "935 1e+10 \n 0 935")
    assert [level.error for level in levels(parse(far.encode()), tmp_path)] == [16.0]


@pytest.mark.parametrize(
    ("mode", "numbers", "wanted"),
    [
        ("TRIANGLES", "0 1 2 0 2 3", [[0, 1, 2], [0, 2, 3]]),
        ("TRIANGLE_STRIP", "0 1 3 2", [[0, 1, 3], [2, 3, 1]]),
        ("TRIANGLE_FAN", "0 1 2 3", [[0, 1, 2], [0, 2, 3]]),
        ("QUADS", "0 1 2 3", [[0, 1, 2], [0, 2, 3]]),
        ("LINES", "0 1", None),
    ],
)
def test_triangles_are_strung_together_in_several_ways(
    mode: str, numbers: str, wanted: list[list[int]] | None, tmp_path: Path
) -> None:
    (tmp_path / "skin.png").write_bytes(PNG)
    text = f"osg::Geode {{\n UniqueID 2 \n Drawables 1 {{\n {geometry(2, mode, numbers)} \n}}\n}}\n"
    found = [part for level in levels(parse(text.encode()), tmp_path) for part in level.parts]
    assert [part.triangles.tolist() for part in found] == ([wanted] if wanted else [])
    assert all(part.skin.picture == PNG for part in found)


def test_a_transform_moves_and_what_is_shared_is_drawn_again(tmp_path: Path) -> None:
    matrix = "Matrix { \n 1 0 0 0 \n 0 1 0 0 \n 0 0 1 0 \n 10 20 30 1 \n }"
    shared = "osg::Geometry {\n UniqueID 5 \n}"
    text = (
        f"osg::Group {{\n UniqueID 1 \n Children 2 {{\n"
        f"osg::Geode {{\n UniqueID 2 \n Drawables 1 {{\n {geometry(2)} \n}}\n}}\n"
        f"osg::MatrixTransform {{\n UniqueID 3 \n {matrix} \n Children 1 {{\n {shared} \n}}\n}}\n}}\n}}\n"
    )
    [level] = levels(parse(text.encode()), tmp_path)
    assert [part.corners.max(axis=0).tolist() for part in level.parts] == [[2, 0, 2], [12, 20, 32]]


def test_what_does_not_close_or_names_corners_that_are_not_there_is_no_scene(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\{"):
        parse(scene("b.osgb", 1).encode()[:300])
    text = f"osg::Geode {{\n UniqueID 2 \n Drawables 1 {{\n {geometry(2, numbers='0 1 9')} \n}}\n}}\n"
    with pytest.raises(ValueError, match="9 >= 4"):
        levels(parse(text.encode()), tmp_path)


def test_a_machine_without_osgconv_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Invalid) as refused:
        prepared(filed(tmp_path, {"a.osgb": b"x"}) / "a.osgb", tmp_path / "out", PLACED)
    assert refused.value.rule == "mesh.osgconv"
    assert "apt-get install openscenegraph" in refused.value.findings[0].remedy.en


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    """A folder as photogrammetry programs write it: one block of two levels, made by OpenSceneGraph itself."""
    if shutil.which(oblique.COMMAND) is None:
        pytest.skip("left out: osgconv is not here (Debian: apt-get install openscenegraph)")
    block = tmp_path / "survey" / "Data" / "Tile_+000_+000"
    filed(tmp_path / "survey", {"metadata.xml": METADATA})
    filed(block, {"skin.png": PNG})
    texts = {"Tile_+000_+000": scene("Tile_+000_+000_L1_0.osgb", 90), "Tile_+000_+000_L1_0": finest(100)}
    for name, text in texts.items():
        (block / f"{name}.osgt").write_text(text)
        made = subprocess.run(
            ["osgconv", f"{name}.osgt", f"{name}.osgb", "-O", "WriteImageHint=IncludeFile"],
            cwd=block,
            capture_output=True,
            check=True,
        )
        assert (block / f"{name}.osgb").is_file(), made
        (block / f"{name}.osgt").unlink()
    (block / "skin.png").unlink()
    return tmp_path / "survey"


def test_a_folder_becomes_tiles_that_replace_each_other(survey: Path, tmp_path: Path) -> None:
    found = prepared(survey, tmp_path / "out")
    assert names(tmp_path / "out") == {
        *("tileset.json", "0/tileset.json", "0/Tile_+000_+000.osgb.0.glb", "0/Tile_+000_+000_L1_0.osgb.0.glb"),
    }
    root = read(tmp_path / "out" / "0" / "tileset.json")["root"]
    assert (root["refine"], root["geometricError"], root["content"]["uri"]) == (
        "REPLACE",
        64,
        "Tile_+000_+000.osgb.0.glb",
    )
    [finer] = root["children"]
    assert (finer["geometricError"], finer["content"]["uri"]) == (0, "Tile_+000_+000_L1_0.osgb.0.glb")
    spans = [np.ptp(corners(tile["boundingVolume"], np.eye(4)), axis=0) for tile in (root, finer)]
    assert (spans[0] >= spans[1] - 1e-6).all()
    placed = corners(root["boundingVolume"], matrix_of(root))
    assert np.linalg.norm(placed.mean(axis=0)) == pytest.approx(6_370_000, rel=0.01)
    assert (found.low, found.high) == pytest.approx((0, 100), abs=0.1)
    assert dict(found.attributes) == {"crs": "ENU", "models": 1, "triangles": 4}
    assert found.warnings == ()
    model = Model.read((tmp_path / "out" / "0" / "Tile_+000_+000.osgb.0.glb").read_bytes(), "a")
    assert model.document["images"][0]["mimeType"] == "image/png"
    assert check_nesting(tmp_path / "out") == 3
    reports = validated(sorted((tmp_path / "out").rglob("*.glb")))
    assert [(report["errors"], report["warnings"]) for report in reports] == [(0, 0)] * 2


def test_a_finer_file_that_is_missing_is_told_of_and_one_that_leads_back_refused(survey: Path, tmp_path: Path) -> None:
    block = survey / "Data" / "Tile_+000_+000"
    finer, top = block / "Tile_+000_+000_L1_0.osgb", block / "Tile_+000_+000.osgb"
    finer.unlink()
    found = prepared(survey, tmp_path / "out")
    assert [warning.rule for warning in found.warnings] == ["mesh.finer"]
    shutil.copy(top, finer)
    with pytest.raises(Invalid, match=r"mesh\.loop"):
        prepared(survey, tmp_path / "again")
    finer.write_bytes(top.read_bytes()[:200])
    with pytest.raises(Invalid, match=r"mesh\.osgb"):
        prepared(survey, tmp_path / "third")


def test_a_file_by_itself_takes_its_finer_ones_along(survey: Path) -> None:
    top = survey / "Data" / "Tile_+000_+000" / "Tile_+000_+000.osgb"
    assert [name for name, _ in MESHES.members([top])] == ["Tile_+000_+000.osgb", "Tile_+000_+000_L1_0.osgb"]


def test_a_real_file_is_valid(shared_data: Path, tmp_path: Path) -> None:
    if shutil.which(oblique.COMMAND) is None:
        pytest.skip("left out: osgconv is not here (Debian: apt-get install openscenegraph)")
    found = prepared(shared_data / "mesh" / "fanvanzh_test.osgb", tmp_path / "out", PLACED)
    assert found.attributes["triangles"] == 114
    assert [warning.rule for warning in found.warnings] == ["mesh.finer"]
    [report] = validated(sorted((tmp_path / "out").rglob("*.glb")))
    assert (report["errors"], report["warnings"], report["messages"]) == (0, 0, [])
