"""What a transaction said, whether that still holds, and who spoke of it since: the rows that a revert looks at."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from entities.model import LATEST, TransactionNumber
from entities.store.database import Database, Row

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Statements:
    """One kind of row that transactions open and close: its table, the columns that name entities, and what it says."""

    table: str
    owners: tuple[str, ...]
    content: tuple[str, ...]
    opened: str = "known_from"

    @property
    def columns(self) -> str:
        return ", ".join([*self.content, self.opened, "known_to"])


VERSIONS: Final = Statements("version", ("code",), ("valid_from", "valid_to", "digest"))
LINKS: Final = Statements(
    *("link", ("code",)),
    ("scheme", "value", "valid_from", "valid_to", "method", "confidence", "issuer", "note"),
)
STEPS: Final = Statements(
    *("lineage", ("parent", "child")),
    ("kind", "parent", "child", "share", "day", "share_of_parent"),
    "number",
)


class Said(NamedTuple):
    """One row: the entity it is about, what it says, and from which transaction to which it was known."""

    code: str
    content: Key
    opened: TransactionNumber
    closed: TransactionNumber


def codes_in(database: Database, number: TransactionNumber) -> set[str]:
    """The entities whose versions a transaction opened or closed."""
    columns = ("known_from", "known_to")  # one after the other, each by its own index
    found = [database.query(f"SELECT DISTINCT code FROM version WHERE {column} = ?", [number]) for column in columns]
    return {row[0] for rows in found for row in rows}


def said_in(database: Database, kind: Statements, number: TransactionNumber) -> list[Said]:
    """The rows that a transaction opened or closed."""
    found: dict[int, Row] = {}
    for column in (kind.opened, "known_to"):
        statement = f"SELECT id, {kind.owners[0]}, {kind.columns} FROM {kind.table} WHERE {column} = ?"
        found |= {row[0]: row[1:] for row in database.query(statement, [number])}
    return [_said(row) for row in found.values()]


def said_since(database: Database, kind: Statements, codes: Collection[str], since: TransactionNumber) -> list[Said]:
    """The rows about entities that a later transaction opened or closed, without those known at neither end."""
    later = f"known_to > ? AND ({kind.opened} > ? OR known_to < {LATEST})"
    found: dict[tuple[int, str], Row] = {}
    for owner in kind.owners:
        statement = f"SELECT id, {owner}, {kind.columns} FROM {kind.table} WHERE {owner} IN {{in}} AND {later}"
        rows = database.query_in(statement, sorted(codes), [since, since])
        found |= {(row[0], row[1]): row[1:] for row in rows}
    return [_said(row) for row in found.values()]


def known_among(database: Database, codes: Collection[str], known_at: TransactionNumber) -> set[str]:
    """Those of the entities that the base knew something of at a transaction."""
    statement = "SELECT DISTINCT code FROM version WHERE code IN {in} AND known_from <= ? AND known_to > ?"
    return {row[0] for row in database.query_in(statement, sorted(codes), [known_at, known_at])}


def altered(
    rows: Iterable[Said], since: TransactionNumber, counts: Callable[[Said], bool]
) -> dict[str, set[TransactionNumber]]:
    """The entities of which something else is known now than at a transaction, with those that spoke of them since.

    Only the rows that count are looked at. What was said and taken back since makes no difference.
    """
    balance: Counter[tuple[str, Key]] = Counter()
    speakers: dict[str, set[TransactionNumber]] = defaultdict(set)
    for row in filter(counts, rows):
        balance[row.code, row.content] += (row.closed == LATEST) - (row.opened <= since)
        speakers[row.code] |= {number for number in (row.opened, row.closed) if since < number < LATEST}
    uneven = {code for (code, _), count in balance.items() if count}
    return {code: speakers[code] for code in sorted(uneven)}


def reverts_of(database: Database, targets: Sequence[str]) -> list[tuple[TransactionNumber, str]]:
    """The transactions that took one of these (`n` or `n.e`) back and were not taken back themselves."""
    statement = "SELECT number, reverts FROM journal WHERE reverts IN {in} ORDER BY number"
    found = [(row[0], row[1]) for row in database.query_in(statement, targets)]
    undone = {target for number, _ in found for _, target in reverts_of(database, [str(number)])}
    return [(number, target) for number, target in found if str(number) not in undone]


def _said(row: Row) -> Said:
    code, *content, opened, closed = row
    plain = tuple(bytes(value) if isinstance(value, bytes | memoryview) else value for value in content)
    return Said(code, plain, opened, closed)
