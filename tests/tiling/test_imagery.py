"""Imagery: any orthophoto becomes tiles that show what it shows, gaps and all; what is none is refused by name."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from affine import Affine
from rasterio.enums import ColorInterp
from rasterio.vrt import WarpedVRT
from rasterio.warp import Resampling, reproject
from scipy import ndimage

from entities.errors import Invalid
from tests.tiling.rasters import ORDER, picture, plain
from tiling.holdings import Prepared
from tiling.imagery.prepare import IMAGERY, prepare, read_index
from tiling.imagery.tile import Placed, covering, drawn, encoded
from tiling.mercator import REACH, Square, projected


def prepared(folder: Path, *paths: Path, order: Any = ORDER) -> tuple[Prepared, list[Placed]]:
    folder.mkdir()
    found = prepare(paths, folder, order, lambda *_: None)
    return found, [(folder, one) for one in read_index(folder)]


def square_at(found: Prepared, zoom: int) -> Square:
    """The tile in which the middle of a footprint lies."""
    centre = found.footprint.envelope.centroid
    x, y = projected(np.array([[centre.x, centre.y]]))[0]
    side = 2 * REACH / (1 << zoom)
    return Square(zoom, int((x + REACH) / side), int((REACH - y) / side))


def warped(path: Path, square: Square, bands: Sequence[int] = (1, 2, 3)) -> np.ndarray:
    """The same tile by GDAL's warper alone, straight from the source."""
    west, _, _, north = square.metres
    grid = Affine(square.side / 256, 0, west, 0, -square.side / 256, north)
    found = np.zeros((len(bands), 256, 256), np.uint8)
    with rasterio.open(path) as source:
        given = source.read(bands)
        how = {"src_crs": source.crs, "src_transform": source.transform, "dst_crs": "EPSG:3857", "dst_transform": grid}
        reproject(given, found, resampling=Resampling.bilinear, **how)
    return found


