"""How names are typed in Latin letters: an index of every name the base ever held, by its pinyin and initials.

It follows from the names and says nothing of its own, so it is no part of the journal: a base that lacks it makes it.
"""

from collections.abc import Iterable
from typing import Final

from entities.pinyin import is_chinese, plain, spellings
from entities.store.database import Database

_LEAST: Final = 2
"""One letter spells too many names to choose from."""


def spell(database: Database, names: Iterable[str | None]) -> None:
    """Enter names that are not there yet."""
    wanted = sorted({name for name in names if name and is_chinese(name)})
    if not wanted:
        return
    known = {row[0] for row in database.query_in("SELECT name FROM spelling WHERE name IN {in}", wanted)}
    rows = [(name, *spellings(name)) for name in wanted if name not in known]
    database.insert("spelling", ("name", "letters", "initials"), rows)


def spell_all(database: Database) -> None:
    """Enter every name of a base that has no such index yet."""
    database.run("CREATE UNIQUE INDEX spelling_by_name ON spelling (name)")
    spell(database, [row[0] for row in database.query("SELECT DISTINCT name FROM version WHERE name IS NOT NULL")])


def spelled(database: Database, text: str, limit: int) -> list[str]:
    """The names that a text in Latin letters spells: whole, then from the beginning, then somewhere in them."""
    letters = plain(text)
    if len(letters) < _LEAST or not letters.isascii() or letters.isdigit():
        return []
    statement = (
        "SELECT name FROM spelling WHERE letters LIKE ? OR initials LIKE ? ORDER BY letters = ? OR initials = ? DESC, "
        f"letters LIKE ? OR initials LIKE ? DESC, length(letters), name LIMIT {limit:d}"
    )
    begins = f"{letters}%"
    return [row[0] for row in database.query(statement, [f"%{begins}", begins, letters, letters, begins, begins])]
