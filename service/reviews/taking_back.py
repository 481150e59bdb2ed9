"""Taking decisions back: any of a department's last ones, the newest first."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from entities.errors import Conflict
from entities.lineage.undoing import Target
from entities.model import TransactionNumber
from entities.reviews.cases import Judgement
from entities.store import Record, Store
from entities.store.reviews import decided_by, judgements
from service import reverts
from service.reviews.deciding import MOST, Bench


@dataclass(frozen=True, slots=True)
class Decision:
    """One transaction that decided: its record, and the judgements it made."""

    record: Record
    judgements: tuple[Judgement, ...]


def recent(store: Store, department: str) -> list[Decision]:
    """The decisions of a department that can be taken back, the newest first."""
    numbers = decided_by(store.database, department, MOST)
    made: dict[TransactionNumber, list[Judgement]] = defaultdict(list)
    marks = ", ".join("?" * len(numbers))
    for one in judgements(store.database, f"number IN ({marks})", numbers) if numbers else ():
        made[one.number].append(one)
    return [Decision(store.transaction_record(number), tuple(made[number])) for number in numbers]


def take_back(bench: Bench, number: TransactionNumber | None) -> tuple[TransactionNumber, Sequence[int]]:
    """Take back a decision, the last one where none is named; returns the transaction, and the cases that wait again.

    `Conflict`: `review.undo` for what is none of the department's last decisions, `revert.depends` where something
    rests on it.
    """
    department = bench.seat.department.name
    numbers = decided_by(bench.store.database, department, MOST)
    chosen = number or next(iter(numbers), None)
    if chosen not in numbers:
        raise Conflict.because("review.undo", number=chosen or "–", most=MOST)
    reviews = sorted({one.review for one in judgements(bench.store.database, "number = ?", [chosen])})
    return reverts.take_back(bench.store, bench.desk, Target(chosen), department, _reason(bench, chosen)), reviews


def _reason(bench: Bench, number: TransactionNumber) -> str:
    return f"撤回第{number}号事务的判断" if bench.config.language == "zh" else f"decision {number} taken back"
