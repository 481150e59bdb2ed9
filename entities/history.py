"""Bitemporal arithmetic: what is left of a history when something new is said about a period."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from entities.model import Period, Version


def carve(versions: Iterable[Version], hole: Period) -> Iterator[Version]:
    """Yield what is left of the versions once `hole` is taken out of their validity."""
    for version in versions:
        for period in version.period.minus(hole):
            yield replace(version, period=period)


def say(versions: Iterable[Version], new: Version) -> list[Version]:
    """The validity of one entity after `new` is said: it stands in its period, the others give way."""
    return sorted([*carve(versions, new.period), new], key=lambda version: version.period)
