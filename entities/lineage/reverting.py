"""Taking back: what a transaction or an event said is unsaid in a transaction of its own, if nothing rests on it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from entities.errors import Conflict
from entities.lineage.depending import KINDS, dependents
from entities.lineage.undoing import Dependent, LinkKey, Target, Undoing, plan
from entities.model import LATEST, Link, TransactionNumber
from entities.reviews.cases import Judgement
from entities.rules import Finding
from entities.store import Record, Store, Transaction
from entities.store import reviews as held

NAMED: Final = 100
"""How many of the things that depend on it a refusal names."""


def undoing(store: Store, target: Target) -> Undoing:
    """Say what taking it back would do and what stands against it: the dry run. Raises as `undoing.plan` does."""
    found = plan(store, target)
    return replace(found, dependents=tuple(sorted(dependents(store, found))))


def revert(store: Store, target: Target, actor: str, reason: str) -> TransactionNumber:
    """Take it back in a transaction of its own, and return its number.

    Raises as `undoing` does, and `Conflict` where something depends on it (`revert.depends`, one finding for each) or
    nothing is left to take back (`revert.nothing`).
    """
    with store.transaction(actor, reason) as transaction:
        found = undoing(store, target)
        check_free(store, found)
        transaction.policy = found.record.policy
        transaction.reverts = str(target)
        _undo(store, transaction, found)
        if not transaction.counts:
            raise Conflict.because("revert.nothing", what=target)
    return transaction.number


def check_free(store: Store, found: Undoing) -> None:
    """Refuse to take back what something depends on. `Conflict` (`revert.depends`), one finding for each."""
    named = found.dependents[:NAMED]
    if named:
        records = {number: store.transaction_record(number) for number in {one.number for one in named}}
        raise Conflict([_finding(found.target, one, records[one.number]) for one in named])


def _finding(target: Target, one: Dependent, record: Record) -> Finding:
    values = {"what": target, "number": one.number, "code": one.code, "kind": KINDS[one.kind]}
    return Finding("revert.depends", {**values, "actor": record.actor, "reason": record.reason}, feature=one.code)


def _undo(store: Store, transaction: Transaction, found: Undoing) -> None:
    """Say the opposite of everything in the found."""
    before = found.target.number - 1
    transaction.restore(found.codes, before)
    _relink(store, transaction, found.links, before)
    transaction.untell([step for event in found.told for step in event.steps])
    for event in found.retold:
        transaction.descend(event.steps)
    transaction.unjudge(found.judged)
    for judgement in found.rejudged:
        _judge_again(store, transaction, judgement)
    transaction.close_reviews(found.dropped)
    transaction.close_reviews(found.reopened, "waiting")


def _judge_again(store: Store, transaction: Transaction, judgement: Judgement) -> None:
    """Make a decision again: it closes its case, unless that needs the consent of others who have not given it."""
    [case] = held.cases(store.database, "id = ?", [judgement.review])
    given = [*held.judgements(store.database, "review = ?", [judgement.review]), judgement]
    lacking = set(case.needs).difference(*(one.consents for one in given))
    say = transaction.consent if lacking and judgement.verdict != "reject" else transaction.judge
    say([judgement])


def _relink(store: Store, transaction: Transaction, keys: Collection[LinkKey], known_at: TransactionNumber) -> None:
    """Let entities have the codes of other registers that they had as known at a transaction."""
    codes = {code for code, *_ in keys}
    now, then = (_by_key(store.links_of(codes, known), keys) for known in (LATEST, known_at))
    differing = [key for key in sorted(keys) if now.get(key, ()) != then.get(key, ())]
    transaction.unlink([now[key][0] for key in differing if key in now])
    transaction.link((link for key in differing for link in then.get(key, ())), again=True)


def _by_key(links: Mapping[str, Sequence[Link]], keys: Collection[LinkKey]) -> dict[LinkKey, list[Link]]:
    """Links by what they link, without when they were known."""
    found: dict[LinkKey, list[Link]] = defaultdict(list)
    for link in (link for own in links.values() for link in own):
        if (key := (link.code, link.scheme, link.value)) in keys:
            found[key].append(replace(link, known_from=0, known_to=LATEST))
    return dict(found)
