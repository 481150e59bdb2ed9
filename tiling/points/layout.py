"""Where the fields of a point stand in its bytes, for each of the point formats of LAS 1.0 to 1.4 (ASPRS)."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]

ABSENT: Final = -1

CODE: Final = "entity_code"
"""The extra dimension (an unsigned number of 64 bits) that names the entity a point belongs to: see `codes`."""


class Layout(NamedTuple):
    """Offsets in a point's bytes, x, y, z being the first twelve; `ABSENT` where the format has no such field.

    `wide` says that returns are 4 bits wide and classes have a byte of their own, as in formats 6 to 10. `code` is what
    names the entity of each point.
    """

    wide: bool
    intensity: int
    returns: int
    classification: int
    source: int
    colour: int
    code: int

    @classmethod
    def of(cls, kind: "np.dtype[np.void]", wide: bool) -> "Layout":
        """Read the offsets from a format's fields as laspy names them."""
        fields: Mapping[str, Any] = kind.fields or {}

        def at(name: str) -> int:
            return int(fields[name][1]) if name in fields else ABSENT

        return cls(
            wide=wide,
            intensity=at("intensity"),
            returns=at("bit_fields"),
            classification=at("classification" if wide else "raw_classification"),
            source=at("point_source_id"),
            colour=at("red"),
            code=at(CODE) if CODE in fields and fields[CODE][0] == np.uint64 else ABSENT,
        )
