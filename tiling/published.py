"""What is published in a sink: the state the next build starts from, the blobs it shows, how to go back."""

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, Self

import numpy as np

from entities.model import Moment
from tiling.plan import LEAF, Leaves
from tiling.settings import Settings
from tiling.sink import POINTER, Sink

_FORM: Final = 2
_WITHOUT_OVERVIEWS: Final = 1


@dataclass(frozen=True, slots=True)
class Published:
    """A state of a layer's tiles: of which moment, made with which settings, which leaves and coarse tiles it has."""

    moment: Moment
    key: str  # `Settings.key` of the build
    leaves: Leaves
    overviews: Leaves

    @classmethod
    def of(cls, moment: Moment, settings: Settings, leaves: Leaves, overviews: Leaves) -> Self:
        """The state that a build of these tiles makes."""
        return cls(moment, settings.key, leaves, overviews)

    @classmethod
    def now(cls, sink: Sink) -> Self | None:
        """The state that is published in the sink, or None where nothing is."""
        return cls.read(sink, POINTER) if sink.has(POINTER) else None

    @classmethod
    def read(cls, sink: Sink, root: str) -> Self:
        """The state whose root tileset is the blob `root`."""
        return cls.unpack(sink.get(_manifest(json.loads(sink.get(root)))[0]))

    @classmethod
    def unpack(cls, blob: bytes) -> Self:
        """Undo `pack`."""
        head, _, rows = gzip.decompress(blob).partition(b"\n")
        form, valid_at, known_at, key, *counts = json.loads(head)
        if form not in (_FORM, _WITHOUT_OVERVIEWS):
            raise ValueError(f"a manifest of form {form}")
        tiles = np.frombuffer(rows, LEAF)
        count = counts[0] if counts else len(tiles)
        return cls(Moment(valid_at, known_at), key, tiles[:count], tiles[count:])

    def pack(self) -> tuple[str, bytes]:
        """The name and the bytes of the blob, the manifest, that keeps the state in the sink."""
        head = [_FORM, self.moment.valid_at, self.moment.known_at, self.key, len(self.leaves)]
        tiles = self.leaves.tobytes() + self.overviews.tobytes()
        data = json.dumps(head, ensure_ascii=False).encode() + b"\n" + tiles
        return f"m/{blake2b(data, digest_size=12).hexdigest()}.bin", gzip.compress(data, 1, mtime=0)


def publish(sink: Sink, root: str) -> None:
    """Show another state: make the root tileset of this name the published one, an earlier one included."""
    sink.put(POINTER, sink.get(root))


def collect(sink: Sink, keep: Iterable[str] = ()) -> int:
    """Remove every blob that neither the published state nor the root tilesets in `keep` show; return how many."""
    roots = [*keep, *([POINTER] if sink.has(POINTER) else [])]
    needed = {name for root in roots for name in (root, root_name(sink.get(root)), *reachable(sink, root))}
    unneeded = sorted(sink.names() - needed)
    for name in unneeded:
        sink.delete(name)
    return len(unneeded)


def reachable(sink: Sink, root: str) -> set[str]:
    """The names of the blobs that a root tileset shows: its manifest, tilesets and contents."""
    found: set[str] = set()
    waiting = [root]
    while waiting:
        document = json.loads(sink.get(waiting.pop()))
        shown = {blob_of(uri) for uri in content_uris(document["root"])}
        waiting += sorted(name for name in shown - found if name.endswith(".json"))
        found |= shown | set(_manifest(document))
    return found


def content_uris(tile: dict[str, Any]) -> Iterator[str]:
    """The URIs of all contents of a tile and of the tiles below it in the same file."""
    if "content" in tile:
        yield str(tile["content"]["uri"])
    for child in tile.get("children", ()):
        yield from content_uris(child)


def blob_of(uri: str) -> str:
    """The blob that a URI in one of our tilesets means."""
    return uri.partition("?")[0].removeprefix("../")


def root_name(root: bytes) -> str:
    """The name under which a root tileset stays when another is published."""
    return f"tileset-{blake2b(root, digest_size=12).hexdigest()}.json"


def _manifest(document: dict[str, Any]) -> list[str]:
    """The name of the manifest that a root tileset was published with, if it is one."""
    named = document["asset"].get("extras", {}).get("manifest")
    return [named] if named else []
