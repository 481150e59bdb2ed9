"""What a GeoTIFF is read with: the file, and the few beside it that say where it lies and what of it is missing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import rasterio

SUFFIXES: Final = frozenset({".tif", ".tiff"})
"""What files of this form are called."""

_SETTINGS: Final = {"GDAL_PAM_ENABLED": "NO", "GDAL_GEOREF_SOURCES": "INTERNAL,WORLDFILE"}
_SYSTEM: Final = ".prj"
_WORLD: Final = (".tfw", ".tifw", ".tiffw", ".wld")
_WHOLE: Final = (".msk", ".ovr")  # behind the whole name: GDAL takes a mask and coarser copies from there


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a GeoTIFF and nothing else: other forms name further files, which would be in no holding's hash."""
    with rasterio.Env(**_SETTINGS), rasterio.open(path, driver="GTiff") as dataset:
        yield dataset


def companions(path: Path) -> list[Path]:
    """Whatever beside a GeoTIFF changes how it is read."""
    if path.suffix.lower() not in SUFFIXES:
        return []
    replaced = [path.with_suffix(case) for one in (_SYSTEM, *_WORLD) for case in (one, one.upper())]
    behind = [path.with_name(path.name + case) for one in _WHOLE for case in (one, one.upper())]
    return [one for one in (*replaced, *behind) if one.is_file()]


def system_of(dataset: Any, path: Path) -> str | None:
    """The reference system that a file names, or the `.prj` beside it; None where neither does."""
    if dataset.crs is not None:
        return str(dataset.crs.to_wkt())
    beside = next((one for one in companions(path) if one.suffix.lower() == _SYSTEM), None)
    return beside.read_text(encoding="utf-8", errors="replace").strip() if beside else None
