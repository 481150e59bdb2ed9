"""The tables of a base, declared to pydal, and the version of their layout."""

from typing import Final

from pydal import Field

from entities.errors import Conflict
from entities.store.database import Database

LAYOUT: Final = 1
"""The version of the tables' layout; a base of another layout is refused, never guessed at."""


def prepare(database: Database) -> None:
    """Declare every table, create the missing ones; `Conflict` (`base.layout`) for a base of another layout."""
    fresh = not database.has_table("journal")
    if fresh:
        database.begin_writing()
        fresh = not database.has_table("journal")
    for name, fields in _tables(database).items():
        database.define(name, *fields)
    if fresh:
        database.create_indexes()
        database.run("INSERT INTO setting (name, value) VALUES ('layout', ?)", [str(LAYOUT)])
    database.commit()
    found = database.query("SELECT value FROM setting WHERE name = 'layout'")
    if found != [(str(LAYOUT),)]:
        raise Conflict.because("base.layout", found=found[0][0] if found else "-", wanted=LAYOUT)


def _tables(database: Database) -> dict[str, list[Field]]:
    return {
        "setting": [Field("name", length=64), Field("value", "text")],
        "journal": [
            Field("number", "bigint", notnull=True),
            Field("known_at", "bigint", notnull=True),  # microseconds since 1970-01-01T00:00:00Z
            *(Field(name, "text") for name in ("actor", "reason", "source", "counts", "policy")),
        ],
        "entity": [Field("code", length=16, notnull=True), Field("spatial", length=96), Field("born", "bigint")],
        "version": [
            Field("code", length=16, notnull=True),
            *(Field(name, length=16, notnull=True) for name in ("class_code", "layer")),
            *_periods(),
            Field("surveyed", "bigint"),
            Field("position", "bigint"),
            Field("name", "text"),
            *(Field(name, "double") for name in ("height", "base")),
            Field("attributes", "text"),
            database.shape_field("shape"),
            database.shape_field("solid"),
            Field("kinds", "text"),
            *(Field(name, "blob") for name in ("content", "digest")),
        ],
        "change": [
            *(Field(name, "bigint", notnull=True) for name in ("number", "ordinal")),
            Field("code", length=16),
            *(Field(name, length=16) for name in ("kind", "layer", "class_code")),
            Field("day", "integer"),
            *(Field(name, "double") for name in ("west", "south", "east", "north")),
        ],
        "link": [
            Field("code", length=16),
            Field("scheme", length=64),
            Field("value", length=128),
            *_periods(),
            Field("method", length=16),
            Field("confidence", "double"),
            Field("issuer", "text"),
        ],
        "lineage": [
            Field("kind", length=16),
            *(Field(name, length=16) for name in ("parent", "child")),
            Field("share", "double"),
            Field("day", "integer"),
            Field("number", "bigint"),
        ],
    }


def _periods() -> list[Field]:
    valid = [Field(name, "integer", notnull=True) for name in ("valid_from", "valid_to")]
    known = [Field(name, "bigint", notnull=True) for name in ("known_from", "known_to")]
    return valid + known
