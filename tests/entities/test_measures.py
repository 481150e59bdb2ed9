"""Lengths as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entities.measures import is_silent, measures, metres_of

DIAMETER, DEPTH, CROWN = measures()["pipes"]["diameter"], measures()["pipes"]["depth"], measures()["trees"]["crown"]
METRES = {
    "mm": 0.001,
    "毫米": 0.001,
    "cm": 0.01,
    " 厘米": 0.01,
    "m": 1.0,
    "米": 1.0,
    " ft": 0.3048,
    "in": 0.0254,
    "": 1.0,
}


@given(st.integers(-10_000, 10_000).map(lambda tenths: tenths / 10), st.sampled_from(sorted(METRES)))
def test_a_number_and_its_unit(number: float, unit: str) -> None:
    assert metres_of(f"{number}{unit}") == pytest.approx(number * METRES[unit])
    assert metres_of(f" {number}{unit} ", 0.3048) == pytest.approx(number * (METRES[unit] if unit else 0.3048))


@pytest.mark.parametrize(
    ("text", "metres"), [("３０ｃｍ", 0.3), ('12"', 0.3048), ("1.5 M", 1.5), ("250㎜", 0.25), (7, 7.0)]
)
def test_other_ways_of_writing(text: str | int, metres: float) -> None:
    assert metres_of(text) == pytest.approx(metres)


@pytest.mark.parametrize("text", ["", "tall", "12,5", "DN300", "3 m2", "1.5 2", "nan", "inf", "m", "约3m", None, True])
def test_what_is_no_length(text: str | bool | None) -> None:
    with pytest.raises(ValueError):
        metres_of(text)


@pytest.mark.parametrize(
    ("value", "metres"),
    [
        (300, 0.3), (0.3, 0.3), ("300", 0.3), ("DN300", 0.3), ("dn 80", 0.08), ("DN8", 0.008), ("φ300", 0.3),
        ("Φ0.3", 0.3), ("Ø 630mm", 0.63), ("400x300", 0.4), ("300×400", 0.4), ("300*400mm", 0.4), ("0.4m×30cm", 0.4),
        ("30cm", 0.3), ("1.2米x0.8米", 1.2), ("D1200", 1.2), ("不详", None), ("-", None), (None, None),
        (" ", None), (-9999.0, None),
    ],
)  # fmt: skip
def test_diameters_and_sections(value: str | float | None, metres: float | None) -> None:
    assert DIAMETER.read(value) == (None if metres is None else pytest.approx(metres))


@pytest.mark.parametrize("value", ["?", "PE", "300-400", "DN", 0, -5, 90_000, "30 m", "300x", "1,200"])
def test_what_is_no_diameter(value: str | float) -> None:
    with pytest.raises(ValueError):
        DIAMETER.read(value)


def test_each_measure_has_its_own_bounds_and_crowns_are_in_metres() -> None:
    assert (DEPTH.read("-12m"), DEPTH.read("1.5"), CROWN.read("6 x 4"), CROWN.read(12)) == (-12.0, 1.5, 6.0, 12.0)
    for measure, value in ((DEPTH, "2 km"), (CROWN, 900)):
        with pytest.raises(ValueError):
            measure.read(value)


def test_zero_is_said() -> None:
    assert not is_silent(0) and not is_silent("0") and is_silent("未知")
