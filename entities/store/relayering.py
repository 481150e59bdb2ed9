"""What the base holds, moved to the layers that the class table says, where it said others when it was written.

What a base said is not altered by it: layers are no part of what seals and chains are over.
"""

import json
from hashlib import blake2b
from typing import Final

from entities.classes import ClassTable
from entities.store.database import Database

_TABLES: Final = ("version", "change", "review")
_KNOWN: Final = "SELECT value FROM setting WHERE name = 'layers'"


def relayer(database: Database, classes: ClassTable) -> int:
    """Move rows of classes whose layer is another now; returns how many. At once done where the table is the same.

    Classes that the table lacks stay where they are.
    """
    wanted = _table_hash(classes)
    try:
        if database.query(_KNOWN) == [(wanted,)]:
            return 0
        database.rollback()
        database.begin_writing()
        moved = sum(_moved(database, table, classes) for table in _TABLES)
        database.run("DELETE FROM setting WHERE name = 'layers'")
        database.insert("setting", ("name", "value"), [("layers", wanted)])
        database.commit()
    finally:
        database.rollback()
    return moved


def _moved(database: Database, table: str, classes: ClassTable) -> int:
    held = database.query(f"SELECT DISTINCT class_code, layer FROM {table}")
    moving = [(classes.layer_of(code), code, layer) for code, layer in held if code in classes]
    statement = f"UPDATE {table} SET layer = ? WHERE class_code = ? AND layer = ?"
    return sum(database.run(statement, row) for row in moving if row[0] != row[2])


def _table_hash(classes: ClassTable) -> str:
    layers = {one.code: one.layer for one in classes.leaves}
    return blake2b(json.dumps(layers, sort_keys=True).encode(), digest_size=16).hexdigest()
