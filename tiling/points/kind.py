"""The kind `pointclouds`: LAS, LAZ and COPC files as holdings."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from tiling.holdings import Kind, Order, Prepared, Progress


def prepare(paths: Sequence[Path], folder: Path, order: Order, tell: Progress) -> Prepared:
    """Fill the folder with the tiles of some files.

    What reads and tiles them is loaded only now: it takes a second and 100 MB, which no other command should pay for.
    """
    tiler = import_module("tiling.points.prepare")
    prepared: Prepared = tiler.prepare(paths, folder, order, tell)
    return prepared


POINTCLOUDS: Final = Kind("pointclouds", "900100", 1, frozenset({".las", ".laz"}), prepare)
"""Point clouds as holdings."""
