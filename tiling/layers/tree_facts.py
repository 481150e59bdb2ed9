"""What is known of a tree besides where it stands: its shape, height and crown, each from the survey or assumed."""

from dataclasses import dataclass
from functools import cache
from typing import Final, Self

import shapely

from entities.measures import measures
from entities.model import State
from entities.text import Text
from tiling.ecef import metres_per_degree
from tiling.layers.told import Told, data_of

_AREAS: Final = (3, 6)


@dataclass(frozen=True, slots=True)
class Kind:
    """One shape of tree: its id, what it is called, its colour, how wide its crown is for its height, its words."""

    id: str
    name: Text
    colour: str
    crown: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """A tree's shape (its number), height and width of its crown in metres, and species.

    `assumed` names what no survey said: `height`, `crown`.
    """

    kind: int
    height: float
    crown: float
    species: str
    assumed: tuple[str, ...]

    @classmethod
    def of(cls, state: State) -> Self:
        """Read the facts from a tree; an outline is that of its crown."""
        told = Told.of("trees", state.attributes)
        species = str(told["species"] or "")
        kind = kind_of(species or state.name or "")
        height = _fit("height", state.height) or told.measure("height")
        crown = told.measure("crown") or _fit("crown", _width(state.geometry))
        needed = {"height": height, "crown": crown}
        tall = height or float(data_of("trees")["assumed"]["height"])
        wide = crown or tall * kinds()[kind].crown
        return cls(kind, tall, wide, species, tuple(fact for fact, known in needed.items() if known is None))


@cache
def kinds() -> tuple[Kind, ...]:
    """Every shape, in the order of their numbers."""
    return tuple(
        Kind(kind["id"], Text(kind["zh"], kind["en"]), kind["colour"], float(kind["crown"]), tuple(kind["words"]))
        for kind in data_of("trees")["shapes"]
    )


@cache
def kind_of(species: str) -> int:
    """The number of the shape that trees of a species have."""
    said = species.casefold()
    found = (number for number, kind in enumerate(kinds()) if any(word in said for word in kind.words))
    return next(found, len(kinds()) - 1)


def trunk_colour() -> str:
    """The colour of every trunk."""
    return str(data_of("trees")["trunk"])


def _fit(fact: str, metres: float | None) -> float | None:
    """A size, if a tree can be so large."""
    told = measures()["trees"][fact]
    return metres if metres is not None and told.least <= metres <= told.most else None


def _width(shape: shapely.Geometry) -> float | None:
    """The side in metres of a square as large as an outline."""
    if shapely.get_type_id(shape) not in _AREAS:
        return None
    across, along = metres_per_degree(shapely.get_coordinates(shape)[:1, 1])
    return float((shapely.area(shape) * across[0] * along[0]) ** 0.5)
