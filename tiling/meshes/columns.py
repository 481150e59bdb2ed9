"""The values of a feature table of 3D Tiles 1.0, whichever of its several ways they are written in.

OGC 18-053r2, 9: a semantic is an array in the JSON, or a place in the binary part.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tiling.meshes.documents import Json

Floats = NDArray[np.float64]

_NUMBERS: Final[dict[str, type[np.generic]]] = {
    "UNSIGNED_BYTE": np.uint8,
    "UNSIGNED_SHORT": np.uint16,
    "UNSIGNED_INT": np.uint32,
}
_WIDEST: Final = 65_535.0


@dataclass(frozen=True, slots=True)
class Features:
    """A feature table: its JSON, its binary part, and how many features there are. `ValueError` where it is cut off."""

    table: Json
    binary: bytes
    count: int

    def column(self, name: str, kind: type[np.generic], width: int) -> NDArray[Any] | None:
        """The values of a semantic (count, width); None where the table has none."""
        said = self.table.get(name)
        if said is None:
            return None
        if isinstance(said, list):
            return np.array(said, kind).reshape(self.count, width)
        values = np.frombuffer(self.binary, kind, self.count * width, int(said["byteOffset"]))
        return values.reshape(self.count, width)

    def positions(self) -> Floats:
        """Where features are, in the tile's axes. `ValueError` where the table does not say."""
        plain = self.column("POSITION", np.float32, 3)
        if plain is not None:
            return plain.astype(np.float64)
        steps = self.column("POSITION_QUANTIZED", np.uint16, 3)
        if steps is None:
            raise ValueError("POSITION")
        return steps / _WIDEST * self.whole("QUANTIZED_VOLUME_SCALE", 3) + self.whole("QUANTIZED_VOLUME_OFFSET", 3)

    def whole(self, name: str, width: int) -> Floats:
        """A semantic of the whole table; zeros where it has none."""
        said = self.table.get(name, [0.0] * width)
        if isinstance(said, dict):
            said = np.frombuffer(self.binary, np.float32, width, int(said["byteOffset"]))
        return np.array(said, np.float64)

    def batches(self) -> NDArray[np.uint32] | None:
        """The number of each feature's batch; None where the table does not say."""
        said = self.table.get("BATCH_ID")
        if said is None:
            return None
        kind = _NUMBERS[said.get("componentType", "UNSIGNED_SHORT")] if isinstance(said, dict) else np.uint32
        found = self.column("BATCH_ID", kind, 1)
        return None if found is None else found[:, 0].astype(np.uint32)


def unit_of(octahedral: NDArray[Any]) -> Floats:
    """Unit vectors of pairs of numbers that map a sphere to a square (Cigolle et al. 2014; OGC 18-053r2, 12.1.7)."""
    most = float(np.iinfo(octahedral.dtype).max)
    across = octahedral / most * 2 - 1
    up = 1 - np.abs(across).sum(axis=1)
    folded = (1 - np.abs(across[:, ::-1])) * np.where(across >= 0, 1.0, -1.0)
    flat = np.where((up < 0)[:, None], folded, across)
    vectors = np.column_stack([flat, up])
    found: Floats = vectors / np.linalg.norm(vectors, axis=1)[:, None]
    return found
