"""The layers of the viewer's scene: in which group each stands, of what kind it is, and where its tiles are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Protocol

from entities.text import Text
from service.layers import layer_titles, tiles_path
from service.tiles.tilesets import TILED
from tiling.layers import borehole_facts, ground_facts, pipe_facts, places, tree_facts

FIRST: Final = "buildings"
"""The layer that is there even when the base is empty."""

GROUPS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "above": frozenset({"buildings", "structures", "points", "trees", "railways"}),
        "ground": frozenset(),
        "below": frozenset({"pipes", "boreholes", "underground"}),
        "survey": frozenset({"pointclouds", "meshes", "elevation", "imagery"}),
    }
)
"""The groups of the list, from the top; a layer that none names lies on the ground."""

SURVEYS: Final[Mapping[str, str]] = MappingProxyType(
    {"pointclouds": "points", "meshes": "mesh", "elevation": "terrain", "imagery": "imagery"}
)
"""What each layer of holdings is in the scene; every other layer is tiles of entities."""


class Kind(Protocol):
    """A kind of thing that a layer colours alike."""

    @property
    def name(self) -> Text:
        """What it is called."""

    @property
    def colour(self) -> str:
        """Its colour, `#rrggbb`."""


LEGENDS: Final[Mapping[str, Callable[[], Sequence[Kind]]]] = MappingProxyType(
    {
        "boreholes": borehole_facts.kinds,
        "pipes": pipe_facts.kinds,
        "points": places.kinds,
        "trees": tree_facts.kinds,
        **{name: partial(ground_facts.kinds, name) for name in ground_facts.grounds()},
    }
)
"""The layers whose tiles bring colours that mean something, each with its kinds."""

_SHOWN: Final = frozenset({"buildings", "structures", "trees", "meshes", "elevation", "imagery"})


def scene_layers(
    held: Mapping[str, Mapping[str, Any]], language: str, history: Callable[[str], str | None]
) -> list[dict[str, Any]]:
    """The layers that can be shown, of those that hold something (`held`, by name), in the order of the list.

    `history` finds the tileset of all time of a layer of entities.
    """
    layers = [_layer(layer, group, held.get(layer, {}), language) for group, layer in _standing(held)]
    return [{**layer, "history": history(layer["id"]) if layer["kind"] == "tiles" else None} for layer in layers]


def group_of(layer: str) -> str:
    """The group a layer stands in."""
    return next((group for group, layers in GROUPS.items() if layer in layers), "ground")


def legend_of(layer: str) -> Sequence[Kind]:
    """What the colours of a layer mean; nothing for one whose colours mean nothing, or are the page's own."""
    return LEGENDS[layer]() if layer in LEGENDS else ()


def _standing(held: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """The group and the name of each layer that can be shown."""
    known = [layer for layer in (*TILED, *SURVEYS) if layer == FIRST or held.get(layer, {}).get("count")]
    return ((group, layer) for group in GROUPS for layer in known if group_of(layer) == group)


def _layer(layer: str, group: str, about: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {
        "id": layer,
        "title": layer_titles(layer)[language],
        "group": group,
        "kind": SURVEYS.get(layer, "tiles"),
        "tileset": tiles_path(layer),
        "timeline": f"/collections/{layer}/timeline",
        "count": about.get("count", 0),
        "extent": about.get("bbox"),
        "on": layer in _SHOWN,
        "under": group == "below",
        "own": layer != FIRST,
    }
