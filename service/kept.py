"""Tiles that are drawn when first asked for, and kept in a folder under the hash of what is in them."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

STATES: Final = 8
"""How many states of one tile are kept: the last ones drawn."""


def write_whole(path: Path, data: bytes) -> None:
    """Write a file, and the folders it lies in, so that whoever reads it finds it whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    waiting.write_bytes(data)
    waiting.replace(path)


@dataclass(frozen=True, slots=True)
class Kept:
    """One folder of kept tiles; any thread and process may ask."""

    folder: Path

    def get(self, place: str, name: str, draw: Callable[[], bytes]) -> bytes:
        """The tile at a place in the state of this name, drawn where it is not kept yet."""
        path = self.folder / place / name
        try:
            return path.read_bytes()
        except FileNotFoundError:
            data = draw()
        write_whole(path, data)
        self._forget(path.parent)
        return data

    def _forget(self, folder: Path) -> None:
        """Remove all but the last states of a place; what another process removes first is gone as well."""
        kept = [path for path in folder.iterdir() if not path.name.startswith(".")]
        if len(kept) > STATES:
            ages = {path: path.stat().st_mtime_ns for path in kept if path.is_file()}
            for path in sorted(ages, key=lambda path: (ages[path], path.name))[:-STATES]:
                path.unlink(missing_ok=True)
