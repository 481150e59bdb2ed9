"""Holdings: what a survey makes besides entities (point clouds, meshes, terrain, imagery), and how a kind is prepared.

A kind reads the surveyor's files once, refuses what is unfit, and writes what will be served into an empty folder. The
folder is named by a hash of everything it is made of, so it never changes, and it is shown by one transaction.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

from shapely.geometry.base import BaseGeometry

from entities.model import Scalar
from entities.rules import Finding
from tiling.heights import HeightAnomaly

FOLDER: Final = "/"
"""What stands for a folder among the suffixes of a kind that takes folders."""

_PART: Final = 1 << 20

Progress = Callable[[str, int, int], None]
"""Told of a stage's name, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is said of a holding's files besides what stands in them.

    `crs` is for files that name none. `origin` (lon, lat, ellipsoidal height) is for models that stand in no system at
    all: where their zero lies, with x to the east and y to the north.
    """

    anomaly: HeightAnomaly
    crs: str | None = None
    workers: int = 2
    origin: tuple[float, float, float] | None = None

    @property
    def key(self) -> str:
        """All of it that what is prepared depends on."""
        place = f"\0{self.origin}" if self.origin else ""
        return f"{self.crs or ''}\0{self.anomaly.value}\0{self.anomaly.source}{place}"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a kind found: where the holding lies, between which 1985 heights, and what else is to be kept of it.

    `footprint` is an area in lon, lat on CGCS2000. `attributes` say what a person asks of such a holding: its
    coordinate system, how fine it is in metres (`resolution`), how many points or triangles it has.
    """

    footprint: BaseGeometry
    low: float
    high: float
    attributes: Mapping[str, Scalar]
    warnings: tuple[Finding, ...] = ()


Prepare = Callable[[Sequence[Path], Path, Order, Progress], Prepared]
"""Reads files whole and fills an empty folder; `Invalid` where they are unfit, and then the folder is thrown away."""


Companions = Callable[[Path], Iterable[Path]]
"""The files that a file needs beside it and that nobody names: a model's materials and textures."""


def _alone(path: Path) -> tuple[Path, ...]:
    """A file that needs no other."""
    return ()


def _always(path: Path) -> bool:
    """A file that is taken wherever it is found."""
    return True


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of holding: its layer in the base, its class, and how it is prepared.

    `version` is raised whenever the same files come out as other bytes. `suffixes` are those of the files it takes, in
    small letters, and `/` for a folder; of a folder of files it takes those that it `fits`. `opens` is the file of the
    folder that a client opens; None where tiles are made of several holdings. What is prepared may be stored gzip'ed or
    plain: see `service.holdings.shelf`.
    """

    name: str
    class_code: str
    version: int
    suffixes: frozenset[str]
    prepare: Prepare
    opens: str | None = "tileset.json"
    companions: Companions = _alone
    fits: Callable[[Path], bool] = _always

    def members(self, paths: Iterable[Path]) -> list[tuple[str, Path]]:
        """Every file that the holding is made of, with the name it is known by, by name; those of folders too."""
        named = [(name, path) for one in paths for name, path in _files(one)]
        beside = [(path.name, path) for _, one in named for path in self.companions(one)]
        return sorted(dict.fromkeys([*named, *beside]), key=lambda member: member[0])

    def hash(self, paths: Iterable[Path], order: Order, tell: Progress | None = None) -> str:
        """What names a holding: 24 hexadecimal digits over the kind, the files' names and bytes, and the order."""
        found = blake2b(f"{self.name} {self.version}\0{order.key}".encode(), digest_size=12)
        members = self.members(paths)
        for done, (name, path) in enumerate(members, 1):
            found.update(f"\0{name}\0{path.stat().st_size}\0".encode())
            with path.open("rb") as file:
                while part := file.read(_PART):
                    found.update(part)
            if tell:
                tell("hash", done, len(members))
        return found.hexdigest()


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    """A file by its name, or the files of a folder by their paths in it."""
    if not path.is_dir():
        yield path.name, path
        return
    for one in path.rglob("*"):
        if one.is_file():
            yield one.relative_to(path).as_posix(), one
