"""The feed: any filter, any page size, any number of writers, and a proof for each that nothing was missed."""

import hashlib
import json
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from entities import feed
from entities.errors import BadQuery
from entities.feed import Filter, Mark, Tally
from entities.model import Link, Period, State, Version, parse_day
from entities.store import Change, Cursor, Store
from tests.contract.processes import FORKED
from tests.contract.test_together import url_of

MAY, JUNE = parse_day("2026-05-01"), parse_day("2026-06-01")

FILTERS = (
    Filter(),
    Filter(layers=("buildings",)),
    Filter(classes=("31",), kinds=("new", "ended")),
    Filter(box=(117.0, 36.0, 117.005, 36.1)),
    Filter(area="POLYGON ((117 36, 117.02 36, 117 36.02, 117 36))", layers=("buildings", "roads")),
)


def house(place: int, class_code: str = "310301") -> State:
    west = 117 + place / 1000
    return State(class_code, shapely.box(west, 36, west + 0.0005, 36.0005), height=9.0)


def say(store: Store, *states: State) -> list[str]:
    with store.transaction("county", "survey") as tx:
        codes = tx.issue(states)
        tx.put([Version(code, Period(MAY), state) for code, state in zip(codes, states, strict=True)])
    return codes


def filled(store: Store) -> None:
    """Thirty changes in three transactions: houses and streets appear, change, end and are taken back."""
    codes = say(store, *(house(place, "310301" if place % 3 else "430501") for place in range(20)))
    with store.transaction("county", "second") as tx:
        tx.put([Version(code, Period(JUNE), replace(house(30 + n), height=12.0)) for n, code in enumerate(codes[:5])])
        tx.end(dict.fromkeys(codes[5:8], JUNE))
    with store.transaction("county", "third") as tx:
        tx.retract(codes[18:])


def walk(store: Store, wanted: Filter, limit: int) -> list[Change]:
    found, page = [], feed.read(store, wanted, limit=limit)
    while page.changes:
        found += page.changes
        page = feed.read(store, wanted, page.next, limit)
    return found


def proof(store: Store, wanted: Filter, until: Cursor = feed.END) -> Tally:
    return [Mark.begin(wanted), *feed.marks(store, wanted, Mark.begin(wanted), until)][-1].tally


@pytest.mark.parametrize("wanted", FILTERS, ids=lambda one: one.text)
def test_a_filter_leaves_out_what_it_says_and_keeps_the_order(store: Store, wanted: Filter) -> None:
    filled(store)
    plain = [change for change in store.changes() if wants(wanted, change)]
    assert 0 < len(plain) <= 30
    for limit in (1, 2, 3, 7, 100):
        assert walk(store, wanted, limit) == plain


def wants(wanted: Filter, change: Change) -> bool:
    """The filter said as plainly as can be."""
    west, south, east, north = change.box
    touches = shapely.box(west, south, east, north).intersects
    return (
        (not wanted.layers or change.layer in wanted.layers)
        and (not wanted.classes or change.class_code.startswith(wanted.classes))
        and (not wanted.kinds or feed.KINDS[change.kind] in wanted.kinds)
        and (wanted.box is None or touches(shapely.box(*wanted.box)))
        and (wanted.polygon is None or touches(wanted.polygon))
    )


def test_codes_linked_to_an_entity_are_changes_of_it(store: Store) -> None:
    codes = say(store, house(1), house(2))
    link = Link(codes[1], "river", "R1", Period(JUNE))
    with store.transaction("county", "codes") as tx:
        tx.link([link])
    with store.transaction("county", "not so") as tx:
        tx.unlink([link])
    found = walk(store, Filter(kinds=("linked", "unlinked"), box=(117.002, 36, 117.0025, 36.1)), 1)
    assert [(change.code, feed.line(change).split("\t")[2]) for change in found] == [
        (codes[1], "linked"),
        (codes[1], "unlinked"),
    ]


