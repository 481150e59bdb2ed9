"""Review cases and judgements as rows: held and decided in a transaction, read by anyone."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson
import shapely

from entities.model import LATEST, Candidate, Day, State, Surfaces, TransactionNumber
from entities.reviews.cases import Judgement, ReviewCase
from entities.spoken import Spoken
from entities.store.database import CHUNK, Database, Row
from entities.store.rows import CONTENT, content_rows
from entities.text import Text

_CASE: Final = (
    *("number", "department", "source", "day", "band", "codes", "covers", "reasons", "needs", "case_key", "state"),
    *("spoken", "row_number", "source_id", "declared", "change_kind", "valid_from", "resource_codes"),
)
_STATE: Final = ("class_code", "name", "height", "base", "attributes", "kinds")
_JUDGEMENT: Final = (
    *("number", "review", "case_key", "verdict", "codes", "author"),
    *("note", "cut", "consents", "known_to"),
)


def hold(database: Database, number: TransactionNumber, cases: Sequence[ReviewCase], layers: Sequence[str]) -> None:
    """Write cases down, each waiting for a decision; `layers` are those of their features' classes."""
    contents = content_rows([case.candidate.state for case in cases], layers)
    rows = ((*_case_row(number, case), *content) for case, content in zip(cases, contents, strict=True))
    database.insert("review", (*_CASE, *CONTENT[:-1]), rows)


def judge(database: Database, number: TransactionNumber, judgements: Sequence[Judgement]) -> None:
    """Write decisions down and close their cases."""
    consent(database, number, judgements)
    close(database, number, [one.review for one in judgements], "decided")


def consent(database: Database, number: TransactionNumber, judgements: Sequence[Judgement]) -> None:
    """Write down what some of those decided whose consent is needed; the cases wait for the others."""
    rows = [
        (
            *(number, one.review, one.key, one.verdict, packed(one.codes), one.author),
            *(one.note, one.cut, packed(one.consents), LATEST),
        )
        for one in judgements
    ]
    database.insert("judgement", _JUDGEMENT, rows)


def close(database: Database, number: TransactionNumber | None, ids: Sequence[int], state: str) -> None:
    """Set how far cases are, and the transaction that decided them."""
    database.run_many("UPDATE review SET state = ?, decided = ? WHERE id = ?", [(state, number, one) for one in ids])


def take_back(database: Database, number: TransactionNumber, judgements: Sequence[Judgement]) -> None:
    """Close decisions in known time; their cases wait again."""
    closed = [(number, one.number, one.review) for one in judgements]
    database.run_many("UPDATE judgement SET known_to = ? WHERE number = ? AND review = ?", closed)
    close(database, None, [one.review for one in judgements], "waiting")


def taken_back_by(database: Database, number: TransactionNumber) -> list[Judgement]:
    """The decisions that a transaction took back, oldest first."""
    statement = f"SELECT {', '.join(_JUDGEMENT)} FROM judgement WHERE known_to = ? ORDER BY id"
    return [_judgement(row) for row in database.query(statement, [number])]


class Waiting(NamedTuple):
    """What a queue needs to know of a case that waits for a decision."""

    id: int
    number: TransactionNumber
    department: str
    band: str
    class_code: str
    day: Day
    needs: tuple[str, ...]
    shape: shapely.Geometry


def waiting(database: Database) -> list[Waiting]:
    """Every case that waits, those of one band and class together, oldest first."""
    columns = f"id, number, department, band, class_code, day, needs, {database.shape('shape')}"
    rows = database.query(f"SELECT {columns} FROM review WHERE state = 'waiting' ORDER BY band, class_code, id")
    shapes = shapely.from_wkb([bytes(row[-1]) for row in rows])
    return [
        Waiting._make((*row[:-2], tuple(orjson.loads(row[-2])), one)) for row, one in zip(rows, shapes, strict=True)
    ]


def cases(
    database: Database, condition: str, values: Sequence[object], limit: int = 10_000, order: str = "id"
) -> list[ReviewCase]:
    """The cases that meet a condition, in an order."""
    shapes = f"{database.shape('shape')}, {database.shape('solid')}"
    columns = ", ".join(["id", "decided", *_CASE, *_STATE, shapes])
    statement = f"SELECT {columns} FROM review WHERE {condition} ORDER BY {order} LIMIT {limit:d}"
    return [_case(row) for row in database.query(statement, values)]


