"""Grid codes: names of cells on the earth, in 2D and 3D, that a position can be turned into and read back from."""

from entities.grid.cells import Cells

__all__ = ["Cells"]
