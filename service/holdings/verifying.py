"""Looks the holdings over: are all files there and as they were, and does anything lie there that nothing names."""

from collections.abc import Iterator

from entities.model import LATEST
from entities.rules import Finding
from entities.store import Store
from entities.store.rows import selected, versions_of
from service.config import Config
from service.holdings.shelf import Shelf
from service.holdings.standing import HASH, MANIFEST_HASH
from tiling.kinds import KINDS


def faults(config: Config, store: Store) -> Iterator[Finding]:
    """Everything found wrong with the holdings of every kind."""
    for kind in KINDS:
        yield from kind_faults(Shelf.of(config), store, kind)


def kind_faults(shelf: Shelf, store: Store, kind: str) -> Iterator[Finding]:
    """Everything found wrong with the holdings of one kind; those whose files are elsewhere are only told of."""
    vouched = _vouched(store, kind)
    for digest in sorted(set(shelf.hashes(kind)) - set(vouched)):
        yield Finding("holding.unnamed", {"kind": kind, "hash": digest})
    for digest, (code, manifest, standing) in sorted(vouched.items()):
        if shelf.has(kind, digest):
            yield from _folder_faults(shelf, kind, digest, code, manifest)
        elif standing:
            yield Finding("holding.away", {"code": code, "hash": digest})


def _folder_faults(shelf: Shelf, kind: str, digest: str, code: str, vouched: str) -> Iterator[Finding]:
    """What in a holding's folder is not as it was adopted."""
    manifest = shelf.manifest(kind, digest)
    if manifest.digest != vouched:
        yield Finding("holding.damaged", {"code": code, "name": "holding.json"})
    for name, _ in manifest.faults(shelf.folder(kind, digest)):
        yield Finding("holding.damaged", {"code": code, "name": name})


def _vouched(store: Store, kind: str) -> dict[str, tuple[str, str, bool]]:
    """Every hash that was ever said of a kind: the holding's code, the manifest's hash, whether it is known now."""
    statement = f"SELECT {selected(store.database)} FROM version WHERE layer = ? ORDER BY known_to, id"
    found = {}
    for version in versions_of(store.database.query(statement, [kind])):
        said = version.state.attributes
        if HASH in said:
            found[str(said[HASH])] = (version.code, str(said.get(MANIFEST_HASH)), version.known_to == LATEST)
    return found
