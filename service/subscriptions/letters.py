"""Dead letters: what could not be delivered to a subscriber, kept until it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from entities.store import Cursor
from service.desk import Desk, now
from service.http.params import feed_cursor_text, read_feed_cursor


@dataclass(frozen=True, slots=True)
class Letter:
    """The changes after one cursor up to another that could not be delivered, tried so often, and why."""

    after: Cursor
    until: Cursor
    changes: int
    attempts: int
    status: int | None
    fault: str
    made: int
    delivered: int | None = None


def put(desk: Desk, name: str, letter: Letter) -> None:
    """Keep a dead letter of a subscription in place of one that is not delivered yet: it says the same of the same."""
    ends = {"since": feed_cursor_text(letter.after), "until": feed_cursor_text(letter.until)}
    with desk.writing() as database:
        database.run("DELETE FROM letter WHERE subscription = ? AND delivered IS NULL", [name])
    tried = {"changes": letter.changes, "attempts": letter.attempts, "made": letter.made}
    desk.add("letter", subscription=name, **ends, **tried, status=letter.status, fault=letter.fault)


def deliver(desk: Desk, name: str, reached: Cursor) -> None:
    """Note that the subscriber has received everything up to a cursor."""
    done = [one.made for one in of(desk, name) if one.delivered is None and one.until <= reached]
    for made in done:
        with desk.writing() as database:
            statement = "UPDATE letter SET delivered = ? WHERE subscription = ? AND made = ?"
            database.run(statement, [now(), name, made])


def of(desk: Desk, name: str) -> Sequence[Letter]:
    """The dead letters of a subscription, the newest first; those that were delivered in the end too."""
    columns = "since, until, changes, attempts, status, fault, made, delivered"
    statement = f"SELECT {columns} FROM letter WHERE subscription = ? ORDER BY id DESC"
    return [Letter(_cursor(row[0]), _cursor(row[1]), *row[2:]) for row in desk.rows(statement, name)]


def _cursor(text: str) -> Cursor:
    return read_feed_cursor({"cursor": text})
