"""Surveys onto the lattice: any system and unit, gaps as they are, what that loses, and what is no elevation model."""

import gzip
import lzma
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from pyproj import Transformer
from rasterio.transform import Affine

from entities.errors import Invalid
from tests.tiling.elevation import ground
from tests.tiling.elevation.ground import ANOMALY, DEGREE, LAT, LON, hills
from tiling.elevation.lattice import STEPS
from tiling.elevation.measured import undeclared
from tiling.elevation.prepare import ELEVATION
from tiling.elevation.pyramid import Pyramid
from tiling.elevation.terrain import tolerance
from tiling.heights import ConstantAnomaly, GridAnomaly
from tiling.holdings import Order


def at(folder: Path, lon: float, lat: float) -> float:
    return float(Pyramid.open(folder).at(np.array([lon]), np.array([lat]))[0])


def rules(prepared: object) -> set[str]:
    return {one.rule for one in prepared.warnings}


def test_what_is_said_of_a_model(tmp_path: Path) -> None:
    said = ground.prepared(tmp_path / "made", ground.model(tmp_path / "dem.tif"))
    assert said.attributes["crs"] == "EPSG:4490"
    assert said.attributes["resolution"] == pytest.approx(27.8, abs=0.3)
    assert (said.attributes["cells"], said.attributes["surface"]) == (6400, "ground")
    assert 0 < said.attributes["usual_error"] <= said.attributes["largest_error"] < 2
    assert 20 <= said.low < 30
    assert 170 < said.high <= 180
    assert said.footprint.area == pytest.approx((80 * DEGREE) ** 2, rel=0.02)
    assert rules(said) == {"crs.vertical"}


