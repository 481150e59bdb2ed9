"""The grid codes against every known example: printed in the standard, in a product's manual, or computed elsewhere.

The rows of GeoSOT codes in the same file belong to a grid that this project does not write.
"""

import csv
from pathlib import Path

import pytest

from entities.grid import beidou, rslc
from entities.grid.beidou import HeightSplit

JINAN = (116 + 18 / 60 + 45.37 / 3600, 39 + 59 / 60 + 35.38 / 3600)  # the example of GB/T 39409-2020 B.2


def degrees(text: str) -> float:
    """Read `116 18 45.37` or `116.3126`."""
    return sum(float(part) / 60**place for place, part in enumerate(text.split()))


def vectors(folder: Path) -> list[dict[str, str]]:
    """The rows of the file whose grids are ours."""
    with (folder / "codes/grid_code_test_vectors.csv").open(encoding="utf-8") as page:
        return [row for row in csv.DictReader(page) if row["kind"] != "geosot"]


def encoded(row: dict[str, str]) -> str:
    position = degrees(row["lon"]), degrees(row["lat"])
    level = int(row["level"])
    match row["kind"]:
        case "beidou2d":
            return beidou.encode(*position, level)[0]
        case "beidou3d":
            return beidou.encode_3d(*position, float(row["height_m"]), level)[0]
        case "rslc2d":
            return rslc.encode(*position, level)[0]
        case "rslc3d":
            return rslc.encode_3d(*position, float(row["height_m"]), level)[0]
        case other:
            raise AssertionError(other)


def test_every_vector_is_reproduced(shared_data: Path) -> None:
    rows = vectors(shared_data)
    assert len(rows) == 23
    assert [encoded(row) for row in rows] == [row["code"] for row in rows]


def test_low_heights_are_the_same_in_both_splits(shared_data: Path) -> None:
    for row in [row for row in vectors(shared_data) if row["kind"] == "beidou3d"]:
        place = float(row["lon"]), float(row["lat"]), float(row["height_m"])
        assert beidou.encode_3d(*place, split=HeightSplit.BINARY) == [row["code"]]


def test_the_standards_example_in_3d() -> None:
    """GB/T 39409-2020 Table 1 puts noughts for every height digit of its 2D example."""
    plane = "N36J93078B3101524314"
    cell = beidou.decode([plane])
    middle = (cell.west[0] + cell.east[0]) / 2, (cell.south[0] + cell.north[0]) / 2
    assert beidou.encode_3d(*middle, 0) == ["N036J0093000780B3010010520430140"]


def test_a_shipped_products_height_at_25125_m() -> None:
    assert beidou.encode_3d(*JINAN, 25125, 8) == ["N050J004705039DB8920557347"]
    assert beidou.encode_3d(*JINAN, 25125, 8, HeightSplit.BINARY) != ["N050J004705039DB8920557347"]


def test_plain_binary_reaches_f_where_the_printed_table_ends_at_e() -> None:
    fields = [beidou.encode_3d(*JINAN, 1900, 5, split)[0][-1] for split in HeightSplit]
    assert fields == ["0", "F"]


def test_rslc_at_height_0() -> None:
    assert rslc.encode_3d(116.315222, 39.910278, 0)[0].startswith("NE01004J0020502050003")


@pytest.mark.parametrize(("lat", "letter"), [(0, "A"), (3.9, "A"), (4, "B"), (36.6, "J"), (-36.6, "J"), (88, "V")])
def test_beidou_rows_are_the_letters_of_the_map_sheets(lat: float, letter: str) -> None:
    assert beidou.encode(117, lat, 1) == [("S" if lat < 0 else "N") + "50" + letter]


@pytest.mark.parametrize(
    ("lon", "column"), [(0, "31"), (-0.001, "30"), (-6, "29"), (-73.9, "18"), (180, "60"), (-180, "01"), (6, "32")]
)
def test_beidou_columns_count_outwards_from_greenwich(lon: float, column: str) -> None:
    assert beidou.encode(lon, 40, 1) == [f"N{column}K"]
