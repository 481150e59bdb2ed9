"""Photos that a world file places, and unusual pixels: each looks as it looks elsewhere, or is refused by name."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image
from pyproj import CRS

from entities.errors import Invalid
from tests.tiling.rasters import NORTH, ORDER, WEST, picture, plain
from tests.tiling.test_imagery import prepared, square_at
from tiling.holdings import Order
from tiling.holdings.kinds import kind_of, unfolded, uppermost
from tiling.imagery.prepare import IMAGERY
from tiling.imagery.tile import drawn

WORLD = f"0.5\n0\n0\n-0.5\n{WEST + 0.25}\n{NORTH - 0.25}\n"
UTM = Order(ORDER.anomaly, "EPSG:32650")


def photo(path: Path, image: Image.Image, world: str) -> Path:
    """A photo with a world file and a `.prj` beside it."""
    image.save(path)
    path.with_suffix(world).write_text(WORLD)
    path.with_suffix(".prj").write_text(CRS(32650).to_wkt("WKT1_ESRI"))
    return path


def middle(folder: Path, path: Path, order: Order = ORDER) -> list[int]:
    """The colour and presence in the middle of what a picture shows."""
    found, placed = prepared(folder, path, order=order)
    square = square_at(found, 19)
    tile = drawn(placed, square)
    shown = tile[:, tile[3] > 0]
    return np.median(shown, axis=1).astype(int).tolist() if shown.size else []


@pytest.mark.parametrize(
    ("name", "world"), [("a.jpg", ".jgw"), ("a.JPEG", ".wld"), ("a.png", ".pgw"), ("a.png", ".pngw")]
)
def test_a_photo_lies_where_its_world_file_says(name: str, world: str, tmp_path: Path) -> None:
    path = photo(tmp_path / name, Image.new("RGB", (64, 64), (10, 200, 30)), world)
    told, _ = prepared(tmp_path / "told", picture(tmp_path / "b.tif", plain((10, 200, 30))))
    found, _ = prepared(tmp_path / "found", path)
    assert found.footprint.equals(told.footprint)
    assert middle(tmp_path / "out", path) == pytest.approx([10, 200, 30, 255], abs=3)
    assert {one for one, _ in IMAGERY.members([path])} == {name, path.with_suffix(world).name, "a.prj"}
    path.with_suffix(".prj").unlink()
    assert prepared(tmp_path / "given", path, order=UTM)[0].footprint.equals(told.footprint)
    path.with_suffix(world).unlink()
    with pytest.raises(Invalid, match=r"imagery\.place"):
        prepared(tmp_path / "lost", path, order=UTM)


def test_of_a_folder_only_photos_that_are_placed_are_taken(tmp_path: Path) -> None:
    placed = photo(tmp_path / "ortho.jpg", Image.new("RGB", (8, 8)), ".jgw")
    Image.new("RGB", (8, 8)).save(tmp_path / "logo.jpg")
    assert uppermost(unfolded([tmp_path])) == (placed,)
    assert kind_of([placed]) is IMAGERY


PALETTE = Image.new("P", (64, 64), 1)
PALETTE.putpalette([0, 0, 0, 200, 40, 60])


@pytest.mark.parametrize(
    ("image", "seen"),
    [
        (Image.new("1", (64, 64), 1), [255, 255, 255, 255]),
        (Image.new("1", (64, 64), 0), [0, 0, 0, 255]),
        (Image.new("L", (64, 64), 90), [90, 90, 90, 255]),
        (PALETTE, [200, 40, 60, 255]),
        (Image.new("RGBA", (64, 64), (9, 8, 7, 255)), [9, 8, 7, 255]),
    ],
)
def test_every_kind_of_pixel_looks_right(image: Image.Image, seen: list[int], tmp_path: Path) -> None:
    assert middle(tmp_path / "png", photo(tmp_path / "a.png", image, ".pgw")) == pytest.approx(seen, abs=4)
    assert middle(tmp_path / "tif", photo(tmp_path / "a.tif", image, ".tfw")) == pytest.approx(seen, abs=4)


def test_sixteen_bits_are_stretched(tmp_path: Path) -> None:
    image = Image.fromarray(np.tile(np.arange(64, dtype=np.uint16) * 1000, (64, 1)))
    png, tif = (photo(tmp_path / f"a{form}", image, world) for form, world in ((".png", ".pgw"), (".tif", ".tfw")))
    seen = middle(tmp_path / "png", png)
    assert 90 < seen[0] < 170 and seen == middle(tmp_path / "tif", tif)


def test_white_may_be_zero_and_four_bits_are_a_picture(tmp_path: Path) -> None:
    white = picture(tmp_path / "white.tif", plain((0,)), photometric="MINISWHITE")
    assert middle(tmp_path / "a", white) == [255, 255, 255, 255]
    four = picture(tmp_path / "four.tif", plain((15,)), nbits=4)
    assert middle(tmp_path / "b", four) == [255, 255, 255, 255]


@pytest.mark.parametrize(("name", "world"), [("a.jpg", ".jgw"), ("a.tif", ".tfw")])
def test_colours_for_print_are_turned_to_light(name: str, world: str, tmp_path: Path) -> None:
    image = Image.new("CMYK", (64, 64), (0, 200, 30, 0))
    seen = middle(tmp_path / "out", photo(tmp_path / name, image, world))
    assert seen == pytest.approx([*image.convert("RGB").getpixel((0, 0)), 255], abs=4)


def test_colours_for_print_that_nothing_turns_are_refused(tmp_path: Path) -> None:
    deep = picture(tmp_path / "a.tif", plain((0, 200, 30, 0), dtype="uint16"), photometric="CMYK")
    with pytest.raises(Invalid, match=r"imagery\.ink"):
        prepared(tmp_path / "out", deep)


@pytest.mark.parametrize("name", ["a.mbtiles", "a.gpkg"])
def test_pictures_cut_into_tiles_are_refused_by_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"holding\.pyramid"):
        kind_of([tmp_path / name])


def test_another_system_than_the_file_names_is_told_of(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.tif", plain((1, 2, 3)))
    with rasterio.open(path) as file:
        assert file.crs.to_epsg() == 32650
    found, _ = prepared(tmp_path / "other", path, order=Order(ORDER.anomaly, "EPSG:4549"))
    (warning,) = found.warnings
    names = {"own": "EPSG:32650", "given": "EPSG:4549", "taken": "EPSG:32650"}
    assert (warning.rule, dict(warning.values)) == ("crs.other", {"name": "a.tif", **names})
    assert prepared(tmp_path / "same", path, order=UTM)[0].warnings == ()
