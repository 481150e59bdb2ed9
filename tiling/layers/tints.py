"""How the looks of buildings differ from the colours of the layer: what blocks of far views are coloured by."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from entities.model import Version
from entities.painting import COLOURS, LOOKS
from entities.pictures import Pictures
from tiling.building.settings import Palette, Settings, Tints
from tiling.encoding.glances import means
from tiling.geometry.faces import Faces, paints_of
from tiling.geometry.mesh import KINDS, Floats, Ints, facings

_STEEPEST: Final = 0.5  # the share of its area that a roof turns to the sky at least: 60 degrees
_PLAIN: Final = [KINDS.index("R"), KINDS.index("W")]


def tints(versions: Sequence[Version], settings: Settings) -> Tints | None:
    """The tint of each version; None where no measured surface of any has a look of its own."""
    rows = [row for row, one in enumerate(versions) if _has_looks(one)]
    if not rows:
        return None
    some = [versions[row] for row in rows]
    paints = sorted({colour for one in some if COLOURS in one.state.attributes for colour in paints_of(one)} - {""})
    faces = Faces.of(some, paints)
    colours, pictured = _colours(faces, Palette((*settings.layer.palette.colours, *paints)), settings.pictures)
    facing = facings(faces.polygons)
    area = np.linalg.norm(facing, axis=1)
    part = np.where(facing[:, 2] > _STEEPEST * area, 0, np.where(facing[:, 2] < -_STEEPEST * area, 2, 1))
    found = Tints(np.zeros((len(versions), 6)), np.zeros(len(versions), np.bool_))
    plain = np.array(settings.layer.palette.linear())[[*_PLAIN, 0]][part]
    found.shifts[rows] = _means(
        np.where(np.isnan(colours), 0, colours - plain), area, 3 * faces.owners + part, len(rows)
    )
    found.shown[[rows[owner] for owner in faces.owners[pictured]]] = True
    return found


def _has_looks(version: Version) -> bool:
    return version.state.surfaces is not None and not LOOKS.isdisjoint(version.state.attributes)


def _colours(faces: Faces, palette: Palette, pictures: Pictures | None) -> tuple[Floats, NDArray[np.bool_]]:
    """The colour of each surface (n, 3), not numbers where it has the layer's, and which surfaces show pictures."""
    colours = np.where((faces.kinds >= len(KINDS))[:, None], np.array(palette.linear())[faces.kinds], np.nan)
    rows = [row for row, patch in enumerate(faces.patches) if patch is not None]
    shown = np.zeros(len(colours), np.bool_)
    if rows and pictures is not None:
        rings, owner = shapely.get_rings(faces.polygons[rows], return_index=True)
        counts = np.split(shapely.get_num_coordinates(rings) - 1, np.flatnonzero(np.diff(owner)) + 1)
        seen = means([patch for patch in faces.patches if patch], [one.tolist() for one in counts], pictures)
        here = np.isfinite(seen).all(axis=1)
        there = np.array(rows)[here]
        colours[there], shown[there] = seen[here], True
    return colours, shown


def _means(shifts: Floats, area: Floats, groups: Ints, count: int) -> Floats:
    """The mean shift of the roofs and of the walls of each of so many (n, 6), every surface by its area."""
    sums = np.stack([np.bincount(groups, area * shifts[:, part], 3 * count) for part in range(3)], axis=1)
    mean: Floats = sums / np.maximum(np.bincount(groups, area, 3 * count), 1e-9)[:, None]
    return mean.reshape(-1, 3, 3)[:, :2].reshape(-1, 6)
