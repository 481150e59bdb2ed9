"""Pictures on buildings: the right part on the right wall, the right way up, on few sheets, the same bytes."""

import io
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from entities.model import Period, Version
from entities.painting import TEXTURES, Patch
from entities.pictures import Pictures
from tests.entities.readers.made import read
from tests.entities.readers.textured import CORNERS, FACES, SHOWN, cityjson, facade, pictures
from tests.tiling.glbs import Parts, taken_apart, validated
from tests.tiling.made import SETTINGS, Base, house, key_of, steep_house, version
from tiling.building.build import build
from tiling.building.settings import Settings
from tiling.encoding.atlas import SHEETS, Atlas, gathered
from tiling.encoding.gltf import unpacked
from tiling.encoding.parts import FINEST, SIDE
from tiling.grid import Tile
from tiling.layers.buildings import content
from tiling.stored.check import check
from tiling.stored.published import Published
from tiling.stored.sink import MemorySink

RED, GREEN = (200, 60, 40), (30, 160, 60)


def textured(folder: Path, settings: Settings, code: str = "A", colour: tuple[int, int, int] = RED) -> Version:
    """The made house with pictures, which are kept."""
    pictures(folder, colour)
    [candidate], reading = read(cityjson(folder))
    assert settings.pictures is not None
    for digest, path in reading.pictures.items():
        settings.pictures.keep(digest, path)
    state = candidate.state
    return version(code, state.geometry, surfaces=state.surfaces, attributes=state.attributes)


def drawn(versions: list[Version], settings: Settings) -> bytes:
    return content(versions, Tile.holding(key_of(versions[0]), 16), settings, {}).glb


def sheet_of(data: bytes, number: int = 0) -> np.ndarray:
    document, binary = unpacked(data)
    view = document["bufferViews"][document["images"][number]["bufferView"]]
    return np.asarray(Image.open(io.BytesIO(binary[view["byteOffset"] :][: view["byteLength"]])))


def colour_at(data: bytes, skin: Parts, face: int, along: float, up: float) -> list[int]:
    """The colour of a point of a wall: a share of the way from its left to its right seen from outside, and upward."""
    sheet = sheet_of(data)
    places = skin.attributes["TEXCOORD_0"].astype(float) / 65535
    normals = skin.attributes["NORMAL"][:, [0, 2]].astype(float) * (1, -1)
    outward = {2: (0, -1), 3: (1, 0), 4: (0, 1), 5: (-1, 0)}[face]
    own = np.flatnonzero(normals @ outward > 120)
    positions = skin.attributes["POSITION"][own].astype(float)
    east, height = positions[:, [0, 2]] * (1, -1), positions[:, 1]
    rightward = east @ (-outward[1], outward[0])
    left, foot = rightward.argsort()[:2], height.argsort()[:2]
    lower = next(iter(set(left.tolist()) & set(foot.tolist())))
    right = next(iter(set(foot.tolist()) - {lower}))
    upper = next(iter(set(left.tolist()) - {lower}))
    at = places[own][lower] + along * (places[own][right] - places[own][lower])
    at = at + up * (places[own][upper] - places[own][lower])
    column, row = (at * sheet.shape[1::-1]).astype(int)
    return sheet[row, column].tolist()


def near(colour: list[int], wanted: tuple[int, int, int]) -> bool:
    return bool(np.abs(np.subtract(colour, wanted)).max() < 25)


def test_every_wall_shows_its_own_part_the_right_way_up(tmp_path: Path, settings: Settings) -> None:
    data = drawn([textured(tmp_path, settings)], settings)
    skin = taken_apart(data, 1)
    blue, white = (20, 40, 200), (255, 255, 255)
    for face, repeats in ((2, 1.0), (3, 2.5)):
        for turn in range(int(repeats)):
            shares = [(turn + share) / repeats for share in (0.3, 0.8, 0.5)]
            found = [colour_at(data, skin, face, share, up) for share, up in zip(shares, (0.7, 0.7, 0.1), strict=True)]
            assert [near(*pair) for pair in zip(found, (white, RED, blue), strict=True)] == [True] * 3, (face, found)


