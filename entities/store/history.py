"""An entity's versions on both axes, page by page and one by one, as far as the base knew them at a transaction."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, Self

from entities.errors import BadQuery, NotFound
from entities.model import LATEST, Day, TransactionNumber, Version, day_text, parse_day
from entities.store.database import Database, Row
from entities.store.rows import selected, versions_of


class VersionId(NamedTuple):
    """Which version of an entity: the transaction that first said it, and the day it is valid from.

    Versions are paged by it. It is written `2024-05-20.3` and never means another version.
    """

    known_from: TransactionNumber = 0
    start: Day = -(2**31)

    @classmethod
    def of(cls, version: Version) -> Self:
        """The id of a version."""
        return cls(version.known_from, version.period.start)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2024-05-20.3`. `BadQuery` (`version.form`)."""
        day, _, number = text.rpartition(".")
        if not (len(day) == len("2024-05-20") and number.isascii() and number.isdigit() and len(number) < 17):
            raise BadQuery.because("version.form", version=text)
        return cls(int(number), parse_day(day))

    def __str__(self) -> str:
        return f"{day_text(self.start)}.{self.known_from}"


def versions_after(
    database: Database, code: str, after: VersionId, limit: int, known_at: TransactionNumber = LATEST
) -> list[Version]:
    """The next versions of an entity after an id, by (known from, valid from). `NotFound` (`code.unknown`)."""
    statement = f"SELECT {selected(database)} FROM version WHERE code = ? AND known_from <= ?"
    beyond = "(known_from > ? OR (known_from = ? AND valid_from > ?)) ORDER BY known_from, valid_from"
    values = [code, known_at, after.known_from, after.known_from, after.start]
    found = _then(database.query(f"{statement} AND {beyond} LIMIT {limit:d}", values), known_at)
    if not found and not database.query("SELECT 1 FROM version WHERE code = ? AND known_from <= ?", [code, known_at]):
        raise NotFound.because("code.unknown", code=code)
    return found


def one_version(database: Database, code: str, wanted: VersionId) -> Version:
    """The version with an id. `NotFound` (`version.unknown`)."""
    statement = f"SELECT {selected(database)} FROM version WHERE code = ? AND known_from = ? AND valid_from = ?"
    found = versions_of(database.query(statement, [code, wanted.known_from, wanted.start]))
    if not found:
        raise NotFound.because("version.unknown", code=code, version=str(wanted))
    return found[0]


def _then(rows: Sequence[Row], known_at: TransactionNumber) -> list[Version]:
    """Versions as they were known at a transaction: what was corrected later stood then."""
    return [
        replace(version, known_to=LATEST) if version.known_to > known_at else version for version in versions_of(rows)
    ]
