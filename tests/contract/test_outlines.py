"""What a map reads of a layer, on both databases: everything that touches a box at a moment, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from entities.model import Period, State, Version
from entities.position import position_keys
from entities.store import Store
from entities.store import outlines as reading
from entities.store.outlines import listing, outlines
from tests.contract.test_store import JUNE, MAY, house, settle

BOX = (117.0, 36.6, 117.01, 36.61)


def seen(store: Store, box: tuple[float, float, float, float] = BOX, **moment: int) -> list[str]:
    view = store.view(**moment)
    found = outlines(view, listing(view, "buildings", box).ids.tolist())
    return [one.code for one in found]


def test_what_touches_a_box_is_listed_by_code(store: Store) -> None:
    inside, across, outside = settle(store, house(), house(117.0095), house(117.02))
    road = State("430501", shapely.LineString([(117.0, 36.6), (117.01, 36.61)]))
    settle(store, road)
    assert seen(store) == sorted([inside, across])
    assert seen(store, (117.0195, 36.6, 117.03, 36.61)) == [outside]
    assert seen(store, (100, 30, 101, 31)) == []


def test_small_layers_are_listed_alike(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(store, *(house(116.9 + 0.02 * row) for row in range(11)))
    settle(store, State("430501", shapely.LineString([(117.0, 36.6), (117.01, 36.61)])))
    boxes = [(117.0 + 0.02 * row, 36.5, 117.0 + 0.02 * row + 0.05, 36.7) for row in range(-8, 8)]
    small = [seen(store, box) for box in boxes]
    monkeypatch.setattr(reading, "FEW", 0)
    assert [seen(store, box) for box in boxes] == small
    assert {len(found) for found in small} >= {0, 1, 3}


def test_a_listing_is_of_a_moment(store: Store) -> None:
    [code] = settle(store, house())
    with store.transaction("county", "raised") as tx:
        tx.put([Version(code, Period(JUNE), replace(house(), height=21.0))])
    view = store.view(valid_at=MAY)
    then, now = (listing(one, "buildings", BOX) for one in (view, store.view(valid_at=JUNE)))
    assert (len(then.ids), len(now.ids)) == (1, 1)
    assert then.digests[0] != now.digests[0]
    [old], [new] = (outlines(view, one.ids.tolist()) for one in (then, now))
    assert (old.code, old.class_code, old.name, old.height, old.start) == (code, "310301", None, 9.0, MAY)
    assert (new.height, new.start) == (21.0, JUNE)
    assert shapely.equals(new.shape, house().geometry)
    assert seen(store, valid_at=JUNE, known_at=1) == [code]
    assert seen(store, valid_at=MAY - 1) == []


def test_boxes_hold_what_they_are_of(store: Store) -> None:
    settle(store, house(), house(117.005))
    found = listing(store.view(valid_at=MAY), "buildings", BOX)
    bounds = shapely.bounds(np.array([one.shape for one in outlines(store.view(valid_at=MAY), found.ids.tolist())]))
    assert (found.boxes[:, :2] <= bounds[:, :2]).all() and (found.boxes[:, 2:] >= bounds[:, 2:]).all()
    assert np.abs(found.boxes - bounds).max() == pytest.approx(0, abs=2e-5)


def test_the_boxes_of_an_index_stand_in_its_order(store: Store) -> None:
    codes = settle(store, *(house(117.0 + 0.003 * row) for row in (4, 0, 3, 1, 2)))
    with store.transaction("county", "moved") as tx:
        tx.put([Version(codes[0], Period(JUNE), house(117.05))])
    for ever in (False, True):
        view = store.view(valid_at=JUNE)
        index = view.index_ever("buildings") if ever else view.index("buildings")
        boxes = view.boxes("buildings", ever=ever)
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        assert len(boxes) == len(index.keys) == (6 if ever else 5)
        assert position_keys(*middles.T).tolist() == index.keys.tolist()
        first, last = int(index.keys[1]), int(index.keys[3])
        assert view.boxes("buildings", first, last, ever).tolist() == boxes[1:4].tolist()


def test_what_ever_stood_in_some_boxes_is_found_by_its_keys(store: Store) -> None:
    [code] = settle(store, house())
    settle(store, house(117.02), State("430501", shapely.LineString([(117.0, 36.6), (117.01, 36.61)])))
    before = store.view().index("buildings").keys.tolist()
    with store.transaction("county", "gone") as tx:
        tx.end({code: JUNE})
    assert store.keys_near("buildings", [BOX, BOX]).tolist() == before[:1]
    assert store.keys_near("buildings", [BOX, (117.0195, 36.6, 117.03, 36.61)]).tolist() == sorted(before)
    assert store.keys_near("buildings", []).tolist() == []
