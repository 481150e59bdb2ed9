"""Conditions that a department may ask a field to meet; all but `present` leave an empty field alone."""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """What a value must be: `wanted` says it without words of any language, `holds` tells it."""

    field: str
    wanted: str
    holds: Callable[[object], bool]


def present(field: str) -> Condition:
    """The field must not be empty."""
    return Condition(field, "≠ ∅", lambda value: not is_blank(value))


def one_of(field: str, values: Iterable[object]) -> Condition:
    """The value must be one of these."""
    known = [plain(value) for value in values]
    return Condition(field, "、".join(known), lambda value: is_blank(value) or plain(value) in known)


def within(field: str, least: float, most: float) -> Condition:
    """The value must be a number from `least` to `most`."""
    return Condition(field, _span(least, most), lambda value: is_blank(value) or least <= _number(value) <= most)


def long(field: str, least: float, most: float) -> Condition:
    """The value's text must have from `least` to `most` characters."""
    return Condition(field, _span(least, most), lambda value: is_blank(value) or least <= len(plain(value)) <= most)


def matching(field: str, pattern: re.Pattern[str]) -> Condition:
    """The value's whole text must match."""
    return Condition(
        field, pattern.pattern, lambda value: is_blank(value) or pattern.fullmatch(plain(value)) is not None
    )


def anything(field: str) -> Condition:
    """Any value will do: what the rule asks is not asked of a value alone."""
    return Condition(field, "", lambda value: True)


def both(first: Condition, second: Condition) -> Condition:
    """Both must be met, of the same field."""
    return Condition(second.field, second.wanted, lambda value: first.holds(value) and second.holds(value))


def is_blank(value: object) -> bool:
    """Tell whether a field is empty: without a value, or with nothing but white space."""
    return value is None or (isinstance(value, str) and not value.strip()) or value != value


def plain(value: object) -> str:
    """A value as people write it: 3.0 as 3, true and false in small letters, without white space around."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return math.nan


def _span(least: float, most: float) -> str:
    ends = [f"≥ {least:g}"] * (least > -math.inf) + [f"≤ {most:g}"] * (most < math.inf)
    return ", ".join(ends)
