"""Looks the holdings over: are all files there and as they were, and does anything lie there that nothing names."""

from collections.abc import Iterator
from dataclasses import dataclass

from entities.model import LATEST
from entities.rules import Finding
from entities.store import Store
from entities.store.rows import selected, versions_of
from service.config import Config
from service.holdings.shelf import Shelf
from service.holdings.standing import HASH, MANIFEST_HASH
from tiling.holdings.kinds import KINDS
from tiling.holdings.packing import MANIFEST


@dataclass(frozen=True, slots=True)
class Vouched:
    """What the base says of a holding's folder: whose it is, the hash of its manifest, and whether it is known now."""

    code: str
    manifest: str
    standing: bool


def faults(config: Config, store: Store) -> Iterator[Finding]:
    """Everything found wrong with the holdings of every kind."""
    for kind in KINDS:
        yield from kind_faults(Shelf.of(config), store, kind)


def kind_faults(shelf: Shelf, store: Store, kind: str) -> Iterator[Finding]:
    """Everything found wrong with the holdings of one kind; those whose files are elsewhere are only told of."""
    said = vouched(store, kind)
    for digest in sorted(set(shelf.hashes(kind)) - set(said)):
        yield Finding("holding.unnamed", {"kind": kind, "hash": digest})
    for digest, one in sorted(said.items()):
        if shelf.has(kind, digest):
            yield from _folder_faults(shelf, kind, digest, one)
        elif one.standing:
            yield Finding("holding.away", {"code": one.code, "hash": digest})


def _folder_faults(shelf: Shelf, kind: str, digest: str, said: Vouched) -> Iterator[Finding]:
    """What in a holding's folder is not as it was adopted."""
    manifest = shelf.manifest(kind, digest)
    if manifest.digest != said.manifest:
        yield Finding("holding.damaged", {"code": said.code, "name": MANIFEST})
    for name, _ in manifest.faults(shelf.folder(kind, digest)):
        yield Finding("holding.damaged", {"code": said.code, "name": name})


def vouched(store: Store, kind: str) -> dict[str, Vouched]:
    """What the base says of every hash that was ever said of a kind."""
    statement = f"SELECT {selected(store.database)} FROM version WHERE layer = ? ORDER BY known_to, id"
    found = {}
    for version in versions_of(store.database.query(statement, [kind])):
        said = version.state.attributes
        if HASH in said:
            found[str(said[HASH])] = Vouched(version.code, str(said.get(MANIFEST_HASH)), version.known_to == LATEST)
    return found
