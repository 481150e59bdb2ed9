"""Sharing: where tiles lie in an object store, files of holdings do too, for all machines that serve the base."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from service.config import Config
from service.tiles.tile_store import tile_sink
from tiling.holdings import Progress
from tiling.holdings.packing import MANIFEST, Manifest
from tiling.stored.object_sink import ObjectSink

_TOGETHER: Final = 8  # files written at a time
_STEP: Final = "share"


@dataclass(frozen=True, slots=True)
class Shared:
    """The files of holdings in the object store of a service, `holdings/{kind}/{hash}/` beside its tiles.

    `Busy` (`tiles.store`) where the store does not answer.
    """

    config: Config

    @classmethod
    def of(cls, config: Config) -> Self | None:
        """The shared files of a service; None where its tiles lie in a folder, and the shelf is all there is."""
        return cls(config) if "://" in config.tiles.store else None

    def holding(self, kind: str, digest: str, name: str, path: Path) -> None:
        """Fetch one file into `path`, as it is stored. `NotFound` (`tiles.blob`)."""
        self._sink(kind, digest).fetch(name, path)

    def share(self, kind: str, digest: str, folder: Path, tell: Progress) -> None:
        """Put a holding's files there, unless they are: the manifest last, so that what has one is whole."""
        sink = self._sink(kind, digest)
        if sink.has(MANIFEST):
            return
        names = list(Manifest.read(folder).files)
        with ThreadPoolExecutor(_TOGETHER) as pool:
            for done, _ in enumerate(pool.map(lambda name: sink.send(name, folder / name), names), 1):
                tell(_STEP, done, len(names))
        sink.send(MANIFEST, folder / MANIFEST)

    def _sink(self, kind: str, digest: str) -> ObjectSink:
        sink = tile_sink(self.config, f"holdings/{kind}/{digest}")
        assert isinstance(sink, ObjectSink)
        return sink
