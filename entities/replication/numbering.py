"""From a source's transaction numbers to this base's: both know a transaction by who said it first."""

from collections.abc import Mapping

from entities.errors import Conflict
from entities.model import TransactionNumber
from entities.replication.page import Origin
from entities.store.database import Database


def number_here(database: Database, origin: Origin) -> TransactionNumber | None:
    """The number that a transaction has in this base, None where it is not here."""
    rows = database.query("SELECT number FROM journal WHERE origin = ? AND origin_number = ?", origin)
    return int(rows[0][0]) if rows else None


class Numbering:
    """Translates numbers while one transaction is written."""

    def __init__(
        self, database: Database, origins: Mapping[TransactionNumber, Origin], own: Mapping[Origin, TransactionNumber]
    ) -> None:
        self._database = database
        self._origins = origins
        self._here = dict(own)

    def __call__(self, theirs: TransactionNumber) -> TransactionNumber:
        """The number here of a transaction there. `Conflict` (`follow.gap`) where it is not here."""
        origin = self._origins[theirs]
        if origin not in self._here:
            found = number_here(self._database, origin)
            if found is None:
                raise Conflict.because("follow.gap", number=theirs)
            self._here[origin] = found
        return self._here[origin]

    def event(self, theirs: str | None) -> str | None:
        """The name here, `n` or `n.e`, of a transaction or event there."""
        if theirs is None:
            return None
        number, dot, event = theirs.partition(".")
        return f"{self(int(number))}{dot}{event}"
