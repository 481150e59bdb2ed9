"""The book of subscriptions: who is told of which changes at which address, and how far each is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from entities.errors import Conflict, Forbidden, Invalid, NotFound
from entities.feed import Filter, Mark, Tally
from entities.store import Cursor
from entities.store.database import Row
from service.departments import Department
from service.desk import Desk, now
from service.http.filters import written_filter
from service.subscriptions import letters
from service.subscriptions.letters import Letter
from service.subscriptions.signing import new_secret

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_MARK: Final = ("number", "ordinal", "count", "hash")
_COLUMNS: Final = (
    *("name", "department", "url", "filter", "secret", "state", "created"),
    *("attempts", "due", "delivered", "status", "fault"),
)


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscriber: `mark` is up to where it has received everything; `attempts` failed since, the next is `due`.

    `state` is active, paused by a person, or stopped after a dead letter. Times are microseconds since 1970.
    """

    name: str
    department: str  # empty for one made at the command line
    url: str
    filter: str
    secret: str
    state: str
    created: int
    attempts: int
    due: int
    delivered: int | None
    status: int | None
    fault: str | None
    mark: Mark

    @property
    def wanted(self) -> Filter:
        """The filter as a value."""
        return written_filter(self.filter)


def add(desk: Desk, name: str, department: str, url: str, wanted: Filter, start: Mark) -> Subscription:
    """Enter a subscription that begins after a mark. `Conflict` (`subscription.twice`) for a name already there."""
    if not _NAME.fullmatch(name):
        raise Invalid.because("subscription.name", name=name)
    made = Subscription(
        name, department, url, wanted.text, new_secret(), "active", now(), 0, 0, None, None, None, start
    )
    values = [*(getattr(made, column) for column in _COLUMNS), *_row(start), 0]
    columns = (*_COLUMNS, *_MARK, "lease")
    marks = ",".join("?" * len(columns))
    with desk.writing() as database:
        statement = f"INSERT INTO subscription ({','.join(columns)}) VALUES ({marks}) ON CONFLICT (name) DO NOTHING"
        if not database.run(statement, values):
            raise Conflict.because("subscription.twice", name=name)
    return made


def listed(desk: Desk, department: str | None = None) -> list[Subscription]:
    """The subscriptions of a department, or of all, by name."""
    condition, values = ("WHERE department = ?", [department]) if department is not None else ("", [])
    return _read(desk, f"{condition} ORDER BY name", *values)


def named(desk: Desk, name: str) -> Subscription:
    """The subscription of this name. `NotFound` (`subscription.unknown`)."""
    found = _read(desk, "WHERE name = ?", name)
    if not found:
        raise NotFound.because("subscription.unknown", name=name)
    return found[0]


def own(desk: Desk, name: str, department: Department) -> Subscription:
    """A department's own subscription. `Forbidden` (`subscription.other`) for another's."""
    found = named(desk, name)
    if found.department != department.name:
        raise Forbidden.because("subscription.other", name=name)
    return found


def remove(desk: Desk, subscription: Subscription) -> None:
    """Strike a subscription out, with its dead letters."""
    with desk.writing() as database:
        database.run("DELETE FROM subscription WHERE name = ?", [subscription.name])
        database.run("DELETE FROM letter WHERE subscription = ?", [subscription.name])


def pause(desk: Desk, subscription: Subscription) -> Subscription:
    """Send nothing more until it is replayed; what is being sent just now does not count."""
    desk.change("subscription", ("name", subscription.name), state="paused", worker="", lease=0)
    return named(desk, subscription.name)


def replay(desk: Desk, subscription: Subscription, start: Mark | None = None) -> Subscription:
    """Send again at once from where it stands, or from an earlier mark: its attempts begin anew."""
    mark = dict(zip(_MARK, _row(start or subscription.mark), strict=True))
    fresh = {"state": "active", "attempts": 0, "due": 0, "worker": "", "lease": 0}
    desk.change("subscription", ("name", subscription.name), **fresh, **mark)
    return named(desk, subscription.name)


