"""What can be wrong with a code beyond its symbols: the named checks that schemes ask for."""

import csv
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from stdnum import numdb
from stdnum.cn import uscc

from entities.errors import Invalid
from entities.grid import beidou, rslc
from entities.grid.cells import Cells

_MINISTRY: Final = "100000"
_FIRST_YEAR: Final = 1986  # of the law that licences are granted under


@cache
def is_division(code: str) -> bool:
    """Tell whether six digits are, or were, a province, city or county of GB/T 2260, or a zone counted with a city."""
    if code[4:5] == "7" and code[5:] != "0":  # development zones: statistics count them from 71 on
        code = code[:4] + "00"
    found = numdb.get("cn/loc").info(code)
    return len(code) == 6 and len(found) == 2 and bool(found[1][1])


def is_authority(code: str) -> bool:
    """Tell whether six digits are a division, or the ministry's own."""
    return code == _MINISTRY or is_division(code)


def is_month(text: str) -> bool:
    """Tell whether six digits are a year and a month."""
    return _FIRST_YEAR <= int(text[:4]) <= 2099 and 1 <= int(text[4:]) <= 12


def is_land_use(text: str) -> bool:
    """Tell whether six digits are a class of land or sea use, filled with zeros at the right."""
    return any(text == known.ljust(6, "0") for known in (text[:2], text[:4], text) if known in _land_uses())


def is_china(text: str) -> bool:
    """Tell whether three digits are the country's own number."""
    return text == "156"


def is_social_credit(text: str) -> bool:
    """Tell whether a unified social credit code agrees with its check character (GB 32100-2015)."""
    return text[-1] == uscc.calc_check_digit(text[:-1])


def is_location(code: str) -> bool:
    """Tell whether a location code, in 2D or 3D, names a cell."""
    return _names_a_cell(code, rslc.decode, rslc.decode_3d)


def is_grid(code: str) -> bool:
    """Tell whether a BeiDou grid code, in 2D or 3D, names a cell."""
    return _names_a_cell(code, beidou.decode, beidou.decode_3d)


CHECKS: Final[Mapping[str, Callable[[str], bool]]] = MappingProxyType(
    {
        "division": is_division,
        "authority": is_authority,
        "month": is_month,
        "land-use": is_land_use,
        "china": is_china,
        "uscc": is_social_credit,
        "rslc": is_location,
        "beidou": is_grid,
    }
)
"""Every check a scheme may ask for, by its name in the file."""


@cache
def _land_uses() -> frozenset[str]:
    page = (files("entities.data") / "land_uses.csv").read_text(encoding="utf-8-sig")
    return frozenset(row["code"] for row in csv.DictReader(page.splitlines()))


def _names_a_cell(code: str, *ways: Callable[[Sequence[str]], Cells]) -> bool:
    for decode in ways:
        try:
            decode([code])
        except Invalid:
            continue
        return True
    return False
