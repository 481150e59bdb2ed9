"""The kinds of holdings, one file or folder each: a new one is that, and a word here."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from entities.errors import BadQuery, Invalid
from tiling.elevation.prepare import ELEVATION
from tiling.holdings import FOLDER, Kind
from tiling.imagery.prepare import IMAGERY
from tiling.meshes import MESHES
from tiling.meshes.sorting import is_whole
from tiling.points.kind import POINTCLOUDS

_ALL: Final[tuple[Kind, ...]] = (ELEVATION, IMAGERY, MESHES, POINTCLOUDS)

KINDS: Final[Mapping[str, Kind]] = MappingProxyType({kind.name: kind for kind in _ALL})
"""Every kind by its name, which is that of its layer in the base."""

_PYRAMIDS: Final = frozenset({".mbtiles", ".gpkg", ".pmtiles"})
"""Files of picture tiles, cut and packed once already."""


def kind_of(paths: Sequence[Path], named: str | None = None, kinds: Mapping[str, Kind] = KINDS) -> Kind:
    """The one kind that takes all of these files, or the one that is named.

    `BadQuery` (`holding.kind`) for a name that is none, `Invalid` where no kind takes a file (`holding.suffix`), or
    several take them all (`holding.which`), or it is packed tiles (`holding.pyramid`).
    """
    if named is not None and named not in kinds:
        raise BadQuery.because("holding.kind", kind=named, kinds=", ".join(kinds))
    among = [kinds[named]] if named else list(kinds.values())
    for path in paths:
        if suffix_of(path) in _PYRAMIDS:
            raise Invalid.because("holding.pyramid", name=path.name)
        if not any(suffix_of(path) in kind.suffixes for kind in among):
            known = ", ".join(sorted({suffix for kind in among for suffix in kind.suffixes}))
            raise Invalid.because("holding.suffix", name=path.name, suffixes=known)
    fitting = [kind for kind in among if all(suffix_of(path) in kind.suffixes for path in paths)]
    if len(fitting) != 1:
        names = ", ".join(kind.name for kind in fitting or among)
        raise Invalid.because("holding.which", names=", ".join(path.name for path in paths[:3]), kinds=names)
    return fitting[0]


def unfolded(paths: Sequence[Path], named: str | None = None, kinds: Mapping[str, Kind] = KINDS) -> tuple[Path, ...]:
    """The files of surveyors' folders in place of the folders: those that the kind that is named takes, or any kind.

    A folder that is one thing, a tileset or OSGB, stays as it is. `Invalid` (`holding.suffix`) for one that holds
    nothing of the kind.
    """
    among = [kinds[named]] if named and named in kinds else list(kinds.values())
    return tuple(one for path in paths for one in _inside(path, among))


def _inside(path: Path, among: Sequence[Kind]) -> list[Path]:
    if not path.is_dir() or is_whole(path):
        return [path]
    files = sorted(one for one in path.rglob("*") if one.is_file())
    found = [one for one in files if any(suffix_of(one) in kind.suffixes and kind.fits(one) for kind in among)]
    if not found:
        suffixes = sorted({suffix for kind in among for suffix in kind.suffixes})
        raise Invalid.because("holding.suffix", name=path.name, suffixes=", ".join(suffixes))
    return found


def uppermost(paths: Sequence[Path], kinds: Mapping[str, Kind] = KINDS) -> tuple[Path, ...]:
    """The files without those that others of them need beside them: materials, pictures, finer levels."""
    beside = {one for path in paths for kind in kinds.values() for one in kind.companions(path)}
    return tuple(path for path in paths if path not in beside)


def suffix_of(path: Path) -> str:
    """What a kind tells a file by: its suffix in small letters; a folder's is `/`."""
    return FOLDER if path.is_dir() else path.suffix.lower()