def test_the_same_files_come_out_as_the_same_bytes_by_any_number_of_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tiling.elevation.writing.CHUNK", STEPS)  # so that there are many blocks
    path = ground.model(tmp_path / "dem.tif")
    said = [ground.prepared(tmp_path / "one", path, workers=1), ground.prepared(tmp_path / "two", path, workers=5)]
    assert (said[0].low, said[0].high) == (said[1].low, said[1].high)
    one, two = ({file.name: file.read_bytes() for file in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two
    assert "pyramid.npz" in one


def test_a_hole_stays_a_hole_in_heights_and_footprint(tmp_path: Path) -> None:
    def holed(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        away = np.hypot(lon - LON - 40 * DEGREE, lat - LAT - 40 * DEGREE)
        return np.where(away < 15 * DEGREE, np.nan, hills(lon, lat))

    said = ground.prepared(tmp_path / "made", ground.model(tmp_path / "dem.tif", holed))
    middle = LON + 40 * DEGREE, LAT + 40 * DEGREE
    assert np.isnan(at(tmp_path / "made", *middle))
    assert not said.footprint.contains(shapely.Point(middle))
    assert len(said.footprint.interiors) == 1


def test_feet_become_metres_and_another_system_becomes_ours(tmp_path: Path) -> None:
    to_zone = Transformer.from_crs(4490, 4549, always_xy=True)
    west, south = to_zone.transform(LON, LAT)
    back = Transformer.from_crs(4549, 4490, always_xy=True)
    x, y = np.meshgrid(west + (np.arange(60) + 0.5) * 20, south + (60 - np.arange(60) - 0.5) * 20)
    with rasterio.open(
        tmp_path / "feet.tif",
        "w",
        "GTiff",
        60,
        60,
        1,
        "EPSG:4549",
        Affine(20, 0, west, 0, -20, south + 1200),
        "float32",
    ) as dataset:
        dataset.write((hills(*back.transform(x, y)) / 0.3048).astype(np.float32), 1)
        dataset.units = ["ft"]
    said = ground.prepared(tmp_path / "made", tmp_path / "feet.tif")
    place = back.transform(west + 610, south + 590)
    assert at(tmp_path / "made", *place) == pytest.approx(float(hills(*map(np.array, place))), abs=1)
    assert (said.attributes["crs"], said.attributes["resolution"]) == ("EPSG:4549", pytest.approx(20, abs=0.05))


def test_sheets_side_by_side_leave_no_gap(tmp_path: Path) -> None:
    west = ground.model(tmp_path / "a.tif", size=40)
    east = ground.model(tmp_path / "b.tif", size=40, east=40 * DEGREE)
    said = ground.prepared(tmp_path / "made", west, east)
    lon = LON + np.linspace(1, 79, 400) * DEGREE
    assert np.isfinite(Pyramid.open(tmp_path / "made").at(lon, np.full(400, LAT + 20.3 * DEGREE))).all()
    assert said.footprint.geom_type == "Polygon"


@pytest.mark.parametrize("gap", [3.4e38, -9999.0])
def test_values_that_are_no_heights_are_gaps_that_are_told(tmp_path: Path, gap: float) -> None:
    odd = ground.model(
        tmp_path / "dem.tif", lambda x, y: np.where(x < LON + 10 * DEGREE, gap, hills(x, y)), nodata=None
    )
    said = ground.prepared(tmp_path / "made", odd)
    assert "elevation.odd" in rules(said)
    assert 0 < said.low < said.high < 200
    assert np.isnan(at(tmp_path / "made", LON + 5 * DEGREE, LAT + 40 * DEGREE))


def test_a_trench_may_be_9999_metres_deep() -> None:
    assert undeclared(np.array([-9999.0, 12.0])).tolist() == [True, False]
    assert not undeclared(np.array([-9999.0, -9998.0, 12.0])).any()


def slope(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    return -30 - (lon - LON) * 500


@pytest.mark.parametrize(
    ("head", "sign", "up"),
    [("lon,lat,depth\n", 1, False), ("经度,纬度,水深(m)\n", 1, False), ("x;y;height\n", -1, True), ("", -1, True)],
)
def test_soundings_point_down_where_they_are_called_depths(tmp_path: Path, head: str, sign: int, up: bool) -> None:
    path = ground.soundings(tmp_path / "s.csv", lambda x, y: sign * slope(x, y), head=head.replace(";", ","))
    said = ground.prepared(tmp_path / "made", path)
    here = LON + 50 * DEGREE, LAT + 50 * DEGREE
    assert at(tmp_path / "made", *here) == pytest.approx(float(slope(*map(np.array, here))), abs=0.5)
    assert said.attributes["surface"] == "sea floor"
    told = next(one for one in said.warnings if one.rule == "elevation.sign")
    assert ("positive upwards" in told.sentence.en) == up


def test_soundings_say_their_columns_in_a_comment_or_in_chinese_of_windows(tmp_path: Path) -> None:
    told = {"a.xyz": "# sounder 7\n# lon,lat,depth\n", "b.csv": "经度,纬度,水深\n"}
    for name, head in told.items():
        path = ground.soundings(tmp_path / name, lambda x, y: -slope(x, y), head="")
        path.write_bytes((head + path.read_text(encoding="utf-8") + "120.3,36.05,-9999\n").encode("gb18030"))
        said = ground.prepared(tmp_path / f"of {name}", path)
        assert (said.attributes["cells"], said.attributes["surface"]) == (900, "sea floor")
        assert "elevation.odd" in rules(said)


@pytest.mark.parametrize(("suffix", "packed"), [(".xyz.xz", lzma.compress), (".csv.gz", gzip.compress)])
def test_packed_soundings_are_unpacked(tmp_path: Path, suffix: str, packed: object) -> None:
    plain = ground.soundings(tmp_path / "s.csv", slope)
    path = tmp_path / f"s{suffix}"
    path.write_bytes(packed(plain.read_bytes()))
    assert ground.prepared(tmp_path / "made", path).attributes["cells"] == 900


def test_nothing_is_drawn_across_a_wide_gap(tmp_path: Path) -> None:
    near, far = ground.soundings(tmp_path / "a.csv", slope), ground.soundings(tmp_path / "b.csv", slope, east=1.0)
    said = ground.prepared(tmp_path / "made", near, far)
    assert np.isnan(at(tmp_path / "made", LON + 0.5, LAT + 0.01))
    assert said.footprint.geom_type == "MultiPolygon"
    assert 0.9 * 2 * (116 * DEGREE) ** 2 < said.footprint.area < 1.1 * 2 * (118 * DEGREE) ** 2


def write(name: str, text: str) -> object:
    return lambda folder: [_written(folder / name, text)]


def _written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def bands(folder: Path) -> list[Path]:
    with rasterio.open(
        folder / "rgb.tif", "w", "GTiff", 4, 4, 3, "EPSG:4490", Affine(DEGREE, 0, LON, 0, -DEGREE, LAT), "uint8"
    ) as dataset:
        dataset.write(np.ones((3, 4, 4), np.uint8))
    return [folder / "rgb.tif"]


def unit(folder: Path) -> list[Path]:
    path = ground.model(folder / "dem.tif")
    with rasterio.open(path, "r+") as dataset:
        dataset.units = ["furlong"]
    return [path]


def cut_off(folder: Path) -> list[Path]:
    path = ground.model(folder / "dem.tif")
    path.write_bytes(path.read_bytes()[:9_000])
    return [path]


def names_another(folder: Path) -> list[Path]:
    """A file of GDAL's virtual format, which would have the file that it names read."""
    ground.model(folder / "hidden.tif")
    source = '<SourceFilename relativeToVRT="1">hidden.tif</SourceFilename><SourceBand>1</SourceBand>'
    band = f'<VRTRasterBand dataType="Float32" band="1"><SimpleSource>{source}</SimpleSource></VRTRasterBand>'
    place = f"<SRS>EPSG:4490</SRS><GeoTransform>{LON}, {DEGREE}, 0, {LAT}, 0, -{DEGREE}</GeoTransform>"
    text = f'<VRTDataset rasterXSize="80" rasterYSize="80">{place}{band}</VRTDataset>'
    return [_written(folder / "dem.tif", text)]


BAD = {
    "elevation.empty": lambda folder: [ground.model(folder / "dem.tif", lambda x, y: x * np.nan)],
    "crs.declared": lambda folder: [ground.model(folder / "dem.tif", crs=None)],
    "crs.range": lambda folder: [
        ground.model(folder / "dem.tif", crs="EPSG:4549", transform=Affine(1e9, 0, 1e12, 0, -1e9, 1e12))
    ],
    "crs.swapped": lambda folder: [
        ground.model(folder / "dem.tif", crs="EPSG:4549", transform=Affine(10, 0, 4_000_000, 0, -10, 500_000))
    ],
    "elevation.wide": lambda folder: [ground.model(folder / "dem.tif", transform=Affine(4, 0, -170, 0, -1, 40))],
    "elevation.unplaced": lambda folder: [ground.model(folder / "dem.tif", transform=Affine(0, 0, LON, 0, 0, LAT))],
    "elevation.bands": bands,
    "elevation.unit": unit,
    "elevation.unreadable": write("dem.tif", "not a raster at all"),
    "elevation.unreadable ": cut_off,
    "elevation.unreadable  ": names_another,
    "elevation.empty ": write("s.xyz", ""),
    "elevation.empty  ": write("s.csv", "lon,lat,depth\n"),
    "elevation.text": write("s.xyz", "120 36 rubbish\n121 36 5\n"),
    "elevation.text ": write("s.txt", "the quick brown fox\njumps over\n"),
    "elevation.text  ": write("s.csv", "1,2\n3,4\n"),
    "elevation.text   ": write("s.csv.xz", "no archive"),
    "elevation.few": write("s.xyz", "120 36 5\n120.1 36 5\n"),
    "elevation.line": write("s.xyz", "120 36 5\n120.1 36.1 5\n120.2 36.2 5\n120.3 36.3 5\n"),
    "elevation.line ": write("s.xyz", "120 36 5\n" * 20),
    "elevation.scattered": lambda folder: [
        ground.soundings(folder / "a.csv", slope, step=1e-6),
        ground.soundings(folder / "b.csv", slope, step=1e-6, east=20.0),
    ],
    "crs.declared ": write("s.xyz", "500000 4000000 5\n500010 4000000 5\n500000 4000010 5\n"),
    "crs.range ": write("s.xyz", "lon lat z\n500000 4e6 5\n1e12 4e6 5\n500000 4000010 5\n"),
}


@pytest.mark.parametrize("rule", BAD)
def test_what_is_unfit_is_refused_under_a_rule(rule: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refusal:
        ground.prepared(tmp_path / "made", *BAD[rule](tmp_path), crs="EPSG:4549" if rule == "crs.range " else None)
    assert refusal.value.rule == rule.strip()
    assert "{" not in refusal.value.findings[0].sentence.zh + refusal.value.findings[0].sentence.en


def test_a_survey_that_the_height_anomaly_does_not_reach_is_refused(tmp_path: Path) -> None:
    form = {"crs": "EPSG:4326", "transform": Affine(0.5, 0, 100, 0, -0.5, 30), "dtype": "float32"}
    with rasterio.open(tmp_path / "grid.tif", "w", "GTiff", 8, 8, 1, **form) as dataset:
        dataset.write(np.zeros((8, 8), np.float32), 1)
    order = Order(GridAnomaly(tmp_path / "grid.tif", "made up for tests"))
    (tmp_path / "made").mkdir()
    with pytest.raises(Invalid) as refusal:
        ELEVATION.prepare([ground.model(tmp_path / "dem.tif")], tmp_path / "made", order, lambda *_: None)
    assert refusal.value.rule == "tiles.grid"


def test_the_kind_knows_its_files_and_its_name_depends_on_what_is_said(tmp_path: Path) -> None:
    path = ground.model(tmp_path / "dem.tif")
    assert {".tif", ".tiff", ".xyz", ".csv", ".xz"} <= ELEVATION.suffixes
    one, other = (ELEVATION.hash([path], Order(ANOMALY, crs)) for crs in (None, "EPSG:4490"))
    assert one != other != ELEVATION.hash([path], Order(ConstantAnomaly(1, "x"), "EPSG:4490"))


REAL = {
    "dtm": ("terrain/opengeos_dtm.tif", 26918, 1.0),
    "dsm": ("terrain/opengeos_dsm.tif", 26918, 1.0),
    "mago": ("terrain/mago_34707051.tif", 5186, 1.0),
    "ky4": ("pipelines/ky4_elevation.tif", 3547, 1.0),
}


@pytest.mark.parametrize("name", REAL)
def test_real_models_are_drawn_as_high_as_they_say(name: str, shared_data: Path, tmp_path: Path) -> None:
    path, code, factor = REAL[name]
    said = ground.prepared(tmp_path / "made", shared_data / path)
    terrain = ground.terrain(tmp_path, "made")
    with rasterio.open(shared_data / path) as dataset:
        cells, transform = dataset.read(1, masked=True).astype(float).filled(np.nan), dataset.transform
    row, column = (np.array(cells.shape)[:, None] // 2 + np.mgrid[0:12, 0:12].reshape(2, -1)).astype(int)
    x, y = transform.c + (column + 0.5) * transform.a, transform.f + (row + 0.5) * transform.e
    lon, lat = Transformer.from_crs(code, 4326, always_xy=True).transform(x, y)
    off = np.abs(ground.drawn(terrain, lon, lat) - ANOMALY.metres - cells[row, column] * factor)
    declared = said.attributes["usual_error"] + tolerance(terrain.finest) + 0.01
    assert off.max() <= said.attributes["largest_error"] + tolerance(terrain.finest) + 0.01
    assert np.mean(off <= declared) >= 0.9
    assert said.attributes["cells"] == int(np.isfinite(cells).sum())


def test_real_soundings_keep_their_gaps(shared_data: Path, tmp_path: Path) -> None:
    whole = lzma.decompress((shared_data / "bathymetry/baja-bathymetry.csv.xz").read_bytes()).decode().splitlines()
    rows = [row for row in whole[1:] if row.startswith(("246.", "247."))]
    (tmp_path / "baja.csv").write_text("\n".join([whole[0], *rows]))
    said = ground.prepared(tmp_path / "made", tmp_path / "baja.csv")
    assert (said.attributes["cells"], said.attributes["surface"]) == (len(rows), "sea floor")
    assert len(rows) > 10_000
    hull = shapely.box(*said.footprint.bounds)
    assert 0.2 < said.footprint.area / hull.area < 0.9
