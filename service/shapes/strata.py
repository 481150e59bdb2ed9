"""The layers of a borehole as the entity card lists them."""

from typing import Any

from entities.model import State
from entities.readers.ags import STRATA
from entities.report import said
from tiling.layers.borehole_facts import Facts, kinds


def strata_json(state: State) -> list[dict[str, Any]]:
    """What lies in the ground from the top down, depths in metres below it; nothing for what is no borehole."""
    if STRATA not in state.attributes:
        return []
    return [
        {
            "top": one.top,
            "base": one.base,
            "kind": {"id": kinds()[one.kind].id, **said(kinds()[one.kind].name)},
            "colour": kinds()[one.kind].colour,
            "name": one.name,
            "description": one.description,
        }
        for one in Facts.of(state).strata
    ]
