"""The shelf: where the prepared files of holdings lie, each in a folder named by its hash, whole or not at all.

A folder is filled aside, on the same file system, and moved to its place. What a process that was killed left aside is
swept by the next one: each holds a lock on its own folder for as long as it lives.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from service.config import Config
from tiling.holdings.packing import MANIFEST, Manifest

_ASIDE: Final = ".aside"
_ARRIVING: Final = ".arriving"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folders of holdings below one folder: `{kind}/{hash}/`, and beside them originals that are kept."""

    root: Path

    @classmethod
    def of(cls, config: Config) -> Self:
        """The shelf of a service."""
        return cls(config.data / "holdings")

    def folder(self, kind: str, digest: str) -> Path:
        """Where the files of a holding lie, if they are here."""
        return self.root / kind / digest

    def has(self, kind: str, digest: str) -> bool:
        """Tell whether the files of a holding are here."""
        return (self.folder(kind, digest) / MANIFEST).is_file()

    def manifest(self, kind: str, digest: str) -> Manifest:
        """What lies in a holding's folder."""
        return Manifest.read(self.folder(kind, digest))

    def hashes(self, kind: str) -> list[str]:
        """The holdings of a kind whose files are here."""
        return sorted(path.parent.name for path in (self.root / kind).glob(f"*/{MANIFEST}"))

    @contextmanager
    def aside(self) -> Iterator[Path]:
        """An empty folder to fill; whatever is still in it at the end is thrown away."""
        place = self.root / _ASIDE
        place.mkdir(parents=True, exist_ok=True)
        with _locked(place):
            _sweep(place)
            mine = place / secrets.token_hex(6)
            mine.mkdir()
            lock = os.open(mine, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            (mine / "files").mkdir()
            yield mine / "files"
        finally:
            os.close(lock)
            shutil.rmtree(mine, ignore_errors=True)

    @contextmanager
    def arriving(self, kind: str, digest: str) -> Iterator[Path]:
        """Where the files of a holding are gathered until all are there: kept when cut off, one process at a time."""
        place = self.root / _ARRIVING / kind / digest
        (place / "files").mkdir(parents=True, exist_ok=True)
        with _locked(place):
            (place / "files").mkdir(parents=True, exist_ok=True)  # another process may have placed it meanwhile
            yield place / "files"
        if self.has(kind, digest):
            shutil.rmtree(place, ignore_errors=True)

    def place(self, filled: Path, kind: str, digest: str) -> None:
        """Move a folder that was filled aside to its place; one that is there already is the same."""
        target = self.folder(kind, digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        with _locked(target.parent):
            if not target.exists():
                filled.rename(target)
                _settle(target.parent)

    def keep(self, members: list[tuple[str, Path]], digest: str) -> None:
        """Keep copies of the files that a holding was made of, in `originals/{hash}/`."""
        target = self.root / "originals" / digest
        with self.aside() as folder:
            for name, path in members:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, folder / name)
            self.place(folder, "originals", target.name)


def _sweep(place: Path) -> None:
    """Remove the folders aside whose process lives no more."""
    for path in place.iterdir():
        handle = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
        except BlockingIOError:  # its process lives
            continue
        finally:
            os.close(handle)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Wait for a folder, so that one process at a time changes what lies in it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _settle(folder: Path) -> None:
    """Have the names in a folder outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
