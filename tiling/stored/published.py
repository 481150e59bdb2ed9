"""What is published in a sink: the state that the next build starts from, and the blobs that it shows.

The pointer `tileset.json` is the root tileset; the blob `m/{hash of the root}.bin`, the manifest, says what the root
was made of: every leaf, coarse tile and tileset file, and which state was published before.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import islice
from pathlib import PurePosixPath
from typing import Any, Final, Self

import numpy as np

from entities.model import Moment
from entities.position import Keys
from tiling.building.footing import Held
from tiling.building.plan import LEAF, Leaves, content_names, within
from tiling.building.settings import Settings
from tiling.stored.sink import POINTER, Sink

_FORM: Final = 4
_GROUNDLESS: Final = 3  # the form before tiles lay on a ground
_NONE: Final = np.zeros(0, LEAF)
_MARK: Final = np.dtype([(name, LEAF[name]) for name in ("first", "level", "digest")])

HELD: Final = "held"
"""The blob that says that an earlier state is shown on purpose, until somebody builds by hand."""


@dataclass(frozen=True, slots=True)
class Published:
    """A state of a layer's tiles: of which moment, made with which settings, which leaves and coarse tiles it has.

    `files` are the tileset files as rows like those of leaves, without counts. `before` is the name of the root tileset
    that was published before, if one was; `ground` the elevation holdings that its tiles lie on.
    """

    moment: Moment
    key: str  # `Settings.key` of the build
    leaves: Leaves
    overviews: Leaves
    files: Leaves
    root: bytes = b""
    before: str = ""
    ground: tuple[Held, ...] = ()

    @classmethod
    def nothing(cls, settings: Settings) -> Self:
        """The state before the first build."""
        return cls(Moment(0, 0), settings.key, _NONE, _NONE, _NONE)

    @classmethod
    def now(cls, sink: Sink) -> Self | None:
        """The state that is published in the sink, or None where nothing is, or something by an earlier program."""
        name = root_name(sink.get(POINTER)) if sink.has(POINTER) else ""
        return cls.read(sink, name) if name and sink.has(manifest_name(name)) else None

    @classmethod
    def read(cls, sink: Sink, root: str) -> Self:
        """The state whose root tileset has this name. `NotFound` (`tiles.blob`)."""
        return cls.unpack(sink.get(manifest_name(root)))

    @classmethod
    def unpack(cls, blob: bytes) -> Self:
        """Undo `pack`."""
        head, _, rows = blob.partition(b"\n")
        form, valid_at, known_at, key, before, *rest = json.loads(head)
        counts, ground = rest[:3], [Held(*one) for held in rest[3:] for one in held]
        if form not in (_GROUNDLESS, _FORM):
            raise ValueError(f"a manifest of form {form}")
        tiles = np.frombuffer(rows, LEAF, sum(counts))
        leaves, overviews, files = np.split(tiles, np.cumsum(counts[:2]))
        return cls(
            Moment(valid_at, known_at), key, leaves, overviews, files, rows[tiles.nbytes :], before, tuple(ground)
        )

    def pack(self) -> bytes:
        """The bytes of the manifest, not compressed: hashes and extents hardly would be."""
        parts = (self.leaves, self.overviews, self.files)
        head = [_FORM, self.moment.valid_at, self.moment.known_at, self.key, self.before, *map(len, parts), self.ground]
        text = json.dumps(head, ensure_ascii=False).encode() + b"\n"
        return b"".join([text, *(part.tobytes() for part in parts), self.root])

    @property
    def name(self) -> str:
        """The name of its root tileset."""
        return root_name(self.root)

    def part(self, level: int, cells: Keys) -> "Published":
        """What of it lies in the cells of a level that have these first keys."""
        leaves, overviews = (tiles[within(tiles, level, cells)] for tiles in (self.leaves, self.overviews))
        return replace(self, leaves=leaves, overviews=overviews)

    def blobs(self, known: set[bytes] | None = None) -> set[str]:
        """The names of all the blobs that it needs, but for the tiles that are `known`, to which its own are added."""
        seen = set() if known is None else known
        found = {POINTER, manifest_name(self.name)}
        for tiles, names in ((self.leaves, content_names), (self.overviews, _coarse_names), (self.files, file_names)):
            own = _marks(tiles)
            found.update(names(tiles[[row for row, mark in enumerate(own) if mark not in seen]]))
            seen.update(own)
        return found


def publishing(sink: Sink, state: Published) -> Iterator[tuple[str, bytes]]:
    """The blobs that show a state, after its contents and files: its manifest, and last the pointer."""
    manifest = manifest_name(state.name)
    if not (sink.has(POINTER) and sink.get(POINTER) == state.root and sink.has(manifest)):
        yield manifest, state.pack()
        yield POINTER, state.root


def before(sink: Sink) -> Published | None:
    """The state that was published before this one, if it is kept."""
    return next(islice(states(sink), 1, None), None)


def hold(sink: Sink, state: Published) -> None:
    """Show an earlier state, and hold it: no build is to move on from it until it is released."""
    sink.put(HELD, state.name.encode())
    sink.put(POINTER, state.root)


def release(sink: Sink) -> None:
    """Hold no state any longer; what is shown stays until the next build."""
    if sink.has(HELD):
        sink.delete(HELD)


def states(sink: Sink) -> Iterator[Published]:
    """The published state and those before it, the last one first, as far as they are kept."""
    state, seen = Published.now(sink), set[str]()
    while state is not None and state.name not in seen:
        yield state
        seen.add(state.name)
        kept = state.before and sink.has(manifest_name(state.before))
        state = Published.read(sink, state.before) if kept else None


def collect(sink: Sink, kept: int = 1, until: float | None = None) -> int:
    """Remove the blobs that none of the last `kept` states shows; return how many.

    With `until`, a time in seconds since 1970, what was stored later stays, and so do the states published later.
    """
    times, needed, known = sink.times(), {HELD}, set[bytes]()
    for place, state in enumerate(states(sink)):
        late = until is not None and times[manifest_name(state.name)] > until
        needed |= state.blobs(known) if place < kept or late else set()
    unneeded = sorted(name for name in times.keys() - needed if until is None or times[name] <= until)
    for name in unneeded:
        sink.delete(name)
    return len(unneeded)


def reachable(sink: Sink, root: str) -> set[str]:
    """The names of the tilesets and contents that a root tileset shows, found as a client finds them."""
    found: set[str] = set()
    waiting = [root]
    while waiting:
        document = json.loads(sink.get(waiting.pop()))
        shown = {blob_of(uri) for uri in content_uris(document["root"])}
        waiting += sorted(name for name in shown - found if name.endswith(".json"))
        found |= shown
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
    """The name of a root tileset: of what is in it."""
    return f"tileset-{blake2b(root, digest_size=12).hexdigest()}.json"


def manifest_name(root: str) -> str:
    """The name of the manifest of the root tileset of this name."""
    return f"m/{root_hash(root)}.bin"


def root_hash(root: str) -> str:
    """The hash in the name of a root tileset."""
    return PurePosixPath(root).stem.removeprefix("tileset-")


def _marks(tiles: Leaves) -> list[bytes]:
    """What makes each tile the one it is, as bytes: many states are compared, of thousands of tiles each."""
    marks: list[bytes] = tiles[list(_MARK.names or ())].astype(_MARK).view(f"V{_MARK.itemsize}").tolist()
    return marks


def _coarse_names(overviews: Leaves) -> list[str]:
    return content_names(overviews, "o")


def file_names(files: Leaves) -> list[str]:
    """The names of tileset files."""
    return content_names(files, "t", "json")
