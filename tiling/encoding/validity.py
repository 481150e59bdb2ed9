"""From when to when a drawn version is valid, as columns of a tile's property table."""

from collections.abc import Sequence
from typing import Final

from entities.model import FOREVER, Version, day_text
from tiling.building.settings import Settings
from tiling.encoding.gltf import Column

VALID_FROM: Final = "first valid day, in days since 1970-01-01 (Beijing time)"
"""What the number `valid_from` in a history tile means."""

VALID_TO: Final = f"first day that is not valid any more, the same; {FOREVER} (9999-12-31) where there is none"
"""What the number `valid_to` in a history tile means."""


def validity(versions: Sequence[Version], settings: Settings) -> list[Column]:
    """The columns of when: in a tile of one moment the first day as text, in a history tile both ends as numbers.

    So a client shows the day d of a history tileset by the style `${valid_from} <= d && ${valid_to} > d`.
    """
    if not settings.history:
        days = [day_text(version.period.start) for version in versions]
        return [Column("valid_from", "first valid day", "STRING", days)]
    return [
        Column("valid_from", VALID_FROM, "INT32", [version.period.start for version in versions]),
        Column("valid_to", VALID_TO, "INT32", [version.period.end for version in versions]),
    ]