def photo(folder: Path, size: int = 400) -> Path:
    """Colours that change everywhere, with a gap in the middle."""
    y, x = np.mgrid[:size, :size]
    bands = np.stack([(x * 255) // size, (y * 255) // size, ((x + y) * 3) % 200 + 30, np.full_like(x, 255)])
    bands[3, 150:250, 150:250] = 0
    interpretation = [ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha]
    return picture(folder / "photo.tif", bands.astype(np.uint8), interpretation=interpretation)


def test_tiles_show_what_gdal_warps_from_the_source(tmp_path: Path) -> None:
    path = photo(tmp_path)
    found, pictures = prepared(tmp_path / "h", path)
    assert pictures[0][1].zoom == 18  # pixels of 0.48 m here, not coarser than the 0.5 m of the source
    west, south, east, north = found.footprint.bounds
    assert 117.0 < west < east < 117.1
    assert 36.6 < south < north < 36.7
    assert found.attributes == {"crs": "EPSG:32650", "resolution": pytest.approx(0.5, abs=1e-3), "pictures": 1}
    square = square_at(found, 18)
    tile, expected = drawn(pictures, square), warped(path, square)
    seen = tile[3] == 255
    assert seen.mean() > 0.5
    assert (~seen).any()  # the gap
    far = seen & ndimage.binary_erosion(seen, iterations=2, border_value=1)  # at its edge GDAL mixes what is not there
    assert np.abs(tile[:3, far].astype(int) - expected[:, far]).max() <= 2


def test_coarser_and_finer_tiles_are_made_of_the_same_picture(tmp_path: Path) -> None:
    found, pictures = prepared(tmp_path / "h", picture(tmp_path / "a.tif", plain((10, 200, 30), 300)))
    for zoom in (10, 17, 22):
        tile = drawn(pictures, square_at(found, zoom))
        seen = tile[3] == 255
        assert seen.any() or zoom == 10
        assert (tile[:3, seen].T == (10, 200, 30)).all()


def test_the_footprint_leaves_out_what_is_not_there(tmp_path: Path) -> None:
    values = plain((9, 9, 9), 100)
    values[:, :, 50:] = 0
    found, _ = prepared(tmp_path / "h", picture(tmp_path / "a.tif", values, nodata=0))
    whole, _ = prepared(tmp_path / "i", picture(tmp_path / "b.tif", plain((9, 9, 9), 100)))
    assert found.footprint.area / whole.footprint.area == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("values", "said", "shown"),
    [
        (plain((77,)), {}, (77, 77, 77)),
        (plain((1, 2, 3, 4)), {"interpretation": [*[ColorInterp.undefined] * 4]}, (1, 2, 3)),
        (plain((3, 2, 1)), {"interpretation": [ColorInterp.blue, ColorInterp.green, ColorInterp.red]}, (1, 2, 3)),
        (plain((5,)), {"colours": {5: (200, 100, 50, 255)}, "photometric": "palette"}, (200, 100, 50)),
        (plain((40, 50, 60), dtype="uint16"), {}, (40, 50, 60)),
    ],
    ids=["grey", "four bands", "bands in another order", "palette", "16 bits that hold 8"],
)
def test_any_kind_of_pixel_is_shown(tmp_path: Path, values: np.ndarray, said: Any, shown: tuple[int, ...]) -> None:
    found, pictures = prepared(tmp_path / "h", picture(tmp_path / "a.tif", values, 5.0, **said))
    tile = drawn(pictures, square_at(found, 16))
    assert {tuple(one) for one in tile[:3, tile[3] == 255].T.tolist()} == {shown}


def test_sixteen_bits_are_stretched_between_their_darkest_and_lightest(tmp_path: Path) -> None:
    ramp = np.linspace(1_000, 3_000, 100).astype(np.uint16)
    values = np.broadcast_to(ramp, (3, 100, 100)).copy()
    found, pictures = prepared(tmp_path / "h", picture(tmp_path / "a.tif", values, 5.0))
    tile = drawn(pictures, square_at(found, 14))
    grey = tile[0, tile[3] == 255]
    assert (grey.min(), grey.max()) == (0, 255)
    assert 110 < np.median(grey) < 145


def test_the_first_picture_wins_where_it_shows_something(tmp_path: Path) -> None:
    upper = plain((255, 0, 0), 64)
    upper[:, :, 32:] = 0
    _, first = prepared(tmp_path / "h", picture(tmp_path / "a.tif", upper, 5.0, nodata=0))
    found, second = prepared(tmp_path / "i", picture(tmp_path / "b.tif", plain((0, 0, 255), 64), 5.0))
    square = square_at(found, 15)
    tile = drawn([*first, *second], square)
    colours = {tuple(one) for one in tile[:3, tile[3] == 255].T.tolist()}
    assert colours == {(255, 0, 0), (0, 0, 255)}
    other = drawn([*second, *first], square)
    assert {tuple(one) for one in other[:3, other[3] == 255].T.tolist()} == {(0, 0, 255)}
    assert covering([*first, *second], square._replace(x=square.x + 900)) == []


def test_formats_say_what_they_can(tmp_path: Path) -> None:
    tile = np.zeros((4, 256, 256), np.uint8)
    tile[:, :128] = np.array([200, 10, 20, 255], np.uint8)[:, None, None]
    heads = {"png": b"\x89PNG", "jpg": b"\xff\xd8\xff", "webp": b"RIFF"}
    for form, head in heads.items():
        assert encoded(tile, form).startswith(head)
    with rasterio.MemoryFile(encoded(tile, "png")) as file, pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        assert (file.open().read() == tile).all()


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    path = photo(tmp_path, 200)
    prepared(tmp_path / "h", path)
    prepared(tmp_path / "i", path)
    for name in ("0.tif", "index.json"):
        assert (tmp_path / "h" / name).read_bytes() == (tmp_path / "i" / name).read_bytes()
    assert sorted(one.name for one in (tmp_path / "h").iterdir()) == ["0.tif", "index.json"]


def placeless(path: Path, values: np.ndarray) -> Path:
    """A picture that names its system and not its place in it."""
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        return picture(path, values, transform=Affine.identity())


def unfit(folder: Path) -> dict[str, tuple[str, Path]]:
    """Pictures that cannot be shown, each with the rule it breaks."""
    flat = plain((1, 2, 3), 300)
    whole = picture(folder / "whole.tif", flat).read_bytes()
    (folder / "cut.tif").write_bytes(whole[: len(whole) // 2])
    (folder / "text.tif").write_text("no picture")
    with rasterio.open(folder / "whole.tif") as source, WarpedVRT(source) as named:
        rasterio.shutil.copy(named, folder / "other.tif", driver="VRT")
    far = Affine(1e9, 0, 1e12, 0, -1e9, 1e12)
    return {
        "cut": ("imagery.file", folder / "cut.tif"),
        "text": ("imagery.file", folder / "text.tif"),
        "other": ("imagery.file", folder / "other.tif"),
        "heights": ("imagery.type", picture(folder / "f.tif", flat.astype(np.float32))),
        "nowhere": ("imagery.crs", picture(folder / "n.tif", flat, crs=None)),
        "far": ("imagery.place", picture(folder / "p.tif", flat, transform=far)),
        "astray": ("imagery.place", picture(folder / "y.tif", flat, east=3_000_000)),
        "placeless": ("imagery.place", placeless(folder / "z.tif", flat)),
        "empty": ("imagery.empty", picture(folder / "e.tif", flat * 0, nodata=0)),
    }


@pytest.mark.parametrize("which", ["cut", "text", "other", "heights", "nowhere", "far", "astray", "placeless", "empty"])
def test_what_cannot_be_shown_is_refused(tmp_path: Path, which: str) -> None:
    rule, path = unfit(tmp_path)[which]
    with pytest.raises(Invalid) as refused:
        prepared(tmp_path / "h", path)
    assert refused.value.rule == rule
    assert path.name in refused.value.findings[0].sentence.zh
    assert "previous exception" not in refused.value.findings[0].sentence.en


def test_a_system_may_be_told(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.tif", plain((1, 2, 3)), crs=None)
    found, _ = prepared(tmp_path / "h", path, order=replace(ORDER, crs="EPSG:32650"))
    assert found.attributes["crs"] == "EPSG:32650"
    assert IMAGERY.hash([path], ORDER) != IMAGERY.hash([path], replace(ORDER, crs="EPSG:32650"))


def test_real_orthophotos(shared_data: Path, tmp_path: Path) -> None:
    fine = shared_data / "imagery/riotiler_hro_colorado.tif"
    found, pictures = prepared(tmp_path / "h", fine)
    assert found.attributes["resolution"] == pytest.approx(0.15, abs=0.001)
    square = square_at(found, pictures[0][1].zoom)
    tile, expected = drawn(pictures, square), warped(fine, square)
    seen = (tile[3] == 255) & (expected.sum(axis=0) > 0)
    assert np.abs(tile[:3, seen].astype(int) - expected[:, seen]).max() <= 2
    wide, mosaic = prepared(tmp_path / "i", shared_data / "imagery/riotiler_mosaic_cog1.tif")
    assert wide.attributes["resolution"] == pytest.approx(300, abs=1)
    assert drawn(mosaic, square_at(wide, 7))[3].mean() > 20
