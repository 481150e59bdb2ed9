"""Pictures of city models: read alike from both formats, found beside the file only, refused by name where unfit."""

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import shapely
from PIL import Image

from entities.model import Candidate
from entities.painting import COLOURS, TEXTURES, Patch, colours_of, textures_of, textures_text
from entities.readers import Limits, Reading
from tests.entities.readers.made import read, rules, zipped
from tests.entities.readers.textured import (
    CORNERS,
    FACES,
    OFTEN,
    ONCE,
    ROOF,
    SHOWN,
    WALL,
    citygml,
    citygml_3,
    cityjson,
    facade,
    pictures,
)

MODELS = [cityjson, citygml, citygml_3]


def patches(candidate: Candidate) -> list[Patch | None]:
    surfaces = candidate.state.surfaces
    assert surfaces is not None
    counts = [len(shapely.get_coordinates(face)) - 1 for face in surfaces.polygons.geoms]
    return textures_of(candidate.state.attributes.get(TEXTURES), counts)


@pytest.mark.parametrize("write", MODELS)
def test_faces_show_their_part_of_a_picture(write: Callable[[Path], Path], tmp_path: Path) -> None:
    pictures(tmp_path)
    [house], reading = read(write(tmp_path))
    digests = [sha256((tmp_path / name).read_bytes()).hexdigest() for name in (WALL, ROOF)]
    assert {face: patch.picture for face, patch in enumerate(patches(house)) if patch} == {
        face: digests[number] for face, (number, _) in SHOWN.items()
    }
    for face, (_, places) in SHOWN.items():
        shown = patches(house)[face]
        assert shown is not None
        assert (shown.corners == places).all()
    assert {digest: path.name for digest, path in reading.pictures.items()} == {
        digests[0]: "wall.png", digests[1]: "roof.jpg",
    }  # fmt: skip
    assert rules(reading) == ["crs.vertical"]


def test_both_formats_give_the_same_attribute(tmp_path: Path) -> None:
    pictures(tmp_path)
    texts = {read(write(tmp_path))[0][0].state.attributes[TEXTURES] for write in MODELS}
    texts.add(read(citygml(tmp_path, first=True))[0][0].state.attributes[TEXTURES])
    assert len(texts) == 1


@pytest.mark.parametrize("write", MODELS)
def test_pictures_come_in_the_zip(write: Callable[[Path], Path], tmp_path: Path) -> None:
    pictures(tmp_path)
    path = write(tmp_path)
    (tmp_path / WALL).rename(tmp_path / "looks" / "WALL.PNG")
    path.write_text(path.read_text("utf-8").replace(WALL, "looks\\WALL.PNG".replace("\\", "/")), "utf-8")
    whole = zipped(tmp_path / "houses.zip", path, tmp_path / "looks")
    [house], reading = read(whole)
    assert sum(patch is not None for patch in patches(house)) == len(SHOWN)
    assert len(reading.pictures) == 2


@pytest.mark.parametrize("write", MODELS)
def test_a_model_without_any_of_its_pictures_is_taken_without(write: Callable[[Path], Path], tmp_path: Path) -> None:
    [house], reading = read(write(tmp_path))
    assert TEXTURES not in house.state.attributes
    assert [(one.rule, one.severity, one.values["count"]) for one in reading.findings[1:]] == [
        ("picture.none", "warning", 2)
    ]


def unfit(reading: Reading) -> list[tuple[str, str | None]]:
    return [(one.rule, one.feature) for one in reading.findings if one.severity == "error"]


@pytest.mark.parametrize("write", MODELS)
@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (lambda path: path.unlink(), "picture.missing"),
        (lambda path: path.write_bytes(b"GIF89a"), "picture.format"),
        (lambda path: path.write_bytes(path.read_bytes()[:-40]), "picture.damaged"),
        (lambda path: facade(size=300).save(path), "picture.size"),
        (lambda path: path.write_bytes(path.read_bytes() + bytes(70_000)), "picture.size"),
    ],
)
def test_an_unfit_picture_is_refused_by_name(
    write: Callable[[Path], Path], spoil: Callable[[Path], object], rule: str, tmp_path: Path
) -> None:
    pictures(tmp_path)
    spoil(tmp_path / WALL)
    _, reading = read(write(tmp_path), limits=Limits(picture_bytes=60_000, picture_pixels=80_000))
    assert unfit(reading) == [(rule, "B1")]


