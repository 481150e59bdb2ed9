"""A pagoda at the edge of the made district's park, as a model that stands for itself: Wavefront OBJ with colours."""

from pathlib import Path
from typing import Final

import numpy as np

from service.demo.town import GROUND, ORIGIN

PLACE: Final = (ORIGIN[0] + 330.0, ORIGIN[1] + 330.0)
"""Where its middle stands, in the district's system."""

_SIDES, _STOREYS = 8, 7
_MATERIALS: Final = {"brick": (0.62, 0.42, 0.33), "tile": (0.20, 0.30, 0.29)}


def write_pagoda(path: Path) -> None:
    """Write the model in metres of the district's system, z up, and its materials beside it."""
    rings, faces = [], []
    low = GROUND
    for storey in range(_STOREYS):
        wide, tall = 7.0 - 0.65 * storey, 4.6 - 0.25 * storey
        rings += [_ring(wide, low), _ring(wide, low + tall), _ring(wide + 1.6, low + tall - 0.3)]
        rings.append(_ring(wide - 0.65, low + tall + 0.9))
        start = 4 * storey
        faces += [("brick", start, start + 1), ("tile", start + 2, start + 3)]
        low += tall
    rings.append(_ring(0.05, low + 5.0))
    faces.append(("tile", len(rings) - 2, len(rings) - 1))
    lines = [f"mtllib {path.stem}.mtl"]
    lines += [f"v {x:.3f} {y:.3f} {z:.3f}" for ring in rings for x, y, z in ring]
    for material, below, above in faces:
        lines.append(f"usemtl {material}")
        for side in range(_SIDES):
            after = (side + 1) % _SIDES
            corners = (below * _SIDES + side, below * _SIDES + after, above * _SIDES + after, above * _SIDES + side)
            lines.append("f " + " ".join(str(corner + 1) for corner in corners))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    words = [f"newmtl {name}\nKd {red} {green} {blue}\n" for name, (red, green, blue) in _MATERIALS.items()]
    path.with_suffix(".mtl").write_text("\n".join(words), encoding="utf-8")


def _ring(radius: float, height: float) -> list[tuple[float, float, float]]:
    """The corners of a level octagon around the middle."""
    turn = 2 * np.pi * (np.arange(_SIDES) + 0.5) / _SIDES
    east, north = PLACE[0] + radius * np.cos(turn), PLACE[1] + radius * np.sin(turn)
    return [(x, y, height) for x, y in zip(east.tolist(), north.tolist(), strict=True)]
