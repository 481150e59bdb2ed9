"""What rests on a transaction or an event: later transactions, links, lineage and judgements, each named."""

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from entities.lineage.undoing import Dependent, Undoing
from entities.model import TransactionNumber
from entities.store import Store
from entities.store import reviews as held
from entities.store.descending import content_of
from entities.store.undoing import LINKS, STEPS, VERSIONS, Said, altered, reverts_of, said_since
from entities.store.view import now_known
from entities.text import Text

KINDS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "entity": Text("又改了实体", "changed the entity"),
        "link": Text("又改了它的资源码", "changed codes linked to it"),
        "lineage": Text("又记了它的世系", "told of its lineage"),
        "judgement": Text("据此作了判定", "decided a case of it about"),
    }
)
"""What may rest on something, in words."""


def dependents(store: Store, plan: Undoing) -> set[Dependent]:
    """Everything said since that would not have been so: what is known of the same things must be what it said."""
    since = plan.target.number
    if now_known(store.database) == since:
        return set()
    found = {
        "entity": altered(said_since(store.database, VERSIONS, plan.codes, since), since, lambda row: True),
        "link": _links(store, plan, since),
        "lineage": _lineage(store, plan, since),
    }
    named = {number for altered_by in found.values() for numbers in altered_by.values() for number in numbers}
    undone = _undone(store, named)
    return {
        *(Dependent(number, kind, code) for kind, by in found.items() for code, number in _each(by, undone)),
        *_judgements(store, plan, since),
    }


def _links(store: Store, plan: Undoing, since: TransactionNumber) -> Mapping[str, set[TransactionNumber]]:
    """The links it made or ended, and every link to an entity that would be no more."""

    def counts(row: Said) -> bool:
        return row.code in plan.removed or (row.code, *row.content[:2]) in plan.links

    codes = plan.removed | {code for code, *_ in plan.links}
    return altered(said_since(store.database, LINKS, codes, since), since, counts)


def _lineage(store: Store, plan: Undoing, since: TransactionNumber) -> Mapping[str, set[TransactionNumber]]:
    """The events it told or took back, and every event of an entity that would be no more."""
    events = (*plan.told, *plan.retold)
    told = {content_of(step) for event in events for step in event.steps}
    codes = plan.removed | {code for event in events for code in event.codes}
    rows = said_since(store.database, STEPS, codes, since)
    return altered(rows, since, lambda row: row.code in plan.removed or row.content in told)


def _judgements(store: Store, plan: Undoing, since: TransactionNumber) -> Iterator[Dependent]:
    """The decisions about cases that it left to a person, and those that joined its own consent."""
    if plan.target.place is None:
        decided = "number = ? AND state = 'decided' AND decided > ?"
        for case in held.cases(store.database, decided, [since, since]):
            yield Dependent(case.decided or since, "judgement", min(case.codes, default=""))
    for reviewed in {one.review for one in plan.judged}:
        for later in held.judgements(store.database, "review = ? AND number > ?", [reviewed, since]):
            yield Dependent(later.number, "judgement", min(later.codes, default=""))


def _undone(store: Store, numbers: Collection[TransactionNumber]) -> set[TransactionNumber]:
    """Those of the transactions that were taken back as a whole since, and those that took them back."""
    found = reverts_of(store.database, [str(number) for number in sorted(numbers)])
    return {number for pair in found for number in (pair[0], int(pair[1]))}


def _each(
    by: Mapping[str, set[TransactionNumber]], undone: set[TransactionNumber]
) -> Iterator[tuple[str, TransactionNumber]]:
    for code, numbers in by.items():
        yield from ((code, number) for number in numbers - undone or numbers)
