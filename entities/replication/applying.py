"""Writes a bundle of another base as one transaction of this one, exactly, or refuses it whole."""

from dataclasses import astuple, dataclass, replace

from shapely.errors import ShapelyError

from entities.errors import Conflict, Invalid
from entities.model import TransactionNumber
from entities.replication.clashing import Clash
from entities.replication.meeting import Twin
from entities.replication.numbering import number_here
from entities.replication.page import Bundle, Header
from entities.replication.position import Position, position_of, save
from entities.replication.writing import Writing
from entities.store import Store
from entities.store.changes import RECORD, Record
from entities.store.sealing import chained, last_chain, seal


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a bundle: the number it has here, whether it was new, and where it met what others said."""

    number: TransactionNumber
    fresh: bool
    clashes: tuple[Clash, ...] = ()
    twins: tuple[Twin, ...] = ()


def check_source(store: Store, header: Header) -> Position:
    """How far a source was followed. `Conflict` (`follow.self`, `follow.source`) where it is not the base it was."""
    if header.base == store.base_id:
        raise Conflict.because("follow.self", base=header.base)
    position = position_of(store.database, header.base)
    other = header.after > position.number or (header.after == position.number and header.chain != position.chain)
    if other or header.last < position.number:
        raise Conflict.because("follow.source", base=header.base, number=position.number, last=header.last)
    return position


def apply(store: Store, bundle: Bundle, source: str) -> Applied:
    """Write a bundle and how far the source was followed, both or neither; what is here already is passed over.

    `Conflict`: `follow.gap` where something before it is missing, `follow.lost` where this base has lost what it said
    itself, `follow.seal` where it is not what the source sealed, `follow.diverged`, `follow.code`, `follow.class`.
    `Invalid` (`follow.altered`) for what no source would send.
    """
    database = store.database
    database.begin_writing()
    try:
        position = position_of(database, source)
        applied = _apply(store, bundle, position)
        if bundle.record.number > position.number:
            save(database, Position(source, bundle.record.number, bundle.record.chain))
        database.commit()
        return applied
    except (KeyError, TypeError, ValueError, ShapelyError) as error:
        raise Invalid.because("follow.altered") from error
    finally:
        database.rollback()


def _apply(store: Store, bundle: Bundle, position: Position) -> Applied:
    record = bundle.record
    if record.number > position.number + 1:
        raise Conflict.because("follow.gap", number=position.number + 1)
    here = number_here(store.database, (record.origin, record.origin_number))
    if here is not None:
        return Applied(here, fresh=False)
    if record.origin == store.base_id:
        raise Conflict.because("follow.lost", number=record.origin_number)
    writing = Writing(store, record, bundle.origins)
    for kind, rows in bundle.parts:
        writing.part(kind, rows)
    writing.finish()
    _journal(writing, record, position)
    return Applied(writing.number, True, tuple(writing.clashes), tuple(writing.twins))


def _journal(writing: Writing, record: Record, position: Position) -> None:
    """Write the record, and see by the source's chain that what stands here now is what was sealed there."""
    database = writing.database
    sealed = seal(database, writing.number)
    if writing.exact and chained(position.chain, sealed, record) != record.chain:
        raise Conflict.because("follow.seal", number=record.number)
    chain, reverts = chained(last_chain(database), sealed, record), writing.here.event(record.reverts)
    here = replace(record, number=writing.number, chain=chain, reverts=reverts)
    database.insert("journal", RECORD, [astuple(here)])
