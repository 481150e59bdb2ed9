"""What stands in a field as what it means: numbers, days, texts, classes."""

import re
from functools import lru_cache
from typing import Final

from entities.model import Day, Scalar, parse_day

_UNIT: Final = re.compile(r"\s*(m|米|metres?|meters?)\s*$", re.IGNORECASE)
_DATE: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


def number_of(value: Scalar) -> float:
    """A number, also one written as text, with or without its unit (`12.5 m`, `12.5米`); `ValueError` for others."""
    if isinstance(value, str):
        return _number_of_text(value)
    if value is None or isinstance(value, bool):
        raise ValueError(value)
    return float(value)


@lru_cache(maxsize=65536)
def _number_of_text(text: str) -> float:
    number = float(_UNIT.sub("", text.strip()))
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError(text)
    return number


def day_of(value: Scalar) -> Day:
    """A day, from ISO 8601, `20260519`, `2026/5/19`, `2026年5月19日` or an instant.

    Raises `Invalid` (`time.valid`) for others.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _day_of_text(str(value).strip())


@lru_cache(maxsize=65536)
def _day_of_text(text: str) -> Day:
    found = _DATE.match(text)
    if found:
        year, month, day = (int(part) for part in found.groups())
        return parse_day(f"{year:04d}-{month:02d}-{day:02d}{text[found.end() :]}")
    return parse_day(text)
