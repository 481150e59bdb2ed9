"""A lapse: everything that was so on some day of a period. Reading only."""

from entities.model import Day, Moment, Version
from entities.store.database import Box, Database
from entities.store.view import View


class Lapse(View):
    """The entities that stood on some day from `since` to the moment's, each in its last version of those days."""

    def __init__(self, database: Database, moment: Moment, since: Day) -> None:
        super().__init__(database, moment)
        last, known = moment.valid_at, moment.known_at
        self._every, self._then_every = self._standing, [last, since, known, known]
        later = (
            "SELECT 1 FROM version AS later WHERE later.code = version.code AND later.valid_from > version.valid_from"
            " AND later.valid_from <= ? AND later.known_from <= ? AND later.known_to > ?"
        )
        self._standing += f" AND NOT EXISTS ({later})"
        self._then = [*self._then_every, last, known, known]

    def every(self, layer: str, box: Box | None, after: tuple[str, Day], limit: int) -> list[Version]:
        """Every version of those days and not only the last: the next ones after (code, start), by code and start."""
        touching, corners = self.database.within(box) if box else ("1 = 1", [])
        beyond = "(code > ? OR (code = ? AND valid_from > ?))"
        values = [layer, after[0], *after, *corners, *self._then_every]
        order = f"ORDER BY code, valid_from LIMIT {limit:d}"
        return self._select(f"layer = ? AND {beyond} AND {touching} AND {self._every} {order}", values)
