"""A filled folder made ready to be kept: its files packed where that pays, and a manifest that vouches for each.

Files that clients fetch one by one are stored gzip'ed where that saves at least a twentieth, and plain where it does
not (photographs, what is compressed already). Which one it is stands in the first two bytes of each file.
"""

import gzip
import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Final, Self

from tiling.geometry.volumes import box_around, corners, matrix_of
from tiling.holdings import Kind, Progress

MANIFEST: Final = "holding.json"

GZIP: Final = b"\x1f\x8b"
"""How a file begins that is gzip'ed (RFC 1952)."""

_PART: Final = 1 << 20
_WORTH: Final = 0.95
_STEP: Final = "pack"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file as it is stored."""

    bytes: int
    hash: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What lies in a holding's folder: its files, and for what clients open, the geocentric box and error of the whole.

    `digest` is the hash of the manifest itself, which the base keeps, so that the journal vouches for every file.
    """

    files: Mapping[str, Entry]
    opens: str | None = None
    box: tuple[float, ...] = ()
    error: float = 0.0

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(entry.bytes for entry in self.files.values())

    @property
    def digest(self) -> str:
        return blake2b(self.pack(), digest_size=12).hexdigest()

    def pack(self) -> bytes:
        """Write it as JSON, in one way only."""
        files = {name: [entry.bytes, entry.hash] for name, entry in self.files.items()}
        said = {"box": list(self.box), "error": self.error, "files": files, "opens": self.opens}
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Undo `pack` for the manifest of a folder."""
        said = json.loads((folder / MANIFEST).read_bytes())
        files = {name: Entry(*entry) for name, entry in said["files"].items()}
        return cls(files, said["opens"], tuple(said["box"]), said["error"])

    def faults(self, folder: Path) -> Iterator[tuple[str, str]]:
        """The files that are missing, other than they were, or were never there, each with what is wrong."""
        there = set(_names(folder))
        for name in sorted(there | set(self.files)):
            if name not in there:
                yield name, "missing"
            elif name not in self.files:
                yield name, "extra"
            elif _entry(folder / name) != self.files[name]:
                yield name, "changed"


def pack(folder: Path, kind: Kind, workers: int, tell: Progress) -> Manifest:
    """Make a filled folder ready to be kept, and write its manifest."""
    opened = _opened(folder / kind.opens) if kind.opens else ((), 0.0)
    names = sorted(_names(folder))
    packed = partial(_packed, folder, kind.opens is not None)
    with ThreadPoolExecutor(workers) as pool:
        files = {}
        for name, entry in zip(names, pool.map(packed, names), strict=True):
            files[name] = entry
            tell(_STEP, len(files), len(names))
    manifest = Manifest(files, kind.opens, *opened)
    (folder / MANIFEST).write_bytes(manifest.pack())
    _settle(folder / MANIFEST)
    return manifest


def unpacked(data: bytes) -> bytes:
    """The bytes of a stored file, whichever way it is stored."""
    return gzip.decompress(data) if data.startswith(GZIP) else data


def _opened(path: Path) -> tuple[tuple[float, ...], float]:
    """The box and the error of a tileset."""
    document = json.loads(unpacked(path.read_bytes()))
    root = document["root"]
    error = max(float(document["geometricError"]), float(root["geometricError"]))
    return tuple(box_around(corners(root["boundingVolume"], matrix_of(root)))), error


def _names(folder: Path) -> Iterator[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return (name for name in found if name != MANIFEST)


def _packed(folder: Path, squeeze: bool, name: str) -> Entry:
    """Pack one file where that pays, and see it safe on disk."""
    path = folder / name
    if squeeze:
        data = path.read_bytes()
        small = data if data.startswith(GZIP) else gzip.compress(data, 6, mtime=0)
        if len(small) < _WORTH * len(data):
            path.write_bytes(small)
    _settle(path)
    return _entry(path)


def _entry(path: Path) -> Entry:
    found = blake2b(digest_size=12)
    with path.open("rb") as file:
        while part := file.read(_PART):
            found.update(part)
    return Entry(path.stat().st_size, found.hexdigest())


def _settle(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
