"""A base of plain houses in which every house carries codes of several registers: as many links as asked for."""

from contextlib import closing
from pathlib import Path

import shapely

from entities.model import Link, Period, State, Version, parse_day
from entities.store import Store

EACH = 5
"""How many codes of other registers each house carries."""

BATCH = 20_000
DAY = parse_day("2026-05-01")


def make(path: Path, links: int) -> list[str]:
    """Make the base at a path; returns the real-estate unit code of every house, in order."""
    with closing(Store.open(f"sqlite:///{path}")) as store:
        for first in range(0, links // EACH, BATCH):
            numbers = range(first, min(first + BATCH, links // EACH))
            states = [State("310301", house(number), f"楼{number}", 18.0, 30.0) for number in numbers]
            with store.transaction("bench", "houses", f"{first}") as transaction:
                codes = transaction.issue(states)
                transaction.put([Version(code, Period(DAY), one) for code, one in zip(codes, states, strict=True)])
                transaction.link(
                    link for code, number in zip(codes, numbers, strict=True) for link in carried(code, number)
                )
    return [unit(number) for number in range(links // EACH)]


def house(number: int) -> shapely.Geometry:
    """The house of a number, on a grid of streets."""
    west, south = 117 + (number % 1000) * 0.0003, 36 + number // 1000 * 0.0003
    return shapely.box(west, south, west + 0.0001, south + 0.0001)


def unit(number: int) -> str:
    """The real-estate unit code of a house."""
    return f"370102001001GB{number:05d}F{number:08d}"[:28] if number < 100_000 else _unit(number)


def _unit(number: int) -> str:
    return f"370103001001GB{number % 100_000:05d}F{number:08d}"


def carried(code: str, number: int) -> list[Link]:
    """The links of one house."""
    values = [
        ("real-estate-unit", unit(number)),
        ("parcel", unit(number)[:19]),
        ("plan-unit", f"370102-P-{number // 100:06d}"),
        ("land-use-patch", f"3701022110{number:08d}"),
        ("basic-farmland", f"370102002001{number % 10_000:04d}"),
    ]
    return [Link(code, scheme, value, Period(DAY), "imported", 1.0, "lixia") for scheme, value in values]
