"""Review cases and judgements as rows: held and decided in a transaction, read by anyone."""

from collections.abc import Sequence
from typing import Any, Final

import orjson
import shapely

from entities.cases import Judgement, ReviewCase
from entities.model import LATEST, Candidate, State, Surfaces, TransactionNumber
from entities.store.database import Database, Row
from entities.store.rows import CONTENT, content_rows
from entities.text import Text

_CASE: Final = (
    *("number", "department", "source", "day", "band", "codes", "covers", "reasons", "needs", "case_key", "state"),
    *("row_number", "source_id", "declared", "change_kind", "valid_from", "resource_codes"),
)
_STATE: Final = ("class_code", "name", "height", "base", "attributes", "kinds")
_JUDGEMENT: Final = ("number", "review", "case_key", "verdict", "codes", "author", "note", "known_to")


def hold(database: Database, number: TransactionNumber, cases: Sequence[ReviewCase], layers: Sequence[str]) -> None:
    """Write cases down, each waiting for a decision; `layers` are those of their features' classes."""
    contents = content_rows([case.candidate.state for case in cases], layers)
    rows = ((*_case_row(number, case), *content) for case, content in zip(cases, contents, strict=True))
    database.insert("review", (*_CASE, *CONTENT[:-1]), rows)


def judge(database: Database, number: TransactionNumber, judgements: Sequence[Judgement]) -> None:
    """Write decisions down and close their cases."""
    rows = [
        (number, one.review, one.key, one.verdict, _packed(one.codes), one.author, one.note, LATEST)
        for one in judgements
    ]
    database.insert("judgement", _JUDGEMENT, rows)
    close(database, number, [one.review for one in judgements], "decided")


def close(database: Database, number: TransactionNumber | None, ids: Sequence[int], state: str) -> None:
    """Set how far cases are, and the transaction that decided them."""
    database.run_many("UPDATE review SET state = ?, decided = ? WHERE id = ?", [(state, number, one) for one in ids])


def cases(
    database: Database, condition: str, values: Sequence[object], limit: int = 10_000, order: str = "id"
) -> list[ReviewCase]:
    """The cases that meet a condition, in an order."""
    shapes = f"{database.shape('shape')}, {database.shape('solid')}"
    columns = ", ".join(["id", "decided", *_CASE, *_STATE, shapes])
    statement = f"SELECT {columns} FROM review WHERE {condition} ORDER BY {order} LIMIT {limit:d}"
    return [_case(row) for row in database.query(statement, values)]


def judgements(database: Database, condition: str, values: Sequence[object]) -> list[Judgement]:
    """The judgements that meet a condition and were not taken back, oldest first."""
    statement = f"SELECT {', '.join(_JUDGEMENT)} FROM judgement WHERE {condition} AND known_to = {LATEST} ORDER BY id"
    return [_judgement(row) for row in database.query(statement, values)]


def _case_row(number: TransactionNumber, case: ReviewCase) -> Row:
    one = case.candidate
    said = (
        _packed(case.codes),
        _packed(case.covers),
        _packed([[t.zh, t.en] for t in case.reasons]),
        _packed(case.needs),
    )
    feature = (one.row, one.source_id, one.code, one.change, one.valid_from, _packed(one.resource_codes))
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


def _judgement(row: Row) -> Judgement:
    number, review, key, verdict, codes, author, note, known_to = row
    return Judgement(review, key, verdict, tuple(orjson.loads(codes)), author, note, number, known_to)


def _packed(value: object) -> str:
    return orjson.dumps(value).decode()
