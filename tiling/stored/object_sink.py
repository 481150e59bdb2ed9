"""Tiles in an object store, S3 or whatever else fsspec opens by a URL: blobs are objects, and an object is put whole.

Every blob but the pointer is named by what it holds. So blobs are gathered and written many at a time, all of them
before the pointer is; and what was read once is kept in memory, since it does not change.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import fsspec
from botocore.exceptions import BotoCoreError

from entities.errors import Busy, NotFound
from tiling.stored.sink import checked

_TOGETHER: Final = 64
"""How many blobs are written at a time."""

_KEPT: Final = 2_048
"""How many blobs are kept in memory, of some 30 kB each."""


class ObjectSink:
    """Blobs as objects below a URL such as `s3://bucket/tiles/buildings`; access keys are those of the environment.

    Whatever it is asked: `Busy` (`tiles.store`) where the store does not answer.
    """

    def __init__(self, url: str) -> None:
        self.files, self.root = fsspec.core.url_to_fs(url, use_listings_cache=False)
        self._waiting: dict[str, bytes] = {}
        self._kept = lru_cache(_KEPT)(self._read)

    def put(self, name: str, data: bytes) -> None:
        if "/" not in name:  # the pointer
            self._write()
            with self._answering():
                self.files.pipe_file(self._path(name), data)
            return
        self._waiting[self._path(name)] = data
        if len(self._waiting) >= _TOGETHER:
            self._write()

    def put_all(self, blobs: Iterable[tuple[str, bytes]]) -> None:
        for blob in blobs:
            self.put(*blob)
        self._write()

    def get(self, name: str) -> bytes:
        self._write()
        lasting = name.startswith(("c/", "o/", "t/"))
        return self._kept(name) if lasting else self._read(name)

    def send(self, name: str, path: Path) -> None:
        """Store a file, however large."""
        with self._answering():
            self.files.put_file(str(path), self._path(name))

    def fetch(self, name: str, path: Path) -> None:
        """Copy a blob, however large, to a file; `NotFound` (`tiles.blob`)."""
        try:
            with self._answering():
                self.files.get_file(self._path(name), str(path))
        except FileNotFoundError:
            raise NotFound.because("tiles.blob", name=name) from None

    def has(self, name: str) -> bool:
        self._write()
        with self._answering():
            return bool(self.files.exists(self._path(name)))

    def names(self, folder: str = "") -> set[str]:
        return set(self._found(folder))

    def times(self) -> dict[str, float]:
        return {name: _stored(found) for name, found in self._found("").items()}

    def delete(self, name: str) -> None:
        with self._answering():
            self.files.rm_file(self._path(name))

    def _read(self, name: str) -> bytes:
        path = self._path(name)
        try:
            with self._answering():
                found: bytes = self.files.cat_file(path)
        except FileNotFoundError:
            raise NotFound.because("tiles.blob", name=name) from None
        return found

    def _write(self) -> None:
        """Write what waits, all at once."""
        waiting, self._waiting = self._waiting, {}
        if waiting:
            with self._answering():
                self.files.pipe(waiting)

    def _found(self, folder: str) -> dict[str, dict[str, Any]]:
        self._write()
        under = f"{self.root}/{folder}".rstrip("/")
        return {
            name.removeprefix(f"{self.root}/"): found for name, found in self.files.find(under, detail=True).items()
        }

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Ask the store something. `Busy` (`tiles.store`) where it does not answer, or not to us."""
        try:
            yield
        except FileNotFoundError:
            raise
        except (OSError, BotoCoreError) as error:
            raise Busy.because("tiles.store", store=self.root, why=str(error)) from error

    def _path(self, name: str) -> str:
        return "/".join([self.root, *checked(name)])


def _stored(found: dict[str, Any]) -> float:
    """When an object was stored, by what the store tells of it: each kind of store has its own word."""
    told = next((found[name] for name in ("LastModified", "mtime", "created") if name in found), 0.0)
    return told.replace(tzinfo=told.tzinfo or UTC).timestamp() if isinstance(told, datetime) else float(told)
