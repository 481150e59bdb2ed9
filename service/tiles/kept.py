"""Tiles that are drawn when first asked for, kept under the hash of what is in them; all together take bounded room.

All lie below one folder, and any may be removed at any time: who asks for it next has it drawn anew.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from service.config import Config

KEPT: Final = "kept"
"""The folder, in that of a service's data, in which they lie."""

HOUR: Final = 3600
"""How finely, in seconds, it is known when a tile was asked for; those of the last hour stay in any case."""

_MOST_NAMES: Final = 20_000
_PART: Final = 16  # of what may be kept: after so much that a process wrote, it looks whether it is too much
Asked = TypeVar("Asked")
_written: Counter[Path] = Counter()
_lock: Final = threading.Lock()


class Made(NamedTuple):
    """A tile as it is sent; its name is a hash of what it was made of."""

    name: str
    data: bytes


def remembered(names: dict[Asked, str], asked: Asked, name: str) -> str:
    """Keep the name of what was asked for: what is known at a transaction of a day never changes."""
    if len(names) >= _MOST_NAMES:
        names.clear()
    return names.setdefault(asked, name)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file, and the folders it lies in, so that whoever reads it finds it whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    waiting.write_bytes(data)
    waiting.replace(path)


@dataclass(frozen=True, slots=True)
class Kept:
    """The kept tiles of one kind; those of all kinds below `root` take at most so many bytes.

    Any thread and process may ask.
    """

    root: Path
    kind: str
    most: int

    @classmethod
    def of(cls, config: Config, kind: str) -> "Kept":
        """The kept tiles of a service."""
        return cls(config.data / KEPT, kind, config.tiles.cache_bytes)

    def get(self, name: str, draw: Callable[[], bytes]) -> bytes:
        """The tile of this name, which is a hash of what is in it; drawn where it is not kept."""
        path = self.root / self.kind / name[:2] / name
        data = _read(path)
        if data is None:
            data = draw()
            write_whole(path, data)
            self._grown(len(data))
        return data

    def _grown(self, size: int) -> None:
        """Look from time to time what is to go, in a thread of its own, so that no request waits."""
        with _lock:
            _written[self.root] += size
            if _written[self.root] * _PART < self.most:
                return
            _written[self.root] = 0
        threading.Thread(target=sweep, args=(self.root, self.most), daemon=True).start()


def sweep(root: Path, most: int) -> None:
    """Remove the tiles that nobody asked for longest until `most` bytes are left."""
    hours: Counter[int] = Counter()
    for _, hour, size in _files(root):
        hours[hour] += size
    over, lately = hours.total() - most, int(time.time()) // HOUR - 1
    going = {}  # how many bytes of each hour are to go
    for hour in sorted(one for one in hours if one < lately):
        going[hour] = max(0, min(over, hours[hour]))
        over -= going[hour]
    for path, hour, size in _files(root):
        if going.get(hour, 0) > 0:
            path.unlink(missing_ok=True)
            going[hour] -= size


def _read(path: Path) -> bytes | None:
    """A kept tile, which counts as asked for now; None where there is none, or a power cut left it empty."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mtime < time.time() - HOUR:
                os.utime(file.fileno())
            return file.read() or None
    except FileNotFoundError:
        return None


def _files(root: Path) -> Iterator[tuple[Path, int, int]]:
    """Every kept file with the hour in which it was asked for last, and its size; others may remove them meanwhile."""
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            yield path, int(status.st_mtime) // HOUR, status.st_size
