"""The tables of a base, declared to pydal, and the version of their layout."""

from typing import Final
from uuid import uuid4

from pydal import Field

from entities.errors import Conflict
from entities.store.database import Database
from entities.store.migrating import fill_in, widen
from entities.store.spelling import spell_all

LAYOUT: Final = 2
"""The version of the tables' layout; a base of an earlier one is migrated, one of a later one is refused."""


def prepare(database: Database) -> None:
    """Create or migrate whatever table is missing; `Conflict` (`base.layout`) for a later layout."""
    found = layout_of(database)
    lacking = database.lacking(_tables)
    if found != LAYOUT or lacking:
        database.begin_writing()  # and look again: another may have been first
        found, lacking = layout_of(database), database.lacking(_tables)
    if found > LAYOUT:
        database.rollback()
        raise Conflict.because("base.layout", found=found, wanted=LAYOUT)
    if 0 < found < LAYOUT:
        widen(database)
    if lacking:
        database.create(_tables)
    if found == 0:
        _begin(database)
    elif found < LAYOUT:
        fill_in(database)
    if "spelling" in lacking:
        spell_all(database)
    database.commit()


def layout_of(database: Database) -> int:
    """The layout of a base's tables, 0 where there are none."""
    if "setting" not in database.tables():
        return 0
    found = database.query("SELECT value FROM setting WHERE name = 'layout'")
    return int(found[0][0]) if found else 0


def _begin(database: Database) -> None:
    """Give an empty base its indexes, its layout and an id of its own."""
    database.create_indexes()
    rows = [("layout", str(LAYOUT)), ("base", str(uuid4()))]
    database.insert("setting", ("name", "value"), rows)


def _tables(kind: type[Database]) -> dict[str, list[Field]]:
    return {
        "setting": [Field("name", length=64), Field("value", "text")],
        "journal": [
            Field("number", "bigint", notnull=True),
            Field("known_at", "bigint", notnull=True),  # microseconds since 1970-01-01T00:00:00Z
            *(Field(name, "text") for name in ("actor", "reason", "source", "counts", "policy")),
            Field("origin", length=36),
            Field("origin_number", "bigint"),
            Field("chain", length=64),
            Field("reverts", length=32),
        ],
        "entity": [Field("code", length=16, notnull=True), Field("spatial", length=96), Field("born", "bigint")],
        "version": [
            Field("code", length=16, notnull=True),
            *_periods(),
            Field("surveyed", "bigint"),
            *_state(kind),
            Field("digest", "blob"),
        ],
        "change": [
            *(Field(name, "bigint", notnull=True) for name in ("number", "ordinal")),
            Field("code", length=16),
            *(Field(name, length=16) for name in ("kind", "layer", "class_code")),
            Field("day", "integer"),
            *(Field(name, "double") for name in ("west", "south", "east", "north")),
        ],
        "spelling": [Field("name", "text", notnull=True), *(Field(name, "text") for name in ("letters", "initials"))],
        "link": [
            Field("code", length=16),
            Field("scheme", length=64),
            Field("value", length=128),
            *_periods(),
            Field("method", length=16),
            Field("confidence", "double"),
            *(Field(name, "text") for name in ("issuer", "note")),
        ],
        "lineage": [
            Field("kind", length=16),
            *(Field(name, length=16) for name in ("parent", "child")),
            *(Field(name, "double") for name in ("share", "share_of_parent")),
            *(Field(name, "integer") for name in ("day", "event")),
            *(Field(name, "bigint") for name in ("number", "known_to")),
        ],
        "review": [
            *(Field(name, "bigint", notnull=True) for name in ("number", "row_number")),
            Field("decided", "bigint"),
            *(Field(name, "text") for name in ("department", "source", "source_id")),
            *(Field(name, "text") for name in ("codes", "covers", "reasons", "needs", "spoken", "resource_codes")),
            *(Field(name, length=32) for name in ("band", "case_key", "state", "declared", "change_kind")),
            *(Field(name, "integer") for name in ("day", "valid_from")),
            *_state(kind),
        ],
        "clash": [  # two transactions that changed one entity unknown to each other, and which of them stands
            Field("number", "bigint", notnull=True),
            Field("code", length=16, notnull=True),
            Field("taken", "integer", notnull=True),  # 1 where it is the transaction `number` that stands
            *(Field(name, "bigint") for name in ("stands_at", "stands_number", "gave_way_at", "gave_way_number")),
            *(Field(name, length=36) for name in ("stands_origin", "gave_way_origin")),
        ],
        "judgement": [
            *(Field(name, "bigint", notnull=True) for name in ("number", "review", "known_to")),
            *(Field(name, length=32) for name in ("case_key", "verdict")),
            *(Field(name, "text") for name in ("codes", "author", "note", "cut", "consents")),
        ],
    }


def _state(kind: type[Database]) -> list[Field]:
    """What an entity, or a feature that may become one, is."""
    return [
        *(Field(name, length=16, notnull=True) for name in ("class_code", "layer")),
        Field("position", "bigint"),
        Field("name", "text"),
        *(Field(name, "double") for name in ("height", "base")),
        Field("attributes", "text"),
        kind.shape_field("shape"),
        kind.shape_field("solid"),
        Field("kinds", "text"),
        Field("content", "blob"),
    ]


def _periods() -> list[Field]:
    valid = [Field(name, "integer", notnull=True) for name in ("valid_from", "valid_to")]
    known = [Field(name, "bigint", notnull=True) for name in ("known_from", "known_to")]
    return valid + known