def held_in(database: Database, number: TransactionNumber) -> list[int]:
    """The ids of the cases that a transaction holds, in the order in which they were held."""
    return [row[0] for row in database.query("SELECT id FROM review WHERE number = ? ORDER BY id", [number])]


def cases_in(database: Database, column: str, members: Sequence[object], condition: str = "1 = 1") -> list[ReviewCase]:
    """The cases whose column is one of some values, and that meet a condition, oldest first."""
    found = []
    for start in range(0, len(members), CHUNK):
        chunk = members[start : start + CHUNK]
        among = f"{column} IN ({', '.join('?' * len(chunk))}) AND {condition}"
        found += cases(database, among, chunk, 2**31)
    return found


def judgements_of(database: Database, reviews: Sequence[int]) -> dict[int, Judgement]:
    """The last judgement in force on each of some cases."""
    columns = ", ".join(_JUDGEMENT)
    statement = f"SELECT {columns} FROM judgement WHERE review IN {{in}} AND known_to = {LATEST} ORDER BY id"
    return {found.review: found for found in map(_judgement, database.query_in(statement, reviews))}


def decided_by(database: Database, actor: str, limit: int) -> list[TransactionNumber]:
    """The last transactions of an author that decided about cases and were not taken back, the newest first."""
    in_force = f"SELECT number FROM judgement WHERE known_to = {LATEST}"
    statement = f"SELECT number FROM journal WHERE actor = ? AND number IN ({in_force}) ORDER BY number DESC"
    return [row[0] for row in database.query(f"{statement} LIMIT {limit:d}", [actor])]


def judgements(database: Database, condition: str, values: Sequence[object]) -> list[Judgement]:
    """The judgements that meet a condition and were not taken back, oldest first."""
    statement = f"SELECT {', '.join(_JUDGEMENT)} FROM judgement WHERE {condition} AND known_to = {LATEST} ORDER BY id"
    return [_judgement(row) for row in database.query(statement, values)]


def _case_row(number: TransactionNumber, case: ReviewCase) -> Row:
    one = case.candidate
    said = (
        packed(case.codes),
        packed(case.covers),
        packed([[t.zh, t.en] for t in case.reasons]),
        packed(case.needs),
    )
    spoken = packed([sorted(case.spoken.roles), _sorted(case.spoken.fields)])
    feature = (spoken, one.row, one.source_id, one.code, one.change, one.valid_from, packed(one.resource_codes))
    return (number, case.department, case.source, case.day, case.band, *said, case.key, case.state, *feature)


def _case(row: Row) -> ReviewCase:
    held = dict(zip(("id", "decided", *_CASE, *_STATE, "shape", "solid"), row, strict=True))
    return ReviewCase(
        candidate=_candidate(held),
        department=held["department"],
        source=held["source"],
        day=held["day"],
        band=held["band"],
        codes=tuple(orjson.loads(held["codes"])),
        covers=tuple(orjson.loads(held["covers"])),
        reasons=tuple(Text(zh, en) for zh, en in orjson.loads(held["reasons"])),
        needs=tuple(orjson.loads(held["needs"])),
        key=held["case_key"],
        spoken=_spoken(held["spoken"]),
        id=held["id"],
        number=held["number"],
        state=held["state"],
        decided=held["decided"],
    )


def _candidate(held: dict[str, Any]) -> Candidate:
    solid = held["solid"] and shapely.from_wkb(bytes(held["solid"]))
    state = State(
        held["class_code"],
        shapely.from_wkb(bytes(held["shape"])),
        held["name"],
        held["height"],
        held["base"],
        Surfaces(solid, held["kinds"]) if solid is not None else None,
        orjson.loads(held["attributes"]),
    )
    return Candidate(
        held["row_number"],
        state,
        held["source_id"],
        held["declared"],
        held["valid_from"],
        held["change_kind"],
        tuple((scheme, value) for scheme, value in orjson.loads(held["resource_codes"])),
    )


def _spoken(text: str) -> Spoken:
    roles, fields = orjson.loads(text)
    return Spoken(frozenset(roles), None if fields is None else frozenset(fields))


def _sorted(names: frozenset[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)


def _judgement(row: Row) -> Judgement:
    number, review, key, verdict, codes, author, note, cut, consents, known_to = row
    named, agreed = (tuple(orjson.loads(text)) for text in (codes, consents))
    return Judgement(review, key, verdict, named, author, note, cut, agreed, number, known_to)


def packed(value: object) -> str:
    """A value as the JSON text that a column holds."""
    return orjson.dumps(value).decode()
