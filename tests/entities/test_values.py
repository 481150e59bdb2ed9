"""What stands in a field as what it means."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entities.errors import Invalid
from entities.model import day_text
from entities.values import day_of, number_of


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(9999, 12, 30)))
def test_every_way_of_writing_a_day(day: date) -> None:
    ways = [
        day.isoformat(),
        f"{day:%Y%m%d}",
        int(f"{day:%Y%m%d}"),
        float(f"{day:%Y%m%d}"),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f" {day.isoformat()} ",
        f"{day.isoformat()}T00:00:00",
        f"{day.isoformat()}T23:59:59.999",
        f"{day.year}/{day.month}/{day.day} 08:30:00",
        f"{day.isoformat()}T12:00:00+08:00",
    ]
    assert {day_text(day_of(way)) for way in ways} == {day.isoformat()}


def test_an_instant_is_its_day_in_beijing() -> None:
    assert day_text(day_of("2024-05-19T20:00:00Z")) == "2024-05-20"


@pytest.mark.parametrize(
    "value", ["soon", "2024", "2024-13-01", "2024-02-30", "20240532", "05/20/2024", "", 2024, True]
)
def test_what_is_no_day(value: object) -> None:
    with pytest.raises(Invalid) as caught:
        day_of(value)
    assert caught.value.rule == "time.valid"


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("12.5", 12.5),
        (" 12.5 m", 12.5),
        ("12.5米", 12.5),
        ("3 metres", 3.0),
        (7, 7.0),
        (1.5, 1.5),
        ("-3", -3.0),
        ("1e2", 100.0),
    ],
)
def test_numbers(value: object, number: float) -> None:
    assert number_of(value) == number


@pytest.mark.parametrize("value", ["tall", "", "12,5", "12 ft", "nan", "inf", None, True])
def test_what_is_no_number(value: object) -> None:
    with pytest.raises(ValueError):
        number_of(value)


@given(st.integers(-1000, 10_000).map(lambda tenths: tenths / 10))
def test_numbers_written_as_text(number: float) -> None:
    assert number_of(f"{number}m") == number


def test_days_count_up() -> None:
    assert day_of("2024-03-01") - day_of("2024-02-28") == timedelta(days=2).days
