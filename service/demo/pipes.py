"""A real water network, ky4 of the WNTR library, moved under the made district."""

from importlib.resources import files
from typing import Final, NamedTuple

import numpy as np
import shapely
import wntr

from service.demo.town import GROUND, ORIGIN

COVER: Final = 1.5
"""Metres of earth over each pipe's axis: assumed, since the network's file gives none."""

FEET: Final = 0.3048


class Pipe(NamedTuple):
    """One pipe: its axis with 1985 heights, its diameter in millimetres, the network's own name and material factor."""

    shape: shapely.LineString
    diameter: float
    name: str
    roughness: float


def move_network() -> list[Pipe]:
    """Read ky4 (Kentucky, USA) and move it so that its middle lies under the middle of the district.

    Distances and diameters are kept; heights are the district's ground less the cover, with the network's own relief
    flattened to a tenth, since the district is level.
    """
    network = wntr.network.WaterNetworkModel(str(files("wntr.library") / "networks" / "ky4.inp"))
    places = {name: node.coordinates for name, node in network.nodes()}
    relief = {name: float(getattr(node, "elevation", None) or node.head) for name, node in network.junctions()}
    middle = np.array(list(places.values())).mean(axis=0) * FEET
    offset = np.add(ORIGIN, (3_000.0, 2_700.0)) - middle
    level = float(np.median(list(relief.values())))
    pipes = []
    for name, pipe in network.pipes():
        ends = [places[pipe.start_node_name], *pipe.vertices, places[pipe.end_node_name]]
        depth = [_depth(relief.get(node, level) - level) for node in (pipe.start_node_name, pipe.end_node_name)]
        pipes.append(
            Pipe(_axis(np.array(ends) * FEET + offset, depth), round(pipe.diameter * 1000), name, pipe.roughness)
        )
    return pipes


def _depth(relief: float) -> float:
    return round(GROUND - COVER + float(np.clip(relief / 10, -3, 0.5)), 3)


def _axis(points: np.ndarray, ends: list[float]) -> shapely.LineString:
    """The pipe's axis, its height running evenly from one end to the other."""
    steps = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    heights = np.interp(steps, [0.0, steps[-1] or 1.0], ends)
    return shapely.LineString(np.round(np.column_stack([points, heights]), 3))