def test_only_what_shows_a_picture_is_a_skin(tmp_path: Path, settings: Settings) -> None:
    plain, house_a = house("B", 30), textured(tmp_path, settings)
    data = drawn([house_a, plain], settings)
    bare, skin = taken_apart(data), taken_apart(data, 1)
    assert "TEXCOORD_0" not in bare.attributes and "COLOR_0" not in skin.attributes
    assert sorted(set(bare.attributes["_FEATURE_ID_0"].ravel().tolist())) == [0, 1]
    assert set(skin.attributes["_FEATURE_ID_0"].ravel().tolist()) == {0}
    assert len(skin.indices) == 3 * 2 * len(SHOWN)
    assert len(bare.indices) == 3 * (2 * (len(FACES) - len(SHOWN)) + 10)
    assert np.frombuffer(np.array(bare.table["pictured"], np.float32).tobytes(), np.uint32).tolist() == [1, 0]
    assert [round(float(side)) for side in np.ptp(CORNERS, axis=0)] == [10, 8, 6]
    report = validated([_written(tmp_path / "tile.glb", data)])[0]
    assert (report["errors"], report["warnings"]) == (0, 0), report


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_a_tile_without_pictures_is_what_it_was(settings: Settings) -> None:
    houses = [steep_house(), house("B", 30)]
    assert drawn(houses, settings) == drawn(houses, SETTINGS)
    assert "images" not in taken_apart(drawn(houses, settings)).document


def test_a_picture_that_is_not_here_leaves_the_colour_of_the_kind(tmp_path: Path, settings: Settings) -> None:
    whole = textured(tmp_path, settings)
    bare = replace(whole, state=replace(whole.state, attributes={}))
    assert drawn([whole], replace(settings, pictures=Pictures(tmp_path / "none"))) == drawn([bare], settings)


def test_edits_built_one_by_one_give_the_bytes_of_one_build(tmp_path: Path, settings: Settings) -> None:
    base, sink = Base(), MemorySink()
    versions = [
        [textured(tmp_path, settings), house("B", 30)],
        [textured(tmp_path, settings, colour=GREEN)],
        [textured(tmp_path, settings, "C"), house("B", 35)],
    ]
    contents = set()
    for put in versions:
        source = base.commit(put)
        build(source, sink, settings, Published.now(sink))
        contents.add(frozenset(name for name in sink.names() if name.startswith("c/")))
    assert len(contents) == len(versions)
    whole = MemorySink()
    build(source, whole, settings)
    assert {name: sink.get(name) for name in whole.names() - whole.names("m")} == {
        name: whole.get(name) for name in whole.names() - whole.names("m")
    }
    assert check(sink) == []


def opened(images: dict[str, Image.Image]) -> Any:
    return lambda name: images[name].copy() if name in images else None


ALL = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])


def test_parts_that_are_the_same_are_there_once() -> None:
    images = {"a" * 64: facade(size=128)}
    once = gathered([Patch("a" * 64, ALL)], np.array([1_000.0]), opened(images))
    often = gathered(
        [Patch("a" * 64, ALL + np.array([shift, 0])) for shift in range(9)], np.full(9, 1_000.0), opened(images)
    )
    assert (often.sheets, len(often.places)) == (once.sheets, 9)


def test_a_part_is_no_finer_than_can_be_seen() -> None:
    images = {"a" * 64: facade(size=1024)}
    found = gathered([Patch("a" * 64, ALL)], np.array([4.0]), opened(images))
    width = np.ptp(found.places[0][:, 0]) * Image.open(io.BytesIO(found.sheets[0].data)).width
    assert width == pytest.approx(2 * FINEST, abs=0.01)


def test_many_parts_are_made_smaller_until_they_find_room() -> None:
    random = np.random.default_rng(1)
    images = {f"{number:064x}": facade(size=700) for number in range(40)}
    patches = [Patch(f"{number % 40:064x}", ALL * random.uniform(0.6, 1.0, 2)) for number in range(90)]
    found = gathered(patches, np.full(90, 1e6), opened(images))
    sizes = [Image.open(io.BytesIO(sheet.data)).size for sheet in found.sheets]
    assert len(sizes) == SHEETS and all(max(size) == SIDE for size in sizes)
    assert set(found.numbers.tolist()) == set(range(SHEETS))
    assert _overlapping(found) == 0


def test_too_many_parts_for_the_sheets_have_more_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tiling.encoding.atlas.SIDE", 64)
    patches = [Patch("a" * 64, ALL * (0.5, 0.001 * (number + 1))) for number in range(300)]
    found = gathered(patches, np.full(300, 1e6), opened({"a" * 64: facade(size=512)}))
    assert len(found.sheets) > SHEETS and set(found.numbers.tolist()) == set(range(len(found.sheets)))
    assert _overlapping(found) == 0


