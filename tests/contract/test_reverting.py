"""What was said is taken back whole, refused where something rests on it, and can be had again. On both databases."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from hashlib import blake2b

import pytest

from entities.errors import BadQuery, Conflict, NotFound
from entities.lineage.events import Share
from entities.lineage.reverting import revert, undoing
from entities.lineage.undoing import Dependent, Target
from entities.model import LATEST, Link, Period, Version
from entities.replication.digest import digests
from entities.reviews.cases import Judgement
from entities.saying import Sayings
from entities.store import Store
from entities.store import reviews as held
from entities.store.registry import spatial_code
from tests.contract.following import catch_up
from tests.contract.test_lineage import JULY, JUNE, MAY, PLAN, built, change, house, merge, split, standing, table
from tests.contract.test_statements import case

PARTS = [Share(1.0, 0.7), Share(1.0, 0.3)]


def take_back(store: Store, target: str) -> int:
    return revert(store, Target.parse(target), "county", f"revert {target}")


def resting(store: Store, target: str) -> set[tuple[int, str, str]]:
    """What a refusal names, after the dry run named the same."""
    found = undoing(store, Target.parse(target)).dependents
    with pytest.raises(Conflict) as caught:
        take_back(store, target)
    assert caught.value.rule == "revert.depends"
    assert len(caught.value.findings) == len(found)
    return {(one.number, one.kind, one.code) for one in found}


def digest(store: Store) -> str:
    """Everything known now: versions, links, events, spatial codes, judgements, in an order of their own."""
    tables = {
        "version": ("code, valid_from, valid_to, digest", known := f"known_to = {LATEST}"),
        "link": ("code, scheme, value, valid_from, valid_to, method, confidence, issuer, note", known),
        "lineage": ("kind, parent, child, share, day, share_of_parent", known),
        "judgement": ("review, verdict", known),
        "review": ("id, state", "1 = 1"),
    }
    rows = [
        row
        for table, (columns, condition) in tables.items()
        for row in store.database.query(f"SELECT {columns} FROM {table} WHERE {condition} ORDER BY {columns}")
    ]
    plain = [tuple(bytes(one) if isinstance(one, memoryview) else one for one in row) for row in rows]
    return blake2b(repr(plain).encode()).hexdigest()


def test_a_submission_is_taken_back_and_had_again(store: Store) -> None:
    one, two, three = built(store, house(codes=[PLAN]), house(20), house(40))
    before = digest(store)
    with store.transaction("county", "second survey") as transaction:
        sayings = Sayings(store, transaction, JUNE, table())
        [born] = sayings.bear([house(60, codes=[("plan", "P-8")])])
        sayings.update(house(20, kind="310500"), two)
        sayings.end(three.code)
        parts = sayings.split(one, [house(0, 7, codes=[PLAN]), house(7, 3)], PARTS)
        sayings.say()
    after = digest(store)
    plan = undoing(store, Target(2))
    assert plan.removed == {born, *parts}
    assert plan.changed == {one.code, two.code, three.code}
    assert [event.kind for event in plan.told] == ["reclassify", "split"] or [event.kind for event in plan.told] == [
        "split",
        "reclassify",
    ]
    assert digest(store) == after, "a dry run writes nothing"
    assert take_back(store, "2") == 3
    assert digest(store) == before
    assert standing(store, JULY) == {one.code, two.code, three.code}
    assert [link.value for link in store.links(one.code)] == ["P-7"]
    assert store.events(one.code) == []
    assert store.events(one.code, known_at=2) != []
    changes = [change for change in store.changes() if change.cursor.number == 3 and "link" not in change.kind]
    told = {change.code: change.kind for change in changes if len(change.code) == 12}
    assert {told[code] for code in (born, *parts)} == {"retract"}
    assert {told[base.code] for base in (one, two, three)} == {"change"}
    assert store.transaction_record(3).reverts == "2"
    assert store.transaction_record(3).policy == "default 2"
    assert take_back(store, "3") == 4
    assert digest(store) == after
    assert take_back(store, "4") == 5
    assert digest(store) == before
    known = [standing_at(store, JULY, number) for number in (1, 2, 3, 4, 5)]
    assert known == [known[0], known[1], known[0], known[1], known[0]]


def standing_at(store: Store, day: int, number: int) -> set[str]:
    return {version.code for version in store.view(valid_at=day, known_at=number).versions()}


def test_one_event_is_taken_back_alone(store: Store) -> None:
    one, two = built(store, house(codes=[PLAN]), house(20))
    with store.transaction("county", "second survey") as transaction:
        sayings = Sayings(store, transaction, JUNE, table())
        first = sayings.split(one, [house(0, 7, codes=[PLAN]), house(7, 3)], PARTS)
        second = sayings.split(two, [house(20, 7), house(27, 3)], PARTS)
        sayings.say()
    assert undoing(store, Target(2, 0)).codes == {one.code, *first}
    take_back(store, "2.0")
    assert standing(store, JUNE) == {one.code, *second}
    assert [link.value for link in store.links(one.code)] == ["P-7"]
    assert [link.period for link in store.links(one.code)] == [Period(MAY)]
    assert (store.events(one.code), len(store.events(two.code))) == ([], 1)
    assert store.event(2, 0).known_to == 3
    with pytest.raises(Conflict, match=r"revert\.already"):
        take_back(store, "2.0")
    assert {number for number, *_ in resting(store, "2")} == {3}
    take_back(store, "3")
    assert standing(store, JUNE) == {*first, *second}
    assert take_back(store, "2.1") == 5


def test_events_that_share_an_entity_go_back_together(store: Store) -> None:
    [base] = built(store, house())
    with store.transaction("county", "both") as transaction:
        sayings = Sayings(store, transaction, JUNE, table())
        sayings.update(house(kind="310500", attributes={"ZLDWDM": "370112"}), base)
        sayings.say()
    assert [event.kind for event in store.events(base.code)] == ["reclassify", "redivide"]
    take_back(store, "2.1")
    assert store.events(base.code) == []


def test_what_something_rests_on_is_refused_and_all_of_it_named(store: Store) -> None:
    [base] = built(store, house())
    codes = split(store, base, house(0, 7), house(7, 3))  # 2
    with store.transaction("registry", "links") as transaction:  # 3
        transaction.link([Link(codes[0], *PLAN, Period(JUNE), "manual")])
    part = store.view(valid_at=JUNE).get(codes[1])
    assert change(store, part, house(7.01, 3)) == codes[1]  # 4
    bases = [store.view(valid_at=JUNE).get(code) for code in codes]
    whole = merge(store, bases, house(), JULY)  # 5
    assert resting(store, "2") == {
        (3, "link", codes[0]),
        *((number, "entity", codes[1]) for number in (4, 5)),
        (5, "entity", codes[0]),
        *((5, "lineage", code) for code in codes),
    }
    assert {number for number, *_ in resting(store, "1")} == {2}
    assert resting(store, "4") == {(5, "entity", codes[1])}
    for number in (5, 4, 3, 2, 1):
        take_back(store, str(number))
    assert standing(store, JULY) == standing(store, MAY) == set()
    assert store.resolve(PLAN[1]) == []
    assert spatial_code(store.database, whole), "a code once issued is never forgotten"


def test_what_was_taken_back_since_makes_no_difference(store: Store) -> None:
    [base] = built(store, house())
    change(store, base, house(1))  # 2
    change(store, store.view(valid_at=JUNE).get(base.code), house(2))  # 3
    assert resting(store, "2") == {(3, "entity", base.code)}
    take_back(store, "3")  # 4
    take_back(store, "2")  # 5
    assert store.view(valid_at=JUNE).get(base.code).state == house().state
    with pytest.raises(Conflict, match=r"revert\.already"):
        take_back(store, "3")


def test_a_link_that_moved_on_is_named(store: Store) -> None:
    [base] = built(store, house(codes=[PLAN]))
    link = store.links(base.code)[0]
    with store.transaction("registry", "new number") as transaction:  # 2
        transaction.unlink([link], JUNE)
        transaction.link([Link(base.code, "plan", "P-9", Period(JUNE))])
    with store.transaction("registry", "wrong") as transaction:  # 3
        transaction.unlink([Link(base.code, "plan", "P-9", Period(JUNE))])
    assert resting(store, "2") == {(3, "link", base.code)}
    take_back(store, "3")
    take_back(store, "2")
    assert [(one.value, one.period) for one in store.links(base.code)] == [("P-7", Period(MAY))]


def test_cases_and_judgements_go_back_and_come_again(store: Store) -> None:
    with store.transaction("county", "survey") as transaction:  # 1
        transaction.hold([case(house().state, key="a"), case(house(20).state, key="b")])
    first, second = held.cases(store.database, "1 = 1", [])
    before = digest(store)
    with store.transaction("city", "decided") as transaction:  # 2
        codes = transaction.issue([house().state])
        transaction.put([Version(codes[0], Period(JUNE), house().state)])
        transaction.judge([Judgement(first.id, "a", "new", (codes[0],), "ann")])
    after = digest(store)
    assert resting(store, "1") == {(2, "judgement", "1" * 12)}
    take_back(store, "2")  # 3
    assert digest(store) == before
    assert held.judgements(store.database, "case_key = 'a'", []) == []
    take_back(store, "1")  # 4
    assert states(store) == ["dropped", "dropped"]
    take_back(store, "4")  # 5
    assert states(store) == ["waiting", "waiting"]
    take_back(store, "3")  # 6: the decision again
    assert digest(store) == after
    assert [one.author for one in held.judgements(store.database, "case_key = 'a'", [])] == ["ann"]
    assert second.state == "waiting"


def test_a_decision_that_joins_a_consent_rests_on_it(store: Store) -> None:
    with store.transaction("county", "survey") as transaction:  # 1
        transaction.hold([case(house().state, key="a", needs=("370102", "370112"))])
    [border] = held.cases(store.database, "1 = 1", [])
    said = Judgement(border.id, "a", "new", (), "lixia", consents=("370102",))
    with store.transaction("lixia", "consents") as transaction:  # 2
        transaction.consent([said])
    with store.transaction("licheng", "consents too") as transaction:  # 3
        transaction.judge([replace(said, author="licheng", consents=("370112",))])
    after = digest(store)
    assert resting(store, "2") == {(3, "judgement", "")}
    take_back(store, "3")  # 4
    take_back(store, "2")  # 5
    assert states(store) == ["waiting"]
    take_back(store, "5")  # 6: the first consent again
    assert states(store) == ["waiting"]
    take_back(store, "4")  # 7: and the second
    assert digest(store) == after


def states(store: Store) -> Sequence[str]:
    return [one.state for one in held.cases(store.database, "1 = 1", [])]


def test_what_another_base_said_is_taken_back_there(store: Store) -> None:
    with store.transaction("county", "from elsewhere") as transaction:
        transaction.origin = ("0" * 36, 7)
        codes = transaction.issue([house().state])
        transaction.put([Version(codes[0], Period(MAY), house().state)])
    with pytest.raises(Conflict, match=r"revert\.foreign"):
        take_back(store, "1")


def test_what_is_not_there_cannot_be_taken_back(store: Store) -> None:
    built(store, house())
    with pytest.raises(NotFound):
        take_back(store, "2")
    with pytest.raises(NotFound, match=r"lineage\.unknown"):
        take_back(store, "1.0")
    for text in ("", "0", "x", "1.", ".1", "-1", "1.2.3", "１"):
        with pytest.raises(BadQuery, match=r"revert\.what"):
            Target.parse(text)
    assert [str(Target.parse(text)) for text in ("12", " 12.0 ")] == ["12", "12.0"]


def test_dependents_are_sorted_by_who_said_them_first() -> None:
    assert sorted([Dependent(3, "entity", "b"), Dependent(2, "link", "a")])[0].number == 2


def test_a_follower_learns_what_was_taken_back(new_store: Callable[[], Store]) -> None:
    with closing(new_store()) as source, closing(new_store()) as follower:
        [base] = built(source, house(codes=[PLAN]))
        split(source, base, house(0, 7, codes=[PLAN]), house(7, 3))
        for number in ("2", "3", "4"):
            take_back(source, number)
            catch_up(follower, source)
            assert digests(follower.database) == digests(source.database)
        assert standing(follower, JULY) == {base.code}
        assert [link.period for link in follower.links(base.code)] == [Period(MAY)]
        assert [record.reverts for record in follower.transactions()] == [None, None, "2", "3", "4"]
        with pytest.raises(Conflict, match=r"revert\.foreign"):
            take_back(follower, "5")
