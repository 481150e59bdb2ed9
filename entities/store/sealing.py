"""Seals and the chain: hashes by which two bases prove that they hold the same history, and a changed row shows.

A *seal* is over what one transaction said, without numbers that are local to a base: entities born, versions closed and
opened, links and lineage closed and opened, the feed's rows. The *chain* at a transaction is over the chain before it,
its seal and its record. A hash here is BLAKE2b of 32 bytes over JSON lines. Lines are sorted here and not by the
database, since databases do not agree on the order of texts.
"""

from collections.abc import Iterator
from hashlib import blake2b

import orjson

from entities.model import LATEST, TransactionNumber
from entities.store.changes import Record
from entities.store.database import Database


def base_id(database: Database) -> str:
    """The id that a base was given when it was made."""
    return str(database.query("SELECT value FROM setting WHERE name = 'base'")[0][0])


def seal(database: Database, number: TransactionNumber) -> str:
    """The hash, in hexadecimal, of what a transaction said.

    Each line is copied, since what orjson returns holds on to the room it was written in, some 4 kB.
    """
    digest = blake2b(digest_size=32)
    for statement in statements(database):
        lines = sorted(orjson.dumps(row) + b"\n" for row in database.stream(statement, [number]))
        digest.update(b"".join(lines) + b"\n")
    return digest.hexdigest()


def chained(previous: str, sealed: str, record: Record) -> str:
    """The chain, in hexadecimal, at a transaction with this seal and record (its own `chain` does not count)."""
    told = (
        record.known_at,
        record.actor,
        record.reason,
        record.source,
        record.policy,
        record.origin,
        record.origin_number,
    )
    return blake2b(orjson.dumps([previous, sealed, *told]), digest_size=32).hexdigest()


def last_chain(database: Database) -> str:
    """The chain at the last transaction, empty for an empty base."""
    rows = database.query("SELECT chain FROM journal ORDER BY number DESC LIMIT 1")
    return str(rows[0][0]) if rows else ""


def statements(database: Database) -> Iterator[str]:
    """The SELECTs of what one transaction said, each by its number and through an index."""
    closed = f"known_to = ? AND known_to < {LATEST}"  # in the words of the partial indexes
    key = "code, scheme, value, valid_from"
    step = "event, kind, parent, child, share, share_of_parent, day"
    yield "SELECT code, spatial FROM entity WHERE born = ?"
    yield f"SELECT code, valid_from FROM version WHERE {closed}"
    yield f"SELECT code, valid_from, valid_to, {database.hexed('content')} FROM version WHERE known_from = ?"
    yield f"SELECT {key} FROM link WHERE {closed}"
    yield f"SELECT {key}, valid_to, method, confidence, issuer, note FROM link WHERE known_from = ?"
    yield f"SELECT {step} FROM lineage WHERE {closed}"
    yield f"SELECT {step} FROM lineage WHERE number = ?"
    yield "SELECT ordinal, code, kind, day FROM change WHERE number = ?"