def test_a_picture_that_covers_wall_after_wall_is_repeated_by_the_client() -> None:
    images = {"a" * 64: facade(size=256), "b" * 64: facade(GREEN, size=512)}
    walls = [Patch("a" * 64, ALL * (repeats, 3)) for repeats in range(2, 60)]
    found = gathered([*walls, Patch("b" * 64, ALL)], np.full(59, 1e6), opened(images))
    assert [sheet.wrap for sheet in found.sheets] == ["clamp", "repeat"]
    assert [Image.open(io.BytesIO(sheet.data)).size for sheet in found.sheets] == [(1024, 1024), (256, 256)]
    assert found.numbers.tolist() == [1] * 58 + [0]
    assert (found.places[57] == ALL * (59, 3) * (1, -1) + (0, 3)).all()


def _overlapping(found: Atlas) -> int:
    """How many pairs of parts share pixels."""
    boxes = [(*places.min(axis=0), *places.max(axis=0), number) for places, number in zip(
        found.places, found.numbers.tolist(), strict=True)]  # fmt: skip
    return sum(
        one[4] == two[4] and one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]
        for place, one in enumerate(boxes)
        for two in boxes[:place]
    )


@pytest.mark.parametrize(
    ("wrap", "wanted"),
    [("repeat", "BWBW"), ("mirror", "BWWB"), ("clamp", "BWWW")],
)
def test_a_picture_goes_on_beyond_its_edges_as_it_is_told(wrap: str, wanted: str) -> None:
    image = Image.fromarray(np.repeat(np.array([[0] * 16 + [255] * 16], np.uint8)[..., None], 3, 2).repeat(32, 0))
    found = gathered([Patch("a" * 64, ALL * (2, 1), wrap)], np.array([1e6]), opened({"a" * 64: image}))
    sheet = np.asarray(Image.open(io.BytesIO(found.sheets[0].data)))
    left, right = (found.places[0][:, 0] * sheet.shape[1])[[0, 1]]
    row = int(found.places[0][:, 1].mean() * len(sheet))
    columns = [int(left + (right - left) * share) for share in (0.125, 0.375, 0.625, 0.875)]
    assert "".join("W" if sheet[row, column, 0] > 128 else "B" for column in columns) == wanted


@pytest.mark.parametrize("corners", [ALL * 0, ALL * (1, 0), ALL * 1e-9, ALL * 1e4 + 7, -ALL])
def test_odd_places_are_drawn_somehow(corners: np.ndarray) -> None:
    found = gathered([Patch("a" * 64, corners)], np.array([0.5]), opened({"a" * 64: facade()}))
    assert found.numbers.tolist() == [0]
    assert np.isfinite(found.places[0]).all() and ((found.places[0] >= 0) & (found.places[0] <= 1)).all()


def test_what_is_seen_through_a_picture_is_light() -> None:
    clear = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    found = gathered([Patch("a" * 64, ALL)], np.array([1e6]), opened({"a" * 64: clear}))
    assert np.asarray(Image.open(io.BytesIO(found.sheets[0].data))).min() > 200


def test_history_tiles_show_each_version_with_its_own_picture(tmp_path: Path, settings: Settings) -> None:
    before = textured(tmp_path, settings)
    before = replace(before, period=Period(before.period.start, before.period.start + 50))
    after = textured(tmp_path, settings, colour=GREEN)
    after = replace(after, period=Period(before.period.end))
    data = drawn([before, after], settings.through_time())
    skin = taken_apart(data, 1)
    assert sorted(set(skin.attributes["_FEATURE_ID_0"].ravel().tolist())) == [0, 1]
    sheet = sheet_of(data).reshape(-1, 3).astype(int)
    assert all((np.abs(sheet - colour).max(axis=1) < 25).any() for colour in (RED, GREEN))


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA", "CMYK", "1", "I;16"])
def test_every_kind_of_picture_is_drawn_as_it_is(mode: str) -> None:
    grey = Image.new("RGB", (16, 16), (255, 255, 255) if mode == "1" else (128, 128, 128))
    deep = Image.fromarray(np.full((16, 16), 128 << 8, np.uint16))
    image = deep if mode == "I;16" else grey.convert("L").convert(mode) if mode == "LA" else grey.convert(mode)
    found = gathered([Patch("a" * 64, ALL)], np.array([1e6]), opened({"a" * 64: image}))
    shown = np.asarray(Image.open(io.BytesIO(found.sheets[0].data)))[8, 8]
    assert near(shown.tolist(), np.asarray(grey)[8, 8].tolist())


def test_another_picture_is_another_content(tmp_path: Path, settings: Settings) -> None:
    one, other = (textured(tmp_path, settings, colour=colour) for colour in (RED, GREEN))
    assert one.state.attributes[TEXTURES] != other.state.attributes[TEXTURES]
    assert sha256(drawn([one], settings)).digest() != sha256(drawn([other], settings)).digest()
