"""Where tiles go: blobs by name, published by moving one pointer, so that a state is seen whole or not at all."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from entities.errors import NotFound
from tiling.building.ahead import ahead

POINTER: Final = "tileset.json"
"""The one name whose bytes change; every other blob is named by what it holds."""

_EACH: Final = 64
"""Up to how many blobs are looked for one by one."""

_TOGETHER: Final = 8
"""How many files are written at a time."""


class Sink(Protocol):
    """Blobs by name. A name is a relative path with `/`; reading one that is not there raises `NotFound`."""

    def put(self, name: str, data: bytes) -> None:
        """Store a blob whole or not at all, in place of any of the same name."""

    def put_all(self, blobs: Iterable[tuple[str, bytes]]) -> None:
        """Store blobs as they come; the pointer, which comes last, is seen last. All are there when this returns."""

    def get(self, name: str) -> bytes:
        """Read a blob; `NotFound` (`tiles.blob`)."""

    def has(self, name: str) -> bool: ...

    def names(self, folder: str = "") -> set[str]:
        """The names of all blobs, or of those in a folder."""

    def times(self) -> dict[str, float]:
        """When each blob was stored, in seconds since 1970."""

    def delete(self, name: str) -> None: ...


class MemorySink:
    """Blobs in memory, for tests and for tilesets that are made to be asked for once."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}

    def put(self, name: str, data: bytes) -> None:
        self.blobs[name] = data

    def put_all(self, blobs: Iterable[tuple[str, bytes]]) -> None:
        for blob in blobs:
            self.put(*blob)

    def get(self, name: str) -> bytes:
        if name not in self.blobs:
            raise NotFound.because("tiles.blob", name=name)
        return self.blobs[name]

    def has(self, name: str) -> bool:
        return name in self.blobs

    def names(self, folder: str = "") -> set[str]:
        return {name for name in self.blobs if name.startswith(f"{folder}/" if folder else "")}

    def times(self) -> dict[str, float]:
        return dict.fromkeys(self.blobs, 0.0)

    def delete(self, name: str) -> None:
        del self.blobs[name]

    def digest(self) -> str:
        """One hash over all names and blobs."""
        found = blake2b(digest_size=16)
        for name in sorted(self.blobs):
            found.update(b"%s\0%d\0%s" % (name.encode(), len(self.blobs[name]), self.blobs[name]))
        return found.hexdigest()


class FolderSink:
    """Blobs as files of a folder, each written under another name and then moved to its own.

    Without `lasting` the disk is not waited for, for blobs that can be made again: a power cut may leave an empty one.
    """

    def __init__(self, folder: Path, lasting: bool = True) -> None:
        self.folder = folder
        self.lasting = lasting

    def put(self, name: str, data: bytes) -> None:
        self._laid(name, data).replace(self._path(name))

    def put_all(self, blobs: Iterable[tuple[str, bytes]]) -> None:
        with ThreadPoolExecutor(_TOGETHER) as pool:  # disks settle many files in the time of a few
            for pointer in ahead(pool, self._stored, blobs, 2 * _TOGETHER):
                if pointer:  # all that came before it is there
                    pointer.replace(self._path(POINTER))

    def _stored(self, blob: tuple[str, bytes]) -> Path | None:
        """Store a blob; of the pointer, return where it lies until it is moved."""
        if blob[0] == POINTER:
            return self._laid(*blob)
        self.put(*blob)
        return None

    def _laid(self, name: str, data: bytes) -> Path:
        """Write a blob beside its place, and return where it lies."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        waiting = path.with_name(f".{path.name}.{os.getpid()}")
        with waiting.open("wb") as file:
            file.write(data)
            if self.lasting:
                file.flush()
                os.fsync(file.fileno())  # so that no pointer outlives, through a power cut, what it points to
        return waiting

    def get(self, name: str) -> bytes:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            raise NotFound.because("tiles.blob", name=name) from None

    def has(self, name: str) -> bool:
        return self._path(name).is_file()

    def names(self, folder: str = "") -> set[str]:
        return {path.relative_to(self.folder).as_posix() for path in self._files(folder)}

    def times(self) -> dict[str, float]:
        return {path.relative_to(self.folder).as_posix(): path.stat().st_mtime for path in self._files("")}

    def delete(self, name: str) -> None:
        self._path(name).unlink()

    def _files(self, folder: str) -> Iterator[Path]:
        found = (self.folder / folder).rglob("*")
        return (path for path in found if path.is_file() and not path.name.startswith("."))

    def _path(self, name: str) -> Path:
        return self.folder.joinpath(*checked(name))


def checked(name: str) -> tuple[str, ...]:
    """The parts of a blob's name. `NotFound` (`tiles.blob`) for one that leads elsewhere."""
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or parts[0] == "/":
        raise NotFound.because("tiles.blob", name=name)
    return parts


def present(sink: Sink, names: Iterable[str]) -> set[str]:
    """Which of these names the sink has a blob of; many are looked for in a list of all."""
    asked = set(names)
    return asked & sink.names() if len(asked) > _EACH else {name for name in asked if sink.has(name)}


def found(sink: Sink, name: str) -> bytes | None:
    """A blob, or None where there is none of this name."""
    try:
        return sink.get(name)
    except NotFound:
        return None