@pytest.mark.parametrize(
    "name",
    [
        "../wall.png",
        "/etc/wall.png",
        "http://somewhere/wall.png",
        "looks/../../wall.png",
        "C:/wall.png",
        "a\0b",
        "a" * 300,
        "data:image/png;base64," + "A" * 900,
    ],
)
def test_a_name_that_leads_out_of_the_folder_finds_nothing(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    pictures(folder)
    facade().save(tmp_path / "wall.png")
    textures = [{"type": "PNG", "image": name}, {"type": "JPG", "image": ROOF}]
    _, reading = read(cityjson(folder, textures=textures))
    assert unfit(reading) == [("picture.missing", "B1")]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    pictures(folder)
    facade().save(tmp_path / "wall.png")
    (folder / WALL).unlink()
    (folder / WALL).symlink_to(tmp_path / "wall.png")
    assert unfit(read(cityjson(folder))[1]) == [("picture.missing", "B1")]


@pytest.mark.parametrize(
    "values",
    [
        [[[[0, 0, 1, 2]], *[[None]] * 5]],
        [[[[0, 0, 1, 2, 99]], *[[None]] * 5]],
        [[[[7, 0, 1, 2, 3]], *[[None]] * 5]],
        [[[[0, 0, 1, 2, 3], [0, 0, 1, 2]], *[[None]] * 5]],
        [[[[0, 0, 1, 2, 3]]]],
    ],
)
def test_places_that_do_not_fit_the_corners_are_a_fault_of_the_house(values: list[object], tmp_path: Path) -> None:
    pictures(tmp_path)
    found, reading = read(cityjson(tmp_path, texture={"photos": {"values": values}}))
    assert (found, unfit(reading)) == ([], [("picture.corners", "B1")])


@pytest.mark.parametrize("wall", ["0 0 1 0 1 1 0 1", "0 0 1 0 x y 0 1 0 0", "0 0 1 0 nan 1 0 1 0 0", "0 0 1"])
def test_places_of_citygml_that_do_not_fit_are_a_fault_of_the_house(wall: str, tmp_path: Path) -> None:
    pictures(tmp_path)
    found, reading = read(citygml(tmp_path, wall=wall))
    assert (found, unfit(reading)) == ([], [("picture.corners", "B1")])


def test_materials_of_citygml_paint_faces_as_those_of_cityjson_do(tmp_path: Path) -> None:
    pictures(tmp_path)
    material = (
        "<app:surfaceDataMember><app:X3DMaterial><app:diffuseColor>0.502 0 0</app:diffuseColor>"
        "<app:target>#P1</app:target><app:target>#M4</app:target><app:target>elsewhere#P2</app:target>"
        "</app:X3DMaterial></app:surfaceDataMember>"
    )
    [house], _ = read(citygml(tmp_path, material=material))
    assert colours_of(house.state.attributes[COLOURS], 6) == ["", "#800000", "", "", "#800000", ""]


def data(inner: str) -> str:
    return f"<app:surfaceDataMember>{inner}</app:surfaceDataMember>"


def photo(told: str, target: str = "#M5") -> str:
    """An orthophoto of the wall's picture over the west wall and, by its own texture, nothing else."""
    return data(
        f"<app:GeoreferencedTexture><app:imageURI>{WALL}</app:imageURI>{told}<app:target>{target}</app:target>"
        "</app:GeoreferencedTexture>"
    )


# the picture's 32 pixels a side over 16 x 16 m, its upper left corner at (499,998, 4,060,012)
TOLD = (
    "<app:referencePoint><gml:Point><gml:pos>499998.25 4060011.75</gml:pos></gml:Point></app:referencePoint>"
    "<app:orientation>0.5 0 0 -0.5</app:orientation>"
)
ON_GROUND = [(0, 0), (0, 8), (10, 8), (10, 0)]  # the corners of the floor, and where they are on the photo
ON_PHOTO = [[(2 + x) / 16, 1 - (12 - y) / 16] for x, y in ON_GROUND]


@pytest.mark.parametrize("beside", [None, "wall.pgw", "wall.pngw", "wall.wld"])
def test_an_orthophoto_lies_on_what_it_is_laid_on(beside: str | None, tmp_path: Path) -> None:
    pictures(tmp_path)
    if beside:
        (tmp_path / "looks" / beside).write_text("0.5\n0\n0\n-0.5\n499998.25\n4060011.75\n", encoding="utf-8")
    [house], reading = read(citygml(tmp_path, material=photo("" if beside else TOLD, "#M0")))
    floor = patches(house)[0]
    assert floor is not None and floor.wrap == "clamp"
    assert sorted(map(tuple, floor.corners.round(6))) == sorted(map(tuple, np.round(ON_PHOTO, 6)))
    assert unfit(reading) == []


@pytest.mark.parametrize("newer", [False, True])
def test_a_texture_is_cast_by_a_matrix(newer: bool, tmp_path: Path) -> None:
    """From the west: southward is to the right, and what is further off is smaller; behind the camera is nothing."""
    pictures(tmp_path)
    matrix = "0 -0.1 0 406001 0 0 0.1 -3 0 0 0 1"
    cast = "<app:TexCoordGen><app:worldToTexture>{}</app:worldToTexture></app:TexCoordGen>"
    behind = cast.format("0 0 0 1 0 0 0 1 0 0 0 -1")
    targets = f'<app:target uri="#P5">{cast.format(matrix)}</app:target><app:target uri="#P4">{behind}</app:target>'
    texture = f"<app:ParameterizedTexture><app:imageURI>{WALL}</app:imageURI>{targets}</app:ParameterizedTexture>"
    [house], reading = read((citygml_3 if newer else citygml)(tmp_path, material=data(texture)))
    found = patches(house)
    assert found[5] is not None and found[4] is None and found[2] is not None
    wanted = [((10 - CORNERS[corner][1]) / 10, CORNERS[corner][2] / 10) for corner in FACES[5]]
    assert found[5].corners == pytest.approx(np.array(wanted), abs=1e-5)
    assert unfit(reading) == []


WRONG = [TOLD.replace("0.5 0 0", "0.5 x 0"), TOLD.replace("-0.5", "0"), TOLD.replace("499998.25 ", ""), ""]


@pytest.mark.parametrize("told", WRONG)
def test_a_projection_that_cannot_be_read_is_said(told: str, tmp_path: Path) -> None:
    pictures(tmp_path)
    [house], reading = read(citygml(tmp_path, material=photo(told)))
    assert patches(house)[5] is None
    assert [one.values["count"] for one in reading.findings if one.rule == "picture.projected"] == [1]


def test_what_is_written_is_read() -> None:
    one, two = "a" * 64, "b" * 64
    written = [Patch(one, np.array(ONCE)), None, Patch(two, np.array(OFTEN), "mirror"), Patch(one, np.array(OFTEN[:3]))]
    found = textures_of(textures_text(written), [4, 5, 4, 3])
    assert [patch and (patch.picture, patch.wrap, patch.corners.tolist()) for patch in found] == [
        patch and (patch.picture, patch.wrap, patch.corners.tolist()) for patch in written
    ]
    assert textures_text([None, None]) is None


@pytest.mark.parametrize("text", [None, "[", "[7]", '[{"picture":"../x","surfaces":"0","corners":[0,0,1,0,1,1]}]'])
def test_what_cannot_be_read_says_nothing(text: str | None) -> None:
    assert textures_of(text, [3]) == [None]


@pytest.mark.parametrize("name", ["rotterdam_3-20-DELFSHAVEN.city.json", "plateau_52397519_bldg_6697_op.gml"])
def test_real_models_show_their_pictures_once_these_are_there(name: str, shared_data: Path, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes((shared_data / "buildings" / name).read_bytes())
    for folder, count in _folders(path):
        (tmp_path / folder).mkdir()
        for picture in count:
            Image.new("RGB", (16, 16), (len(picture), 90, 90)).save(tmp_path / folder / picture)
    found, reading = read(path)
    shown = [patch for candidate in found for patch in patches(candidate) if patch]
    assert (len(shown) > 100, unfit(reading)) == (True, [])


def _folders(path: Path) -> list[tuple[str, list[str]]]:
    """The folders of the pictures that a model names, and the pictures in each."""
    names = sorted(set(re.findall(r"([\w-]*appearances?)/([\w-]+\.jpg)", path.read_text("utf-8"))))
    return [(folder, [name for one, name in names if one == folder]) for folder in sorted({one for one, _ in names})]
