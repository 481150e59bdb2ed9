"""The world that is surveyed: things with shapes in metres, and what truly becomes of them from year to year."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.model import State

FATES: Final = ("kept", "altered", "new", "rebuilt", "split", "merged", "ended", "duplicate")
"""What truly became of a thing; `duplicate` is a feature that a surveyor sent twice."""

Shapes = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of the world: its number for ever, and its state with the shape in metres."""

    number: int
    state: State

    @property
    def shape(self) -> shapely.Geometry:
        return self.state.geometry

    @property
    def built(self) -> bool:
        """Whether it is a building, which may get a wing or be rebuilt."""
        return self.state.class_code.startswith("3") and self.shape.geom_type == "Polygon"

    def shaped(self, shape: shapely.Geometry) -> "Thing":
        """The same thing in another shape."""
        return replace(self, state=replace(self.state, geometry=shape))


@dataclass(frozen=True, slots=True)
class Truth:
    """What truly became of a thing, and of which things of the year before."""

    fate: str
    origins: tuple[int, ...] = ()


@dataclass(frozen=True)
class Year:
    """The things that stand at the end of a year, what became of each, and the numbers of those that ended."""

    things: list[Thing]
    truths: list[Truth]
    ended: list[int]


@dataclass(frozen=True)
class Frame:
    """Metres about a place of the earth: degrees times their length there, and back."""

    middle: NDArray[np.float64]
    scale: NDArray[np.float64]

    @classmethod
    def around(cls, shapes: Shapes) -> "Frame":
        """The frame of some shapes in lon, lat, about their middle."""
        west, south, east, north = shapely.total_bounds(shapes)
        middle = np.array([(west + east) / 2, (south + north) / 2])
        return cls(middle, np.array([111_320 * np.cos(np.radians(middle[1])), 110_574.0]))

    def metres(self, shapes: Shapes) -> Shapes:
        """Shapes in lon, lat as shapes in metres."""
        return _moved(shapes, lambda places: (places - self.middle) * self.scale)

    def degrees(self, shapes: Shapes) -> Shapes:
        """Shapes in metres as shapes in lon, lat, rounded as the base rounds them."""
        return _moved(shapes, lambda places: np.round(places / self.scale + self.middle, 9))


def _moved(shapes: Shapes, move: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Shapes:
    """Move shapes in the plane; what Z they have stays."""

    def with_z(places: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([move(places[:, :2]), places[:, 2:]])

    solid = shapely.has_z(shapes)
    moved: Shapes = np.empty(len(shapes), dtype=object)
    moved[~solid] = shapely.transform(shapes[~solid], with_z)
    moved[solid] = shapely.transform(shapes[solid], with_z, include_z=True)
    return moved


def shapes_of(things: Sequence[Thing]) -> Shapes:
    """The shapes of things as an array."""
    shapes: Shapes = np.empty(len(things), dtype=object)
    shapes[:] = [thing.shape for thing in things]
    return shapes
