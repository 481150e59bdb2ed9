"""Looks a base and what was made of it over: does the journal add up, do digests hold, are tiles sound."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import numpy as np

from entities.codes import is_sound
from entities.model import fingerprints
from entities.rules import Finding
from entities.store import Cursor, Store
from entities.store.rows import version_digest
from entities.store.sealing import chained, seal
from service import pictures
from service.bases import open_store
from service.config import Config
from service.holdings import verifying as holdings
from service.tiles.histories import history_sink
from service.tiles.tile_store import tile_sink
from service.tiles.tilesets import TILED
from tiling.stored.check import check
from tiling.stored.sink import POINTER

_PAGE = 10_000
_TOLD = ("create", "change", "end", "retract", "linked", "unlinked")


def faults(config: Config) -> Iterator[Finding]:
    """Everything found wrong with the base and its tiles."""
    with closing(open_store(config)) as store:
        yield from _journal(store)
        yield from _versions(store)
        yield from holdings.faults(config, store)
        yield from pictures.faults(config, store)
    for layer in TILED:
        for sink in (tile_sink(config, layer), history_sink(config, layer)):
            if sink.has(POINTER):
                yield from check(sink)


def _journal(store: Store) -> Iterator[Finding]:
    """Transactions are numbered without a gap and chained, and the feed holds as many changes as each says."""
    fed, chain = _fed(store), ""
    for expected, record in enumerate(store.transactions(limit=10**9), 1):
        if record.number != expected:
            yield Finding("verify.journal", {"number": expected})
            return
        said = sum(json.loads(record.counts).get(kind, 0) for kind in _TOLD)
        if said != fed[record.number]:
            yield Finding("verify.feed", {"number": record.number, "said": said, "found": fed[record.number]})
        chain = chained(chain, seal(store.database, record.number), record)
        if chain != record.chain:
            yield Finding("verify.chain", {"number": record.number})
            chain = record.chain


def _fed(store: Store) -> Counter[int]:
    """How many changes the feed has of each transaction."""
    found: Counter[int] = Counter()
    cursor = Cursor()
    while page := store.changes(cursor, _PAGE):
        found.update(change.cursor.number for change in page)
        cursor = page[-1].cursor
    return found


def _versions(store: Store) -> Iterator[Finding]:
    """Codes are sound, and each digest in the index is that of what stands there."""
    view = store.view()
    for layer in store.layers():
        digests = set()
        for version in view.versions(layer):
            if not is_sound(version.code):
                yield Finding("verify.code", {"code": version.code})
            content = fingerprints([version.state])[0]
            digests.add(version_digest(content, version.code, version.period.start, version.surveyed))
        indexed = view.index(layer).digests
        if digests != {bytes(digest).ljust(16, b"\0") for digest in np.asarray(indexed).tolist()}:
            yield Finding("verify.digest", {"layer": layer})