def ready(desk: Desk, head: Cursor, moment: int) -> list[Subscription]:
    """The subscriptions that may be sent something now: not at the end of the feed, and nobody is sending to them.

    One that is ahead of the feed is among them: the base was restored from a backup, and its deliverer must say so.
    That of a department which is no more is not: what it may know ended with it.
    """
    elsewhere = "(number <> ? OR ordinal < ?) AND (department = '' OR department IN (SELECT name FROM department))"
    condition = f"WHERE state = 'active' AND due <= ? AND lease < ? AND {elsewhere} ORDER BY due, id"
    return _read(desk, condition, moment, moment, *head)


def claim(desk: Desk, subscription: Subscription, worker: str, until: int) -> Subscription | None:
    """Take a subscription for oneself up to a moment; None where another has it, or it is no longer to be sent to."""
    statement = (
        "UPDATE subscription SET worker = ?, lease = ? WHERE name = ? AND lease < ? AND due <= ? AND state = 'active'"
    )
    with desk.writing() as database:
        taken = database.run(statement, [worker, until, subscription.name, now(), now()])
    return named(desk, subscription.name) if taken else None


def release(desk: Desk, subscription: Subscription, worker: str) -> None:
    """Let others send to it."""
    with desk.writing() as database:
        values = [subscription.name, worker]
        database.run("UPDATE subscription SET lease = 0, worker = '' WHERE name = ? AND worker = ?", values)


def advance(
    desk: Desk, subscription: Subscription, worker: str, mark: Mark, status: int | None, until: int
) -> Subscription | None:
    """Note that everything up to a mark was received (with `status` None: nothing there was wanted).

    None where a person has paused, replayed or removed it meanwhile: then it stays as they left it.
    """
    told = {"attempts": 0, "due": 0, "lease": until, "fault": None}
    heard = {"status": status, "delivered": now()} if status is not None else {}
    if not _change(desk, subscription, worker, **dict(zip(_MARK, _row(mark), strict=True)), **told, **heard):
        return None
    letters.deliver(desk, subscription.name, mark.cursor)
    return replace(subscription, mark=mark, attempts=0, due=0)


def postpone(desk: Desk, subscription: Subscription, worker: str, due: int, status: int | None, fault: str) -> None:
    """Note that a sending failed, and when the next is due."""
    tried = subscription.attempts + 1
    _change(desk, subscription, worker, attempts=tried, due=due, status=status, fault=fault)


def stop(desk: Desk, subscription: Subscription, worker: str, lost: Letter) -> None:
    """Give up for now: a dead letter says what was not delivered, and it waits there for a person to replay it."""
    told = {"attempts": lost.attempts, "status": lost.status, "fault": lost.fault}
    if _change(desk, subscription, worker, state="stopped", **told):
        letters.put(desk, subscription.name, lost)


def _change(desk: Desk, subscription: Subscription, worker: str, **values: object) -> bool:
    """Set columns of a subscription that is still claimed; tell whether it was."""
    marks = ", ".join(f"{name} = ?" for name in values)
    statement = f"UPDATE subscription SET {marks} WHERE name = ? AND worker = ? AND state = 'active'"
    with desk.writing() as database:
        return bool(database.run(statement, [*values.values(), subscription.name, worker]))


def _read(desk: Desk, condition: str, *values: object) -> list[Subscription]:
    statement = f"SELECT {', '.join((*_COLUMNS, *_MARK))} FROM subscription {condition}"
    return [_subscription(row) for row in desk.rows(statement, *values)]


def _subscription(row: Row) -> Subscription:
    number, ordinal, count, hashed = row[-4:]
    said = dict(zip(_COLUMNS, row, strict=False))
    return Subscription(**said, mark=Mark(Cursor(number, ordinal), Tally(count, bytes.fromhex(hashed))))


def _row(mark: Mark) -> Sequence[object]:
    return (*mark.cursor, mark.tally.count, mark.tally.hash.hex())
