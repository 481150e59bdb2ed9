"""Places along a line on the ground, for a profile: evenly spaced on geodesics of the CGCS2000 ellipsoid."""

from typing import Final, NamedTuple

import numpy as np
from pyproj import Geod

from entities.errors import BadQuery
from tiling.ecef import FLATTENING, SEMI_MAJOR, Floats

MOST: Final = 5_000
"""Places in one profile."""

_USUAL: Final = 500
_ELLIPSOID: Final = Geod(a=SEMI_MAJOR, f=FLATTENING)


class Along(NamedTuple):
    """Places on a line: metres from its beginning, degrees, and which of them are the line's own corners."""

    distance: Floats
    lon: Floats
    lat: Floats


def along(corners: Floats, step: float | None) -> Along:
    """Places on a line of corners (n, 2: lon, lat), no further apart than `step` metres, the corners among them.

    Without a step there are about 500. `BadQuery` (`terrain.line`) where there would be more than 5,000.
    """
    # Lists, since pyproj takes an array of one number for a number.
    ends = [*corners[:-1].T.tolist(), *corners[1:].T.tolist()]
    turn, _, length = (np.array(part) for part in _ELLIPSOID.inv(*ends))
    step = step or max(float(length.sum()) / _USUAL, 0.01)
    counts = np.maximum(np.ceil(length / step), 1)
    if counts.sum() >= MOST:
        raise BadQuery.because("terrain.line", value=f"{length.sum():.0f} m / {step:g} m", why=f"> {MOST}")
    number = np.repeat(np.arange(len(counts)), counts.astype(np.int64))
    within = np.arange(len(number)) - np.repeat(np.cumsum(counts) - counts, counts.astype(np.int64))
    part = within / counts[number] * length[number]
    from_lon, from_lat = corners[number].T.tolist()
    lon, lat, _ = _ELLIPSOID.fwd(from_lon, from_lat, turn[number].tolist(), part.tolist())
    start = np.concatenate([[0.0], np.cumsum(length)])
    return Along(
        np.append(start[number] + part, start[-1]), np.append(lon, corners[-1, 0]), np.append(lat, corners[-1, 1])
    )
