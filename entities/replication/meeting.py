"""What a person has to look at when bases meet: surveys that gave way, and things measured twice.

A case is held once, by the base whose department surveyed and has to look: the one whose survey gave way, or the one
that measured the thing last. Every other base only tells that they met.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import shapely

from entities.model import LATEST, Candidate, TransactionNumber, Version
from entities.position import position_keys
from entities.replication.clashing import Stamp, stamps
from entities.reviews.cases import ReviewCase
from entities.reviews.judging import band_words, case_key
from entities.reviews.reviewing import contents, standing
from entities.store import Store
from entities.store.changes import Record
from entities.store.database import Database
from entities.store.neighbourhood import Neighbourhood
from entities.store.reviews import hold
from entities.store.rows import centres, selected, versions_of

ALIKE: Final = 0.85
"""How much of each of two outlines lies on the other where they are the same thing, as the RNB accepts."""

_ABOUT: Final = 1e-5  # degrees, about a metre: centres that far apart may lie in neighbouring cells


class Met(NamedTuple):
    """A version that a person has to look at: why, and the entities that it may be."""

    band: str
    version: Version
    codes: tuple[str, ...]


class Twin(NamedTuple):
    """An entity that came in, and the one that was here, at the same place and of the same shape."""

    code: str
    here: str


def given_way(database: Database, codes: Collection[str]) -> list[Version]:
    """The last version of each entity as it is held true here."""
    statement = f"SELECT {selected(database)} FROM version WHERE code IN {{in}} AND known_to = {LATEST}"
    found = versions_of(database.query_in(statement, sorted(codes)))
    return list({one.code: one for one in sorted(found, key=lambda one: (one.code, one.period))}.values())


def twins(database: Database, born: Sequence[Version], layer: str, origin: str) -> Iterator[tuple[Twin, Version]]:
    """The entities of a layer, said first by other bases than `origin`, that those just born there coincide with."""
    shapes = np.array([one.state.geometry for one in born], dtype=object)
    standing = [one for one in _near(database, shapes, layer, origin) if one.known_from < born[0].known_from]
    tree = shapely.STRtree([one.state.geometry for one in standing])
    for place, other in tree.query(shapes, predicate="intersects").T.tolist():
        if _coincide(shapes[place], standing[other].state.geometry):
            yield Twin(born[place].code, standing[other].code), standing[other]


def _near(database: Database, shapes: np.ndarray, layer: str, origin: str) -> list[Version]:
    """What stands in the cells of some shapes' centres, said first by other bases."""
    lon, lat = centres(shapes)
    around = [position_keys(lon + x, lat + y) for x in (-_ABOUT, _ABOUT) for y in (-_ABOUT, _ABOUT)]
    theirs = "SELECT 1 FROM entity JOIN journal ON number = born WHERE entity.code = version.code AND origin <> ?"
    statement = (
        f"SELECT {selected(database)} FROM version WHERE position IN {{in}} AND layer = ? AND known_to = {LATEST}"
        f" AND EXISTS ({theirs})"
    )
    return versions_of(database.query_in(statement, np.unique(around).tolist(), [layer, origin]))


def _coincide(one: shapely.Geometry, other: shapely.Geometry) -> bool:
    """Whether two outlines mostly cover each other, or two lines or points are the same."""
    if not one.area or not other.area:
        return bool(shapely.equals_exact(one, other, 1e-7))
    shared = shapely.intersection(one, other).area
    return bool(shared >= ALIKE * max(one.area, other.area))


def hold_cases(store: Store, number: TransactionNumber, found: Sequence[Met]) -> None:
    """Leave what met to the departments that surveyed it; to be done when all that came in is written."""
    records = {one: store.transaction_record(one) for one in {met.version.surveyed for met in found}}
    cases = [_case(store.database, row, met, records[met.version.surveyed]) for row, met in enumerate(found, 1)]
    if cases:
        hold(store.database, number, cases, [store.meaning.layer_of(met.version.state.class_code) for met in found])


def _case(database: Database, row: int, met: Met, record: Record) -> ReviewCase:
    candidate, day = Candidate(row, met.version.state), met.version.period.start
    bases = standing(Neighbourhood(database, day, LATEST, 0.0), met.codes)
    return ReviewCase(
        candidate=candidate,
        department=record.actor,
        source=record.source,
        day=day,
        band=met.band,
        codes=met.codes,
        reasons=(band_words(met.band),),
        key=case_key(candidate, contents(bases.values())),
    )


def own_and_later(store: Store, versions: Sequence[Version], than: Stamp) -> list[Version]:
    """Those of some versions that this base's own departments surveyed, later than a transaction."""
    known, own = stamps(store.database, [version.surveyed for version in versions]), store.base_id
    return [one for one in versions if known[one.surveyed].origin == own and known[one.surveyed] > than]
