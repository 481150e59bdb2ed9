"""What a transaction may say beside versions: links, events, restorations, cases and judgements; and its seal."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from threading import Barrier

import pytest

from entities.errors import Conflict, Gone, NotFound
from entities.model import LATEST, Candidate, Lineage, Link, Period, State, Version
from entities.reviews.cases import Judgement, ReviewCase
from entities.store import Store
from entities.store import reviews as held
from entities.store.linking import COLUMNS, link_of
from entities.store.postgis import PostgisDatabase
from entities.store.sealing import chained, last_chain, seal, statements
from entities.store.sqlite import SqliteDatabase
from entities.text import Text
from tests.contract.test_store import JUNE, MAY, house, settle

EXPLAIN = {SqliteDatabase: "EXPLAIN QUERY PLAN", PostgisDatabase: "EXPLAIN"}


def linked(store: Store) -> list[Link]:
    statement = f"SELECT {', '.join(COLUMNS)} FROM link ORDER BY id"
    return [link_of(row) for row in store.database.query(statement)]


def test_a_link_ends_on_a_day_and_is_taken_back_in_known_time(store: Store) -> None:
    [code] = settle(store, house())
    link = Link(code, "parcel", "GB00001", Period(MAY), note="by hand")
    with store.transaction("county", "link") as tx:
        tx.link([link])
    with store.transaction("county", "ended") as tx:
        tx.unlink([link], JUNE)
    assert store.links(code) == [replace(link, period=Period(MAY, JUNE), known_from=3)]
    with store.transaction("county", "never") as tx:
        tx.unlink([link])
    assert store.links(code) == []
    assert [(one.known_from, one.known_to) for one in linked(store)] == [(2, 3), (3, 4)]
    with pytest.raises(NotFound, match=r"link\.unknown"), store.transaction("county", "again") as tx:
        tx.unlink([link])


def test_nothing_is_linked_to_an_entity_that_ended(store: Store) -> None:
    [code] = settle(store, house())
    with store.transaction("county", "demolished") as tx:
        tx.end({code: JUNE})
    with store.transaction("county", "while it stood") as tx:
        tx.link([Link(code, "parcel", "GB00001", Period(MAY, JUNE))])
    with pytest.raises(Conflict, match=r"link\.ended"), store.transaction("county", "later") as tx:
        tx.link([Link(code, "parcel", "GB00002", Period(JUNE))])


def test_each_event_has_a_place_in_its_transaction(store: Store) -> None:
    one, two, three = settle(store, house(), house(117.2), house(117.3))
    with store.transaction("county", "events") as tx:
        assert (
            tx.descend([Lineage("split", one, two, 1.0, JUNE, 0.6), Lineage("split", one, three, 1.0, JUNE, 0.4)]) == 0
        )
        assert tx.descend([Lineage("reclassify", two, two, 1.0, JUNE)]) == 1
    assert [(step.number, step.event, step.share_of_parent) for step in store.lineage(two)] == [
        (2, 0, 0.6),
        (2, 1, None),
    ]


def test_nothing_descends_from_itself(store: Store) -> None:
    one, two, three = settle(store, house(), house(117.2), house(117.3))
    with store.transaction("county", "first") as tx:
        tx.descend([Lineage("replace", one, two, 1.0, JUNE)])
        tx.descend([Lineage("replace", two, three, 1.0, JUNE)])
    with pytest.raises(Conflict, match=r"lineage\.circle"), store.transaction("county", "back") as tx:
        tx.descend([Lineage("replace", three, one, 1.0, JUNE)])
    with pytest.raises(Conflict, match=r"lineage\.circle"), store.transaction("county", "both ways") as tx:
        tx.descend([Lineage("merge", one, two, 1.0, JUNE), Lineage("merge", two, one, 1.0, JUNE)])


def test_entities_are_restored_to_what_was_known(store: Store) -> None:
    kept, changed, ended = settle(store, house(), house(117.2), house(117.3))
    with store.transaction("county", "wrong") as tx:
        tx.put([Version(changed, Period(JUNE), house(118.0))])
        tx.end({ended: JUNE})
        [born] = tx.issue([house(117.4)])
        tx.put([Version(born, Period(JUNE), house(117.4))])
    before = {
        code: [(v.period, v.state, v.surveyed) for v in store.history(code) if v.known_from == 1]
        for code in (changed, ended)
    }
    with store.transaction("county", "taken back") as tx:
        tx.restore([kept, changed, ended, born], 1)
    for code, versions in before.items():
        assert [(v.period, v.state, v.surveyed) for v in store.history(code) if v.known_to == LATEST] == versions
    assert len(store.history(kept)) == 1
    with pytest.raises(Gone):
        store.view(valid_at=JUNE).get(born)
    told = {change.code: change.kind for change in store.changes() if change.cursor.number == 3}
    assert told == {changed: "change", ended: "change", born: "retract"}
    assert [v.code for v in store.view(valid_at=JUNE).within((117.29, 36.5, 117.32, 36.7))] == [ended]
    with store.transaction("county", "after all") as tx:
        tx.restore([born], 2)
    assert store.view(valid_at=JUNE).get(born).state == house(117.4)


def case(state: State, **parts: object) -> ReviewCase:
    one = Candidate(7, state, "b-7", None, MAY, None, (("parcel", "GB00001"),))
    told = {"codes": ("1" * 12,), "reasons": (Text("重合", "overlap"),), "covers": ({"code": "1" * 12, "iou": 0.6},)}
    return ReviewCase(one, "county", "a.gpkg", MAY, "partly", **{**told, **parts})  # type: ignore[arg-type]


def test_a_case_waits_until_it_is_judged(store: Store) -> None:
    asked = case(house(), needs=("370102",), key="k1")
    with store.transaction("county", "unsure") as tx:
        tx.hold([asked, case(house(117.2), key="k2")])
    first, second = held.cases(store.database, "state = 'waiting'", [])
    assert first == replace(asked, id=first.id, number=1)
    with store.transaction("city", "decided") as tx:
        tx.judge([Judgement(first.id, "k1", "reject", (), "ann")])
        tx.close_reviews([second.id])
    assert [one.state for one in held.cases(store.database, "1 = 1", [])] == ["decided", "dropped"]
    [judged] = held.judgements(store.database, "case_key = ?", ["k1"])
    assert (judged.verdict, judged.author, judged.number) == ("reject", "ann", 2)
    assert [record.number for record in store.transactions()] == [1, 2]


def test_the_chain_runs_over_everything_said(store: Store) -> None:
    [code] = settle(store, house())
    with store.transaction("county", "link") as tx:
        tx.link([Link(code, "parcel", "GB00001", Period(MAY))])
    first, second = store.transactions()
    assert (first.origin, first.origin_number) == (store.base_id, 1)
    assert first.chain == chained("", seal(store.database, 1), first)
    assert last_chain(store.database) == second.chain == chained(first.chain, seal(store.database, 2), second)
    store.database.run("UPDATE link SET value = 'GB00002'")
    assert second.chain != chained(first.chain, seal(store.database, 2), second)


def test_a_transaction_is_later_than_all_known_before_it(store: Store) -> None:
    settle(store, house())
    ahead = 4_000_000_000_000_000  # a base in 2096, whose transaction was replicated here
    store.database.run("UPDATE journal SET known_at = ?", [ahead])
    store.database.commit()
    settle(store, house(117.2))
    assert [record.known_at for record in store.transactions()] == [ahead, ahead + 1]


def test_sealing_looks_at_nothing_but_what_was_said(store: Store) -> None:
    if isinstance(store.database, PostgisDatabase):
        store.database.run("SET enable_seqscan = off")  # it would be quicker on a base this small
    for statement in statements(store.database):
        plan = str(store.database.query(f"{EXPLAIN[type(store.database)]} {statement}", [1])).lower()
        assert "index" in plan and "seq scan" not in plan and "scan version" not in plan, plan


def test_bases_that_say_the_same_have_the_same_seals(new_store: Callable[[], Store]) -> None:
    with closing(new_store()) as one, closing(new_store()) as two:
        for store in (one, two):
            with store.transaction("county", "survey") as tx:
                tx.database.insert("entity", ("code", "spatial", "born"), [("9" * 12, "s", tx.number)])
                tx.put([Version("9" * 12, Period(MAY), house())])
        assert seal(one.database, 1) == seal(two.database, 1)
        assert one.base_id != two.base_id


LAYOUT_1 = (
    *("ALTER TABLE journal DROP COLUMN origin_number", "ALTER TABLE journal DROP COLUMN chain"),
    *("ALTER TABLE journal DROP COLUMN origin", "ALTER TABLE journal DROP COLUMN reverts"),
    *("ALTER TABLE link DROP COLUMN note", "ALTER TABLE lineage DROP COLUMN share_of_parent"),
    *("ALTER TABLE lineage DROP COLUMN event", "ALTER TABLE lineage DROP COLUMN known_to"),
    *("DROP TABLE review", "DROP TABLE judgement", "DROP TABLE clash", "DELETE FROM setting WHERE name = 'base'"),
    "UPDATE setting SET value = '1' WHERE name = 'layout'",
)
LATER = (
    "entity_by_born",
    "journal_by_known_at",
    "journal_by_origin",
    "journal_by_reverts",
    "link_by_known_from",
    "link_by_known_to",
    "lineage_by_number",
    "lineage_by_known_to",
)


def test_a_base_of_layout_1_is_migrated(store: Store) -> None:
    one, two, three = settle(store, house(), house(117.2), house(117.3))
    with store.transaction("county", "events") as tx:
        tx.descend([Lineage("split", one, two, 1.0, JUNE), Lineage("split", one, three, 1.0, JUNE)])
        tx.descend([Lineage("merge", two, three, 1.0, JUNE)])
        tx.link([Link(one, "parcel", "GB00001", Period(MAY))])
    steps, links, chains = store.lineage(one), store.links(one), [seal(store.database, n) for n in (1, 2)]
    for statement in (*(f"DROP INDEX {name}" for name in LATER), *LAYOUT_1):
        store.database.run(statement)
    store.database.commit()
    with closing(Store.open(url_of(store))) as again:
        assert again.lineage(one) == steps
        assert [step.event for step in again.lineage(two)] == [0, 1]
        assert again.links(one) == links
        assert [record.origin for record in again.transactions()] == [again.base_id] * 2
        assert [seal(again.database, n) for n in (1, 2)] == chains
        assert last_chain(again.database) == again.transactions()[1].chain != ""
        settle(again, house(117.5))


def test_a_base_without_spellings_makes_them(store: Store) -> None:
    (code,) = settle(store, replace(house(), name="解放路"))
    store.database.run("DROP TABLE spelling")
    store.database.commit()
    with closing(Store.open(url_of(store))) as again:
        assert [version.code for version in again.search("jfl")] == [code]


def test_many_who_open_a_base_without_spellings_at_once_make_them_once(store: Store) -> None:
    (code,) = settle(store, replace(house(), name="解放路"))
    store.database.run("DROP TABLE spelling")
    store.database.commit()
    together = Barrier(6)

    def found(_: int) -> list[str]:
        together.wait()
        with closing(Store.open(url_of(store))) as again:
            return [version.code for version in again.search("jfl")]

    with ThreadPoolExecutor(6) as people:
        assert list(people.map(found, range(6))) == [[code]] * 6


def test_a_base_of_a_later_layout_is_refused(store: Store) -> None:
    store.database.run("UPDATE setting SET value = '99' WHERE name = 'layout'")
    store.database.commit()
    with pytest.raises(Conflict, match=r"base\.layout"):
        Store.open(url_of(store))


def url_of(store: Store) -> str:
    uri: str = store.database.dal._uri
    return uri.replace("sqlite://", "sqlite:///").replace("postgres://", "postgresql://")
