"""What a raster is read with: the file, and the few beside it that say where it lies and what of it is missing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import rasterio

SUFFIXES: Final = frozenset({".tif", ".tiff"})
"""What GeoTIFFs are called."""

PHOTOS: Final = frozenset({".jpg", ".jpeg", ".png"})
"""What pictures are called that say nothing of their place: a world file beside them does."""

_SETTINGS: Final = {"GDAL_PAM_ENABLED": "NO", "GDAL_GEOREF_SOURCES": "INTERNAL,WORLDFILE"}
_SYSTEM: Final = ".prj"
_JPEG: Final = ("JPEG", (".jgw", ".jpgw", ".jpegw", ".wld"))
_TIFF: Final = ("GTiff", (".tfw", ".tifw", ".tiffw", ".wld"))
_FORMS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = MappingProxyType(
    {".tif": _TIFF, ".tiff": _TIFF, ".jpg": _JPEG, ".jpeg": _JPEG, ".png": ("PNG", (".pgw", ".pngw", ".wld"))}
)
_WHOLE: Final = (".msk", ".ovr")  # behind the whole name: GDAL takes a mask and coarser copies from there


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a raster of its form and no other: some name further files, which would be in no holding's hash."""
    driver, _ = _FORMS[path.suffix.lower()]
    with rasterio.Env(**_SETTINGS), rasterio.open(path, driver=driver) as dataset:
        yield dataset


def companions(path: Path) -> list[Path]:
    """Whatever beside a raster changes how it is read."""
    if path.suffix.lower() not in _FORMS:
        return []
    replaced = [path.with_suffix(case) for one in (_SYSTEM, *_worlds(path)) for case in (one, one.upper())]
    behind = [path.with_name(path.name + case) for one in _WHOLE for case in (one, one.upper())]
    return [one for one in (*replaced, *behind) if one.is_file()]


def is_placed(path: Path) -> bool:
    """Whether a file may say where it lies: any GeoTIFF, and a photo that has a world file beside it."""
    return path.suffix.lower() in SUFFIXES or any(one.suffix.lower() in _worlds(path) for one in companions(path))


def _worlds(path: Path) -> tuple[str, ...]:
    return _FORMS[path.suffix.lower()][1]


def system_of(dataset: Any, path: Path) -> str | None:
    """The reference system that a file names, or the `.prj` beside it; None where neither does."""
    if dataset.crs is not None:
        return str(dataset.crs.to_wkt())
    beside = next((one for one in companions(path) if one.suffix.lower() == _SYSTEM), None)
    return beside.read_text(encoding="utf-8", errors="replace").strip() if beside else None
