"""What the store promises, on both databases."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
import shapely

from entities.errors import Conflict, Gone, NotFound
from entities.model import LATEST, Lineage, Link, Moment, Period, State, Surfaces, Version, parse_day
from entities.position import position_keys
from entities.store import Cursor, Store
from entities.store.database import Row
from entities.store.sqlite import SqliteDatabase

MAY, JUNE, JULY = (parse_day(f"2026-0{month}-01") for month in (5, 6, 7))


def house(lon: float = 117.0, lat: float = 36.6, size: float = 0.001, **parts: object) -> State:
    return State("310301", shapely.box(lon, lat, lon + size, lat + size), height=9.0, **parts)  # type: ignore[arg-type]


def settle(store: Store, *states: State, start: int = MAY) -> list[str]:
    with store.transaction("county", "first survey", "first.gpkg") as tx:
        codes = tx.issue(states)
        tx.put([Version(code, Period(start), state) for code, state in zip(codes, states, strict=True)])
    return codes


def test_a_state_comes_back_as_it_was_put(store: Store) -> None:
    roof = shapely.from_wkt("MULTIPOLYGON Z (((117 36 20, 117.001 36 20, 117.001 36.001 21.5, 117 36 20)))")
    state = house(
        name="泉城路188号楼\t\\N",
        base=21.5,
        surfaces=Surfaces(roof, "R"),
        attributes={"floors": 3, "use": "商业\n住宅"},
    )
    [code] = settle(store, state)
    found = store.view(valid_at=MAY).get(code)
    assert found == Version(code, Period(MAY), state, surveyed=1, known_from=1, known_to=LATEST)
    assert found.state.surfaces is not None
    assert shapely.equals_identical(found.state.surfaces.polygons, roof)


def test_absence_is_said_in_four_ways(store: Store) -> None:
    ended, retracted = settle(store, house(), house(117.1), start=JUNE)
    with store.transaction("county", "demolished") as tx:
        tx.end({ended: JULY})
        tx.retract([retracted])
    view = store.view(valid_at=JULY)
    for refusal, rule, seen, code in [
        (Gone, "code.ended", view, ended),
        (Gone, "code.retracted", view, retracted),
        (NotFound, "code.early", store.view(valid_at=MAY), ended),
        (NotFound, "code.unknown", view, "999999999999"),
        (NotFound, "code.unknown", store.view(valid_at=JULY, known_at=0), ended),
    ]:
        with pytest.raises(refusal) as caught:
            seen.get(code)
        assert caught.value.rule == rule
    assert store.view(valid_at=JULY, known_at=1).get(ended).code == ended, (
        "what was known then is still known to have been known"
    )


def test_an_exception_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(RuntimeError), store.transaction("county", "fails") as tx:
        tx.put([Version(code, Period(MAY), house()) for code in tx.issue([house()])])
        raise RuntimeError
    assert store.view(valid_at=MAY).count() == 0
    assert store.transactions() == []
    assert store.database.query("SELECT COUNT(*) FROM entity") == [(0,)]


def test_a_transaction_that_says_nothing_takes_no_number(store: Store) -> None:
    with store.transaction("county", "nothing"):
        pass
    settle(store, house())
    assert [record.number for record in store.transactions()] == [1]


def test_ending_what_is_not_there_is_refused(store: Store) -> None:
    with pytest.raises(Conflict) as caught, store.transaction("county", "ends nothing") as tx:
        tx.end({"999999999999": JUNE})
    assert caught.value.rule == "change.order"


def test_pages_of_any_size_add_up_to_the_whole(store: Store) -> None:
    settle(store, *[house(117 + place / 100) for place in range(7)])
    whole = [version.code for version in store.view(valid_at=MAY).versions()]
    assert len(whole) == 7
    assert whole == sorted(whole)
    for size in (1, 2, 3, 7, 8):
        found: list[str] = []
        while page := list(store.view(valid_at=MAY).versions(after=found[-1] if found else None, limit=size)):
            found += [version.code for version in page]
        assert found == whole


def test_the_feed_pages_by_position(store: Store) -> None:
    codes = settle(store, *[house(117 + place / 100) for place in range(4)])
    with store.transaction("county", "second") as tx:
        tx.put([Version(codes[0], Period(JUNE), house(117, size=0.002))])
        tx.end({codes[1]: JUNE})
    whole = store.changes()
    assert [(change.cursor, change.kind) for change in whole] == [
        *[(Cursor(1, place), "create") for place in range(4)],
        (Cursor(2, 0), "change"),
        (Cursor(2, 1), "end"),
    ]
    paged: list[object] = []
    cursor = Cursor()
    while page := store.changes(cursor, limit=1):
        paged += page
        cursor = page[-1].cursor
    assert paged == whole


def test_boxes_find_what_touches_them(store: Store) -> None:
    codes = settle(store, *[house(117 + place / 100) for place in range(5)])
    view = store.view(valid_at=MAY)
    assert [v.code for v in view.within((117.009, 36.5, 117.021, 36.7))] == sorted(codes[1:3])
    assert [v.code for v in view.within((117.009, 36.5, 117.021, 36.7), ["roads"])] == []
    assert view.within((117.009, 36.5, 117.021, 36.7), ["buildings", "roads"]) == view.named(codes[1:3])
    assert [v.code for v in view.versions("buildings", (117.039, 36, 118, 37))] == [codes[4]]
    assert view.extent("buildings") == pytest.approx((117, 36.6, 117.041, 36.601), abs=1e-4)


def test_a_box_is_looked_up_in_the_index_of_boxes_and_no_layer_is_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(store, *[house(117 + place / 100) for place in range(5)])
    view, query, asked = store.view(valid_at=MAY), store.database.query, []

    def noted(statement: str, values: Sequence[object] = ()) -> list[Row]:
        asked.append((statement, values))
        return query(statement, values)

    monkeypatch.setattr(store.database, "query", noted)
    assert len(view.within((117.009, 36.5, 117.021, 36.7), ["buildings"])) == 2
    if isinstance(store.database, SqliteDatabase):
        ((statement, values),) = asked
        steps = [row[3] for row in query(f"EXPLAIN QUERY PLAN {statement}", values)]
        assert [step.split(" VIRTUAL")[0] for step in steps[:1]] == ["SCAN b"], steps
        assert steps[1:] == ["SEARCH v USING INTEGER PRIMARY KEY (rowid=?)"]
    assert view.extent("roads") is None
    assert view.layers() == {"buildings": 5}


def test_the_index_is_in_key_order_and_tells_every_change(store: Store) -> None:
    codes = settle(store, *[house(117 + place / 10) for place in range(4)])
    before = store.view(valid_at=MAY).index("buildings")
    assert (np.diff(before.keys.astype(np.int64)) >= 0).all()
    assert len(set(before.digests.tolist())) == 4
    key = int(position_keys([117.0005], [36.6005])[0])
    [found] = store.view(valid_at=MAY).states_between("buildings", key, key)
    assert found.code == codes[0]
    with store.transaction("county", "second") as tx:
        tx.put(
            [
                Version(
                    codes[0],
                    Period(JUNE),
                    State("310301", house().geometry, height=12.0),
                )
            ]
        )
    after = store.view(valid_at=JUNE).index("buildings")
    assert sum(old != new for old, new in zip(before.digests, after.digests, strict=True)) == 1
    assert store.view(valid_at=MAY).index("buildings").digests.tolist() == before.digests.tolist()


def test_dirty_keys_are_where_two_moments_differ(store: Store) -> None:
    codes = settle(store, house(117), house(118), house(119, 36))
    with store.transaction("county", "second") as tx:
        tx.put([Version(codes[1], Period(JUNE), house(118.5))])
        tx.end({codes[2]: JULY})
    keys = {lon: int(position_keys([lon + 0.0005], [36.6005])[0]) for lon in (117, 118, 118.5)}
    dirty = store.dirty_keys("buildings", Moment(JUNE, 1), Moment(JUNE, 2)).tolist()
    assert keys[117] not in dirty
    assert {keys[118], keys[118.5]} <= set(dirty)
    passing = store.dirty_keys("buildings", Moment(JUNE, 2), Moment(JULY, 2)).tolist()
    assert passing == [int(position_keys([119.0005], [36.0005])[0])], "a day that passes dirties what ends on it"
    settle(store, State("430501", shapely.LineString([(117.0, 36.6), (117.001, 36.601)])))
    one, two, three = (Moment(JUNE, number) for number in (1, 2, 3))
    assert store.dirty_keys("roads", two, three).tolist() == [keys[117]]
    assert store.dirty_keys("buildings", two, three).tolist() == []
    assert store.dirty_keys("buildings", one, three).tolist() == dirty, "it goes on from what was read last"
    assert store.dirty_keys("roads", one, three).tolist() == [keys[117]]
    assert store.dirty_keys("buildings", two, one).tolist() == dirty


def test_all_that_ever_was_is_told_by_code_and_day_as_known_at_a_transaction(store: Store) -> None:
    first, second = sorted(settle(store, house(117), house(118)))
    with store.transaction("county", "second") as tx:
        tx.put([Version(first, Period(JUNE), house(117, size=0.002))])
        tx.end({second: JULY})
    everything = (0, 2**63 - 1)
    view = store.view(valid_at=JULY)
    periods = [(one.code, one.period) for one in view.ever_between("buildings", *everything)]
    assert periods == [(first, Period(MAY, JUNE)), (first, Period(JUNE)), (second, Period(MAY, JULY))]
    index, before = view.index_ever("buildings"), store.view(Moment(JULY, 1)).index_ever("buildings")
    assert (len(index.keys), len(before.keys)) == (3, 2)
    assert not set(index.digests.tolist()) & set(before.digests.tolist()), "an end is part of what a digest tells"
    assert index.keys.tolist() == sorted(index.keys.tolist())


def test_what_was_told_lately_is_counted_in_changes(store: Store) -> None:
    assert store.lately(10) == 0
    codes = settle(store, house(117), house(118), house(119))
    for day in (JUNE, JUNE + 1):
        with store.transaction("county", "again") as tx:
            tx.put([Version(codes[0], Period(day), house(117))])
    assert [store.lately(changes) for changes in (1, 2, 3, 5, 100)] == [3, 2, 1, 1, 1]


def test_the_timeline_counts_entities_a_day(store: Store) -> None:
    codes = settle(store, house(117), house(118), house(119))
    with store.transaction("county", "second") as tx:
        tx.put([Version(codes[0], Period(JUNE), house(117, size=0.002))])
        tx.end({codes[1]: JUNE})
    settle(store, State("430501", shapely.LineString([(117, 36.6), (117.01, 36.61)])))
    assert store.timeline(["buildings"]) == [(MAY, 3, 3), (JUNE, 2, 2)]
    assert store.timeline(["buildings"], (116.9, 36, 117.5, 37)) == [(MAY, 1, 1), (JUNE, 1, 1)]
    assert store.timeline(["buildings", "roads"]) == [(MAY, 4, 4), (JUNE, 2, 3)]
    assert store.timeline(["buildings", "roads"], (118.9, 36, 119.5, 37)) == [(MAY, 1, 1)]
    assert store.timeline(["water"]) == []


def test_what_differs_between_two_days(store: Store) -> None:
    codes = settle(store, house(117), house(118), house(119), house(120))
    with store.transaction("county", "second") as tx:
        tx.put([Version(codes[0], Period(JUNE), replace(house(117), name="raised"))])
        tx.end({codes[1]: JUNE})
        (added,) = tx.issue([house(121)])
        tx.put([Version(added, Period(JUNE), house(121))])
    count, found = store.differences("buildings", (MAY, JULY))
    told = {one.code: (one.kind, one.name) for one in found}
    assert (count, told) == (3, {codes[0]: ("changed", "raised"), codes[1]: ("gone", None), added: ("new", None)})
    assert [one.code for one in found] == sorted(told)
    count, first = store.differences("buildings", (MAY, JULY), limit=1)
    assert (count, first) == (3, found[:1])
    assert store.differences("buildings", (MAY, JULY), after=first[0].code) == (3, found[1:])
    assert {one.code: round(one.box[0]) for one in found} == {codes[0]: 117, codes[1]: 118, added: 121}
    assert store.differences("buildings", (MAY, JULY), (117.5, 36, 118.5, 37))[0] == 1
    assert store.differences("buildings", (JUNE, JULY)) == (0, [])


def test_any_code_leads_to_the_entity(store: Store) -> None:
    [code] = settle(store, house(name="历下区政务中心"))
    with store.transaction("registry", "links") as tx:
        tx.link([Link(code, "real-estate-unit", "370102001001GB00001F00010001", Period(MAY))])
    spatial = store.spatial_code(code)
    for text in (
        code,
        code.lower(),
        spatial,
        "370102001001GB00001F00010001",
        "real-estate-unit:370102001001GB00001F00010001",
    ):
        assert store.resolve(text) == [code], text
    assert store.resolve("nothing") == []
    assert [link.value for link in store.links(code)] == ["370102001001GB00001F00010001"]
    assert [version.code for version in store.search("政务")] == [code]
    assert store.search("100%") == []


def test_names_are_found_by_pinyin_and_the_first_of_each_name_before_the_others(store: Store) -> None:
    names = ["解放路", "解放路", "解放路", "解放东路", "街坊楼", "历山路"]
    codes = settle(store, *(replace(house(117 + place), name=name) for place, name in enumerate(names)))
    assert [version.code for version in store.search("解放", 2)] == [codes[3], min(codes[:3])]
    assert [version.state.name for version in store.search("jie fang lu")] == ["解放路"] * 3
    assert [version.state.name for version in store.search("jf", 3)] == ["解放路", "街坊楼", "解放东路"]
    assert {version.state.name for version in store.search("fanglu")} == {"解放路"}
    assert [len(store.search(text)) for text in ("j", "lsl", "%", "7")] == [0, 1, 0, 0]


def test_spatial_codes_of_one_place_are_numbered(store: Store) -> None:
    first = settle(store, house(), house())
    second = settle(store, house())
    codes = [store.spatial_code(code) for code in (*first, *second)]
    assert len(set(codes)) == 3
    assert codes == sorted(codes)


def test_lineage_is_told_to_parent_and_child(store: Store) -> None:
    parent, left, right = settle(store, house(), house(117.2), house(117.3))
    steps = [Lineage("split", parent, left, 1.0, JUNE), Lineage("split", parent, right, 1.0, JUNE)]
    with store.transaction("county", "split") as tx:
        assert tx.descend(steps) == 0
    told = [replace(step, number=2) for step in steps]
    assert store.lineage(parent) == told
    assert store.lineage(left) == told[:1]


def test_a_transaction_names_its_survey(store: Store) -> None:
    [code] = settle(store, house())
    with store.transaction("city", "second", "second.gpkg") as tx:
        tx.put([Version(code, Period(JUNE), house(size=0.002))])
    now, before = (store.view(valid_at=day).get(code) for day in (JUNE, MAY))
    assert store.surveys({now.surveyed, before.surveyed}) == {1: ("first.gpkg", "county"), 2: ("second.gpkg", "city")}
    assert before.surveyed == 1, "what is left of a version keeps the survey that it came from"
    assert [v.known_to for v in store.history(code)] == [2, LATEST, LATEST]


def test_two_bases_do_not_share(new_store: Callable[[], Store]) -> None:
    with closing(new_store()) as one, closing(new_store()) as two:
        settle(one, house())
        assert two.view(valid_at=MAY).count() == 0
