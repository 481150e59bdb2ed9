"""What stands in an uploaded file: its format, told by its first bytes, and its parts, unpacked where that is safe."""

import mmap
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from entities.errors import Invalid, NotFound, TooLarge
from entities.readers.limits import Limits
from entities.readers.sniffing import format_of
from entities.readers.unpacking import unpack

FORMATS: Final = {
    ".geojson": ("GeoJSON",),
    ".geojsonl": ("GeoJSON",),
    ".json": ("GeoJSON", "CityJSON", "CityJSONSeq"),
    ".jsonl": ("CityJSONSeq", "CityJSON", "GeoJSON"),
    ".gpkg": ("GeoPackage",),
    ".fgb": ("FlatGeobuf",),
    ".parquet": ("GeoParquet",),
    ".geoparquet": ("GeoParquet",),
    ".dxf": ("DXF",),
    ".ags": ("AGS4",),
    ".gml": ("CityGML",),
    ".xml": ("CityGML",),
    ".citygml": ("CityGML",),
    ".shp": ("Shapefile",),
    ".gdb": ("FileGDB",),
    ".zip": ("zip",),
}
"""What each file name ending may hold; a file whose first bytes say otherwise is refused."""

_ENCODINGS: Final = ("utf-8", "utf-16-le", "utf-16-be")
_COMPANIONS: Final = (".shx", ".dbf")
_SCRATCH: Final = "shikong-unpacked-"
_LONG_AGO: Final = 86_400.0  # seconds


@dataclass(frozen=True, slots=True)
class Package:
    """One data set ready to be read: `name` is what its sender calls it, `path` the file or folder to open."""

    path: Path
    format: str
    name: str
    limits: Limits = field(default_factory=Limits)

    def mentions(self, word: str) -> bool:
        """Whether a word stands anywhere in the file: a glance at its bytes that spares most files a whole reading."""
        with self.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            return any(text.find(word.encode(encoding)) >= 0 for encoding in _ENCODINGS)


def open_package(path: Path, scratch: Path, limits: Limits, layer: str | None, crs_given: bool) -> Package:
    """Find the data set of an upload, unpacking it into the folder `scratch` if it is a zip.

    Where a zip holds several, `layer` names one. Raises `Invalid` of a `pkg.` rule for everything unfit to be opened.
    """
    if not path.exists():
        raise NotFound.because("pkg.missing", name=path.name)
    chosen = path
    if not path.is_dir():
        _check_size(path, limits)
        if _format(path) == "zip":
            unpack(path, scratch, limits)
            chosen = _choose(_data_sets(scratch), path.name, layer)
    package = _folder(chosen, limits) if chosen.is_dir() else _file(chosen, path.name, crs_given)
    return replace(package, path=_plainly_named(package.path.resolve(), scratch), limits=limits)


def scratch_folder() -> Path:
    """A new private folder for what is unpacked; whoever asked for it removes it.

    A process that is killed cannot remove its own: those of earlier days are removed here.
    """
    for folder in Path(tempfile.gettempdir()).glob(f"{_SCRATCH}*"):
        if _is_forgotten(folder):
            shutil.rmtree(folder, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=_SCRATCH))


def _is_forgotten(folder: Path) -> bool:
    try:
        return folder.stat().st_mtime < time.time() - _LONG_AGO
    except FileNotFoundError:  # somebody else has just removed it
        return False


def _plainly_named(path: Path, scratch: Path) -> Path:
    """The path, or a link to it without the `!` that GDAL takes for the border of an archive."""
    if "!" not in str(path):
        return path
    folder = scratch / "plain"
    folder.mkdir()
    for part in path.parent.iterdir():
        if part == path or (part.stem == path.stem and path.suffix.lower() == ".shp"):
            (folder / f"data{part.suffix}").symlink_to(part)
    return folder / f"data{path.suffix}"


def _check_size(path: Path, limits: Limits) -> None:
    size = path.stat().st_size
    if size == 0:
        raise Invalid.because("pkg.empty", name=path.name)
    if size > limits.file_bytes:
        raise TooLarge.because("pkg.size", name=path.name, size=size, limit=limits.file_bytes)


def _file(path: Path, name: str, crs_given: bool) -> Package:
    if path.stat().st_size == 0:
        raise Invalid.because("pkg.empty", name=path.name)
    format_name = _format(path)
    if format_name == "zip":
        raise Invalid.because("pkg.format", name=path.name, why="zip in zip")
    if format_name == "Shapefile":
        _check_companions(path, crs_given)
    return Package(path, format_name, name)


def _folder(path: Path, limits: Limits) -> Package:
    """A file geodatabase, the one data set that is a folder."""
    tables = list(path.glob("a*.gdbtable"))
    if path.suffix.lower() != ".gdb" or not tables:
        raise Invalid.because("pkg.format", name=path.name, why="no *.gdb with a*.gdbtable")
    size = sum(part.stat().st_size for part in path.iterdir() if part.is_file())
    if size > limits.unpacked_bytes:
        raise TooLarge.because("pkg.size", name=path.name, size=size, limit=limits.unpacked_bytes)
    return Package(path, "FileGDB", path.name)


def _format(path: Path) -> str:
    """The format of a file by its first bytes; `Invalid` (`pkg.format.…`) where it is none or its name says another."""
    found = format_of(path)
    expected = FORMATS.get(path.suffix.lower())
    if found is None:
        raise Invalid.because("pkg.format.unknown", name=path.name)
    if expected is not None and found not in expected:
        raise Invalid.because("pkg.format.name", name=path.name, found=found, wanted=" / ".join(expected))
    return found


def _check_companions(path: Path, crs_given: bool) -> None:
    """Require every part of a Shapefile; the .prj may be missing where the coordinate system is given otherwise."""
    there = {part.suffix.lower() for part in path.parent.iterdir() if part.stem == path.stem}
    wanted = _COMPANIONS if crs_given else (*_COMPANIONS, ".prj")
    missing = [suffix for suffix in wanted if suffix not in there]
    if missing:
        raise Invalid.because("pkg.complete", name=path.name, parts=", ".join(path.stem + part for part in missing))
    for suffix in _COMPANIONS:
        part = next(part for part in path.parent.iterdir() if part.stem == path.stem and part.suffix.lower() == suffix)
        if part.stat().st_size == 0:
            raise Invalid.because("pkg.empty", name=part.name)


def _data_sets(folder: Path) -> list[Path]:
    """Every data set in an unpacked folder, in the order of their names."""
    databases = sorted(path for path in folder.rglob("*") if path.is_dir() and path.suffix.lower() == ".gdb")
    inside = set(databases)
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not inside & set(path.parents))
    wanted = [path for path in files if path.suffix.lower() in FORMATS]
    shapes = {path.with_suffix("") for path in wanted if path.suffix.lower() == ".shp"}
    return databases + [path for path in wanted if path.suffix.lower() != ".xml" or path.stem not in _stems(shapes)]


def _stems(shapes: set[Path]) -> set[str]:
    """The names that metadata files of Shapefiles have before their `.xml`: they are no data sets."""
    return {shape.name + ".shp" for shape in shapes}


def _choose(found: Sequence[Path], name: str, layer: str | None) -> Path:
    if not found:
        raise Invalid.because("pkg.complete", name=name, parts="*.shp / *.gdb / *.gpkg / *.gml")
    named = [path for path in found if layer in (path.stem, path.name)]
    if len(found) > 1 and len(named) != 1:
        raise Invalid.because("pkg.layer", name=name, layers=", ".join(path.name for path in found))
    return named[0] if len(found) > 1 else found[0]
