"""Writes the parts of a bundle into the tables, under this base's next number."""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import count
from typing import Final

import numpy as np
import shapely

from entities.errors import Conflict, NotFound
from entities.model import LATEST, TransactionNumber, Version
from entities.replication.bundle import LINK, STEP, last_said
from entities.replication.clashing import COLUMNS as CLASH
from entities.replication.clashing import Clash, decide, stamp_of, stamps, write_clashes
from entities.replication.meeting import Met, Twin, given_way, hold_cases, own_and_later, twins
from entities.replication.numbering import Numbering
from entities.replication.page import Origin
from entities.store import Store
from entities.store.changes import COLUMNS as CHANGE
from entities.store.changes import Record
from entities.store.database import Database, Row
from entities.store.rows import COLUMNS, content_rows, version_digest, versions_of
from entities.store.view import now_known

_STANDING: Final = f"known_to = {LATEST}"


class Writing:
    """One transaction of another base being written here.

    `exact` is False once something of it met a transaction that its source did not know.
    """

    def __init__(self, store: Store, record: Record, origins: Mapping[TransactionNumber, Origin]) -> None:
        self.database = store.database
        self.number = now_known(store.database) + 1
        self.here = Numbering(self.database, origins, {(record.origin, record.origin_number): self.number})
        self.clashes: list[Clash] = []
        self.twins: list[Twin] = []
        self._met: list[Met] = []
        self.exact = True
        self._store = store
        self._mixed = _holds_others(store.database, record.origin)
        self._fresh: set[str] = set()  # the entities born here and now
        self._stamp = stamp_of(record)
        self._ids = count(1 + int(self.database.query("SELECT COALESCE(MAX(id), 0) FROM version")[0][0]))
        self._replaced: set[str] = set()  # what was said here of these gives way, all of it
        self._kept: set[str] = set()  # what was said here of these stands
        self._writers: Mapping[str, Callable[[list[Row]], None]] = {
            "born": self._born,
            "touched": self._touched,
            "closed": self._closed,
            "clashes": self._met_there,
            "kept": lambda rows: self._open([row for row in rows if row[0] in self._replaced]),
            "opened": lambda rows: self._open([row for row in rows if row[0] not in self._kept]),
            "unlinked": self._unlinked,
            "linked": self._linked,
            "undone": self._undone,
            "steps": self._steps,
            "changes": self._changes,
        }

    def part(self, kind: str, rows: list[Row]) -> None:
        """Write one part."""
        self._writers[kind](rows)

    def finish(self) -> None:
        """Leave to persons what met, once everything is written."""
        hold_cases(self._store, self.number, self._met)

    def _born(self, rows: list[Row]) -> None:
        taken = self.database.query_in("SELECT code FROM entity WHERE code IN {in}", [row[0] for row in rows])
        if taken:
            raise Conflict.because("follow.code", code=taken[0][0])
        self.database.insert("entity", ("code", "spatial", "born"), [(*row, self.number) for row in rows])
        if self._mixed:
            self._fresh.update(row[0] for row in rows)

    def _touched(self, rows: list[Row]) -> None:
        """See whether each entity is here as the source knew it; where it is not, decide what stands."""
        there = {code: self.here(number) for code, number in rows}
        here = last_said(self.database, sorted(there))
        for code in there.keys() - here.keys():
            raise Conflict.because("follow.diverged", code=code)
        differing = sorted(code for code, number in there.items() if here[code] != number)
        if differing:
            self._decide(differing, here)

    def _decide(self, codes: Sequence[str], here: Mapping[str, TransactionNumber]) -> None:
        stamp = stamps(self.database, [here[code] for code in codes])
        met = [decide(code, self._stamp, stamp[here[code]]) for code in codes]
        later = {one.code for one in met if one.taken}
        self._replaced |= later
        self._kept |= set(codes) - later
        own = {code for code in later if stamp[here[code]].origin == self._store.base_id}
        self._met += [Met("clash", version, (version.code,)) for version in given_way(self.database, own)]
        self._forget(later)
        write_clashes(self.database, self.number, met)
        self.clashes += met
        self.exact = False

    def _forget(self, codes: Collection[str]) -> None:
        statement = f"SELECT id FROM version WHERE code IN {{in}} AND {_STANDING}"
        self._close("version", [row[0] for row in self.database.query_in(statement, sorted(codes))])

    def _met_there(self, rows: list[Row]) -> None:
        """Keep what the source met, where this base met nothing itself."""
        known = [(self.number, *row) for row in rows if not self._met_here(row[0])]
        self.database.insert("clash", ("number", *CLASH), known)

    def _met_here(self, code: str) -> bool:
        return code in self._replaced or code in self._kept

    def _closed(self, rows: list[Row]) -> None:
        wanted = [(code, start) for code, start in rows if not self._met_here(code)]
        statement = f"SELECT code, valid_from, id FROM version WHERE code IN {{in}} AND {_STANDING}"
        codes = sorted({code for code, _ in wanted})
        found = {(code, start): row_id for code, start, row_id in self.database.query_in(statement, codes)}
        for code, start in wanted:
            if (code, start) not in found:
                raise Conflict.because("follow.diverged", code=code)
        self._close("version", [found[key] for key in wanted])

    def _open(self, rows: list[Row]) -> None:
        if rows:
            versions = versions_of([self._read(row) for row in rows])
            layers = self._layers(rows)
            contents = content_rows([version.state for version in versions], layers)
            written = [self._row(one, content) for one, content in zip(versions, contents, strict=True)]
            self.database.insert("version", COLUMNS, written)
            bounds = shapely.bounds(np.array([version.state.geometry for version in versions], dtype=object))
            self.database.insert_boxes([row[0] for row in written], bounds)
            self._look_for_twins(versions, layers)

    def _look_for_twins(self, versions: Sequence[Version], layers: Sequence[str]) -> None:
        """See whether what was born elsewhere was measured here too, or in a third base."""
        born: dict[str, list[Version]] = {}
        for version, layer in zip(versions, layers, strict=True):
            if version.code in self._fresh:
                born.setdefault(layer, []).append(version)
        for layer, some in born.items():
            found = list(twins(self.database, some, layer, self._stamp.origin))
            self.twins += [twin for twin, _ in found]
            own = {one.code for one in own_and_later(self._store, [here for _, here in found], self._stamp)}
            self._met += [Met("twin", here, tuple(twin)) for twin, here in found if twin.here in own]

    def _read(self, row: Row) -> Row:
        """A row that travelled, as `versions_of` reads it."""
        code, start, end, surveyed, _, *state, shape, solid = row
        geometries = (bytes.fromhex(shape), None if solid is None else bytes.fromhex(solid))
        return (code, start, end, self.number, LATEST, self.here(surveyed), *state, *geometries)

    def _row(self, version: Version, content: Row) -> Row:
        start, end = version.period.start, version.period.end
        digest = version_digest(content[-1], version.code, start, version.surveyed)
        return (next(self._ids), version.code, start, end, self.number, LATEST, version.surveyed, *content, digest)

    def _layers(self, rows: list[Row]) -> list[str]:
        """The layers of versions. `Conflict` (`follow.class`) for a class that this base lacks or has elsewhere."""
        for layer, class_code in {(row[4], row[5]) for row in rows}:
            if self._layer_of(class_code) != layer:
                raise Conflict.because("follow.class", class_code=class_code, layer=layer)
        return [row[4] for row in rows]

    def _layer_of(self, class_code: str) -> str | None:
        try:
            return self._store.meaning.layer_of(class_code)
        except NotFound:
            return None

    def _unlinked(self, rows: list[Row]) -> None:
        columns = "known_from, code, scheme, value, valid_from, id"
        statement = f"SELECT {columns} FROM link WHERE code IN {{in}} AND {_STANDING}"
        self._close_named("link", statement, sorted({row[1] for row in rows}), rows)

    def _linked(self, rows: list[Row]) -> None:
        columns = (*LINK, "known_from", "known_to")
        self.database.insert("link", columns, [(*row, self.number, LATEST) for row in rows])

    def _undone(self, rows: list[Row]) -> None:
        statement = f"SELECT number, event, parent, child, id FROM lineage WHERE number IN {{in}} AND {_STANDING}"
        self._close_named("lineage", statement, sorted({self.here(row[0]) for row in rows}), rows)

    def _close_named(self, table: str, statement: str, members: Sequence[object], rows: list[Row]) -> None:
        """Close the rows that a statement finds under these names; what was closed before stays as it is."""
        wanted = {(self.here(number), *name) for number, *name in rows}
        found = [row for row in self.database.query_in(statement, members) if row[:-1] in wanted]
        self.exact &= len(found) == len(rows)
        self._close(table, [row[-1] for row in found])

    def _steps(self, rows: list[Row]) -> None:
        columns = (*STEP, "number", "known_to")
        self.database.insert("lineage", columns, [(*row, self.number, LATEST) for row in rows])

    def _changes(self, rows: list[Row]) -> None:
        self.database.insert("change", CHANGE, [(self.number, *row) for row in rows])

    def _close(self, table: str, ids: Sequence[int]) -> None:
        self.database.run_many(
            f"UPDATE {table} SET known_to = ? WHERE id = ?", [(self.number, row_id) for row_id in ids]
        )


def _holds_others(database: Database, origin: str) -> bool:
    """Whether the base holds anything that was first said elsewhere than at `origin`."""
    other = [f"SELECT 1 FROM journal WHERE origin {sign} ? LIMIT 1" for sign in "<>"]
    return any(database.query(statement, [origin]) for statement in other)
