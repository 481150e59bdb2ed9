"""Colours as glTF counts them: sRGB's curve undone."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def linear(parts: ArrayLike) -> NDArray[np.float64]:
    """Parts of colours in sRGB from 0 to 1 in linear light from 0 to 1 (IEC 61966-2-1)."""
    bright = np.asarray(parts, np.float64)
    found: NDArray[np.float64] = np.where(bright <= 0.04045, bright / 12.92, ((bright + 0.055) / 1.055) ** 2.4)
    return found
