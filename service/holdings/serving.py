"""Holdings as 3D Tiles: the tileset of those that stand at a moment, and the files of each, which never change."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from entities.errors import NotFound
from entities.model import LATEST, Moment, day_text, today
from entities.store import Store
from service.config import Config
from service.holdings.shelf import Shelf
from service.holdings.standing import Holding, elsewhere, holding_of, standing
from service.layers import layer_titles
from tiling.holdings.assembled import Piece, assembled
from tiling.holdings.kinds import KINDS
from tiling.holdings.packing import MANIFEST, Manifest
from tiling.stored.sink import checked

MEDIA: Final = MappingProxyType(
    {
        ".b3dm": "application/octet-stream",
        ".bin": "application/octet-stream",
        ".cmpt": "application/octet-stream",
        ".glb": "model/gltf-binary",
        ".gltf": "model/gltf+json",
        ".i3dm": "application/octet-stream",
        ".jpeg": "image/jpeg",
        ".jpg": "image/jpeg",
        ".json": "application/json",
        ".ktx2": "image/ktx2",
        ".png": "image/png",
        ".pnts": "application/octet-stream",
        ".subtree": "application/octet-stream",
        ".webp": "image/webp",
    }
)
"""What each file of a holding is, by its suffix; a file of any other suffix is not served."""


@dataclass(frozen=True, slots=True)
class HoldingTiles:
    """The holdings of one kind as 3D Tiles."""

    config: Config
    store: Store
    kind: str

    def root(self, moment: Moment | None) -> bytes:
        """The tileset of a moment, of today where none is asked for."""
        then = moment or Moment(today(), LATEST)
        here = standing(self.config, self.store, self.kind, then)
        others = [one.code for one in elsewhere(self.config, self.store, self.kind, then)]
        return assembled([self._piece(one) for one in here], layer_titles(self.kind)["en"], others)

    def file(self, digest: str, name: str) -> bytes:
        """A file of a holding as it is stored.

        `NotFound`: `holding.elsewhere` where the holding's files are not here, `tiles.blob` where it has no such file.
        """
        path = stored_file(self.config, self.kind, digest, name)
        if path.suffix.lower() not in MEDIA or name == MANIFEST:
            raise NotFound.because("tiles.blob", name=name)
        return path.read_bytes()

    def where(self, code: str) -> dict[str, Any]:
        """The tileset of a holding that stands today, as `where` says it of entities: it is a content of its own.

        `NotFound`: `tiles.where` for an entity of another layer, `holding.elsewhere` where its files are not here; and
        whatever the base refuses for a code that does not stand.
        """
        view = self.store.view(Moment(today(), LATEST))
        version, shelf = view.get(code), Shelf.of(self.config)
        if self.store.meaning.layer_of(version.state.class_code) != self.kind:
            raise NotFound.because("tiles.where", code=code, layer=self.kind)
        one = holding_of(shelf, self.kind, version)
        if not shelf.has(self.kind, one.hash):
            raise NotFound.because("holding.elsewhere", hash=one.hash)
        return {
            "code": code,
            "layer": self.kind,
            "content": self._piece(one).uri,
            "features": [],
            "coarse": [],
            "version": {"valid_from": day_text(version.period.start), "transaction": version.known_from},
            "shown": {"day": day_text(view.moment.valid_at), "transaction": view.moment.known_at},
        }

    def _piece(self, one: Holding) -> Piece:
        manifest, period = _manifest(Shelf.of(self.config), self.kind, one.hash), one.version.period
        uri = f"h/{one.hash}/{manifest.opens}"
        name = one.version.state.name or ""
        return Piece(one.code, name, period.start, period.end, one.resolution, uri, manifest.box, manifest.error)


def stored_file(config: Config, kind: str, digest: str, name: str) -> Path:
    """Where a file of a holding lies.

    `NotFound`: `holding.elsewhere` where the holding's files are not here, `tiles.blob` where it has no such file.
    """
    shelf = Shelf.of(config)
    if kind not in KINDS or not digest.isalnum() or not shelf.has(kind, digest):
        raise NotFound.because("holding.elsewhere", hash=digest)
    path = shelf.folder(kind, digest).joinpath(*checked(name))
    if not path.is_file():
        raise NotFound.because("tiles.blob", name=name)
    return path


@lru_cache(maxsize=4096)
def _manifest(shelf: Shelf, kind: str, digest: str) -> Manifest:
    """What lies in a folder, which never changes."""
    return shelf.manifest(kind, digest)