def test_pages_of_any_size_give_one_proof(store: Store) -> None:
    filled(store)

    @given(st.sampled_from(FILTERS), st.lists(st.integers(1, 12), min_size=1))
    def agree(wanted: Filter, sizes: Sequence[int]) -> None:
        tally, page = Tally.begin(wanted), feed.Page([], Cursor(), True)
        for size in [*sizes, 100]:
            page = feed.read(store, wanted, page.next, size)
            tally = tally.after(page)
            assert tally == proof(store, wanted, page.next)
        assert tally == proof(store, wanted)

    agree()


def test_the_hash_is_what_the_documents_say(store: Store) -> None:
    filled(store)
    wanted = Filter(classes=("43", "4305"), layers=("roads",))
    assert wanted.text == '{"class":"43","layer":"roads"}'
    running = hashlib.sha256(wanted.text.encode()).digest()
    for change in walk(store, wanted, 100):
        box = [f"{number:.9f}" for number in change.box]
        cursor = f"{change.cursor.number}.{change.cursor.ordinal}"
        kind, day = (
            {"create": "new", "change": "changed", "end": "ended", "retract": "retracted"}[change.kind],
            change.day,
        )
        written = "\t".join([cursor, change.code, kind, change.layer, change.class_code, _iso(day), *box])
        running = hashlib.sha256(running + written.encode()).digest()
    assert proof(store, wanted).hash == running


def _iso(day: int) -> str:
    return {MAY: "2026-05-01", JUNE: "2026-06-01"}.get(day, "..")


@pytest.mark.parametrize("fault", ["drop", "alter", "twice", "swap"])
def test_what_a_subscriber_lost_or_changed_breaks_the_proof(store: Store, fault: str) -> None:
    filled(store)
    kept = walk(store, Filter(), 7)
    faulty = {
        "drop": kept[:4] + kept[5:],
        "alter": [*kept[:4], replace(kept[4], day=kept[4].day + 1), *kept[5:]],
        "twice": [*kept[:5], *kept[4:]],
        "swap": [*kept[:4], kept[5], kept[4], *kept[6:]],
    }[fault]
    assert Tally.begin(Filter()).add(map(feed.line, kept)) == proof(store, Filter())
    assert Tally.begin(Filter()).add(map(feed.line, faulty)).hash != proof(store, Filter()).hash


def test_a_territory_follows_its_boundary(store: Store) -> None:
    early = say(store, house(1), house(11))
    east, west = shapely.box(117.01, 35, 118, 37), shapely.box(116, 35, 117.01, 37)
    (county,) = say(store, division(west))
    late = say(store, house(2), house(12))
    with store.transaction("province", "the boundary moves") as tx:
        tx.put([Version(county, Period(JUNE), division(east))])
    moved = say(store, house(3), house(13))
    before = Filter(territory="370102", layers=("buildings",))
    told = [change.code for change in walk(store, before, 2)]
    assert told == [early[0], late[0], moved[1]]
    with store.transaction("province", "and back") as tx:
        tx.put([Version(county, Period(JUNE), division(west))])
    assert [change.code for change in walk(store, before, 2)] == told  # what was told stays so


def division(shape: shapely.Polygon) -> State:
    return State("650100", shape, "历下区", attributes={"adcode": "370102", "level": "county", "parent": "370100"})


