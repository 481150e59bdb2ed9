"""Files of points to a folder of tiles: they are read once, placed, divided and written."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from tiling.holdings import Order, Prepared, Progress
from tiling.points.reading import Reading
from tiling.points.source import Cloud


@dataclass(frozen=True, slots=True)
class Grain:
    """How points are looked at and divided.

    Nothing depends on how many are read at once (`part`: ten chunks of LAZ, as most programs write them), look at each
    other in one cube (`cube`: eight times the cells of a tile's eighth, so that cubes grow round by round), and wait in
    memory, not on disk (`held`: the first so many, of 24 bytes each). A tile is `across` halvings of its side to its
    cells; `leaf` and `few` are how many points make a last tile and a tile at all (see `Plan`).
    """

    part: int = 500_000
    cube: int = 1 << 21
    across: int = 7
    leaf: int = 32_768
    few: int = 256
    held: int = 12_000_000


def prepare(paths: Sequence[Path], folder: Path, order: Order, tell: Progress, grain: Grain = Grain()) -> Prepared:
    """Fill the folder with the tiles of some files; `Invalid` (`points.…`, `crs.…`) where they are unfit."""
    clouds = [Cloud.of(path) for path in sorted(paths, key=lambda path: path.name)]
    reading = Reading(clouds, grain.part, order.workers + 1)  # one more, since decoders wait for those who take
    with reading.begun() as read:
        tiler = import_module("tiling.points.tiler")  # a second, in which the decoders have begun
        prepared: Prepared = tiler.tile(reading, read, folder, order, tell, grain)
        return prepared
