"""A lapse: everything that was so on some day of a period, each entity as it last was in it. Reading only."""

from entities.model import Day, Moment
from entities.store.database import Database
from entities.store.view import View


class Lapse(View):
    """The entities that stood on some day from `since` to the moment's, each in its last version of those days."""

    def __init__(self, database: Database, moment: Moment, since: Day) -> None:
        super().__init__(database, moment)
        last, known = moment.valid_at, moment.known_at
        later = (
            "SELECT 1 FROM version AS later WHERE later.code = version.code AND later.valid_from > version.valid_from"
            " AND later.valid_from <= ? AND later.known_from <= ? AND later.known_to > ?"
        )
        self._standing += f" AND NOT EXISTS ({later})"
        self._then = [last, since, known, known, last, known, known]