def test_a_boundary_that_begins_later_is_not_in_force_yet(store: Store) -> None:
    (county,) = say(store, division(shapely.box(116, 35, 117.01, 37)))
    with store.transaction("province", "announced") as tx:
        tx.put([Version(county, Period(parse_day("2990-01-01")), division(shapely.box(117.01, 35, 118, 37)))])
    codes = say(store, house(1), house(11))
    found = walk(store, Filter(territory="370102", layers=("buildings",)), 10)
    assert [change.code for change in found] == codes[:1]


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"kinds": ("gone",)}, "feed.filter"),
        ({"classes": ("31%",)}, "feed.filter"),
        ({"layers": ("'; --",)}, "feed.filter"),
        ({"territory": "3701"}, "feed.filter"),
        ({"area": "POINT (1 2)"}, "feed.filter"),
        ({"area": "POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))"}, "feed.filter"),
        ({"area": "POLYGON ((0 0, 999 1, 1 0, 0 0))"}, "feed.filter"),
        ({"area": "nonsense"}, "feed.filter"),
    ],
)
def test_a_filter_that_means_nothing_is_refused(given: dict[str, object], rule: str) -> None:
    with pytest.raises(BadQuery) as refused:
        Filter(**given)  # type: ignore[arg-type]
    assert refused.value.rule == rule


def test_an_unknown_division_and_a_cursor_from_the_future_are_refused(store: Store) -> None:
    filled(store)
    with pytest.raises(BadQuery, match=r"feed\.territory"):
        feed.read(store, Filter(territory="990000"))
    with pytest.raises(BadQuery, match=r"feed\.future"):
        feed.checked(store, Cursor(4, 0))
    assert feed.checked(store, Cursor(3, 0)) == Cursor(3, 0)


def test_a_filter_is_written_in_one_way_only() -> None:
    one = Filter(("roads", "buildings"), ("3103", "31"), ("new", "new"), (117.0, 36.10, 118, 37))
    other = Filter(("buildings", "roads", "roads"), ("31",), ("new",), (117, 36.1, 118.0, 37.0))
    assert one.text == other.text and one.digest == other.digest
    turned = "POLYGON ((1 1, 1 0, 0 0, 0 1, 1 1))"
    assert Filter(area=turned).digest == Filter(area="POLYGON((0 0,0 1.0,1 1,1 0,0 0))").digest


def write(url: str, place: int, turns: int) -> None:
    """A writer: transactions of one to four changes."""
    with closing(Store.open(url)) as store:
        for turn in range(turns):
            codes = say(store, *(house(place * 10 + n, ("310301", "430501")[n % 2]) for n in range(1 + turn % 3)))
            if turn % 2:
                with store.transaction("county", "ended at once") as tx:
                    tx.end({codes[0]: JUNE})


def subscribe(url: str, text: str, limit: int, until: int, kept: str) -> None:
    """A subscriber: reads on until it has seen a transaction, adding up for itself, and writes down its tally."""
    wanted = next(one for one in FILTERS if one.text == text)
    with closing(Store.open(url)) as store:
        tally, cursor = Tally.begin(wanted), Cursor()
        while cursor.number < until:
            page = feed.read(store, wanted, cursor, limit)
            store.database.rollback()
            tally, cursor = tally.add(map(feed.line, page.changes)), page.next
            time.sleep(0 if page.changes else 0.01)  # one that never rests would only take the writers' time
    Path(kept).write_text(json.dumps([tally.count, tally.hash.hex(), list(cursor)]), "utf-8")


def test_no_subscriber_misses_anything_while_eight_write(store: Store, tmp_path: Path) -> None:
    writers = [FORKED.Process(target=write, args=(url_of(store), place, 8)) for place in range(8)]
    total = 8 * (8 + 4)  # every writer's transactions
    readers = [
        FORKED.Process(target=subscribe, args=(url_of(store), wanted.text, limit, total, str(tmp_path / f"{number}")))
        for number, (wanted, limit) in enumerate(zip(FILTERS, (3, 50, 1, 7, 1000), strict=True))
    ]
    for process in [*readers, *writers]:
        process.start()
    for process in [*writers, *readers]:
        process.join(120)
        assert process.exitcode == 0
    for number, wanted in enumerate(FILTERS):
        count, hashed, cursor = json.loads((tmp_path / f"{number}").read_text("utf-8"))
        whole = proof(store, wanted)
        assert (count, hashed) == (whole.count, whole.hash.hex()), wanted.text
        assert Cursor(*cursor) == feed.head(store)
