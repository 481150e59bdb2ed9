"""Vegetation of city models: a single tree is the place where it stands, a cover of plants the ground it covers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from entities.crs import Numbers
from entities.model import Scalar
from entities.readers.package import Package
from entities.readers.solids import FOOTPRINT, Solid

TREE, COVER = "SolitaryVegetationObject", "PlantCover"
VEGETATION: Final = (TREE, COVER)

OBJECT: Final = "city_object"
"""The field that says what kind of object something is, where it is no Building; profiles read the class from it."""

NOWHERE: Final = np.empty((0, 3))
_NARROWEST: Final = 0.001  # what is narrower is told in degrees
_DEGREE: Final = 111_195.0  # metres of a degree of latitude

Attributes = dict[str, Scalar]


def tree(attributes: Mapping[str, Scalar], corners: Numbers) -> tuple[Attributes, Solid]:
    """A tree's attributes and place, of the corners (n, 3) of its shape; its box says its size where it does not."""
    told = {("measuredHeight" if name == "height" else name): one for name, one in attributes.items()}
    if not len(corners):
        return told, Solid()
    low, high = corners.min(axis=0), corners.max(axis=0)
    east, north, tall = (high - low).tolist()
    wide = (east + north) / 2 if east > _NARROWEST else min(east, north) * _DEGREE
    sizes = {"measuredHeight": tall, "crownDiameter": wide}
    told |= {name: round(size, 2) for name, size in sizes.items() if told.get(name) is None and size > _NARROWEST}
    return told, Solid.at(np.append((low + high)[:2] / 2, low[2]))


def cover(solid: Solid) -> Solid:
    """The shape of a plant cover as the ground below it."""
    return replace(solid, kinds=FOOTPRINT * len(solid.kinds))


def kind_told(kind: str) -> dict[str, Scalar]:
    """What is said of the kind of an object among its attributes: nothing of a Building."""
    return {OBJECT: kind} if kind in VEGETATION else {}


def kinds_told(package: Package) -> dict[str, Sequence[Scalar]]:
    """The field `OBJECT` as a column, where a file has vegetation anywhere: its first objects may be buildings."""
    kinds = [kind for kind in VEGETATION if package.mentions(kind)]
    return {OBJECT: kinds} if kinds else {}
