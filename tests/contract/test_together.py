"""Several writers at once, and writers that die: one thing gets one entity, and nothing is ever half there."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import shapely

from entities.matching import MatchPolicy
from entities.model import Candidate, Period, State, Version, parse_day
from entities.settling import Settling, Survey
from entities.store import Cursor, Store
from tests.contract.processes import FORKED

MAY = parse_day("2026-05-01")


def border_house(row: int = 1) -> Candidate:
    return Candidate(
        row, State("310301", shapely.box(117 + row / 1000, 36, 117.0005 + row / 1000, 36.0005), height=9.0)
    )


def submit_border_houses(url: str, county: str) -> None:
    """What each of two counties does with the same ten houses on their border."""
    with closing(Store.open(url)) as store, store.transaction(county, "border") as transaction:
        settling = Settling(store, transaction, Survey(MAY, MatchPolicy.load()))
        settling.take([border_house(row) for row in range(10)])
        settling.finish(lambda done, total: None)


def write_without_end(url: str, started: str) -> None:
    """A load that is still going on when it is killed."""
    with closing(Store.open(url)) as store, store.transaction("county", "never finished") as transaction:
        row = 0
        while True:
            states = [border_house(row := row + 1).state for _ in range(500)]
            transaction.put(
                [Version(code, Period(MAY), one) for code, one in zip(transaction.issue(states), states, strict=True)]
            )
            Path(started).touch()


def url_of(store: Store) -> str:
    uri: str = store.database.dal._uri
    return uri.replace("sqlite://", "sqlite:///").replace("postgres://", "postgresql://")


def test_two_counties_at_once_make_one_entity_of_each_thing(store: Store) -> None:
    writers = [FORKED.Process(target=submit_border_houses, args=(url_of(store), name)) for name in ("east", "west")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    assert store.view(valid_at=MAY).count() == 10
    assert [record.number for record in store.transactions()] == [1]


def test_a_reader_that_follows_the_feed_misses_nothing(store: Store) -> None:
    writers = [FORKED.Process(target=write_one_by_one, args=(url_of(store), place)) for place in range(3)]
    for writer in writers:
        writer.start()
    cursor, seen = Cursor(), []
    while any(writer.is_alive() for writer in writers) or store.changes(cursor, limit=1):
        for change in store.changes(cursor, limit=7):
            seen.append(change.cursor)
            cursor = change.cursor
        store.database.rollback()
        time.sleep(0.005)
    assert all(writer.exitcode == 0 for writer in writers)
    assert seen == [change.cursor for change in store.changes(limit=10_000)]
    assert len(seen) == 3 * 8


def write_one_by_one(url: str, place: int) -> None:
    """Eight transactions of one entity each."""
    with closing(Store.open(url)) as store:
        for turn in range(8):
            with store.transaction("county", "one") as transaction:
                state = border_house(place * 100 + turn).state
                transaction.put([Version(transaction.issue([state])[0], Period(MAY), state)])


def test_a_load_that_is_killed_leaves_the_base_as_it_was(store: Store, tmp_path: Path) -> None:
    with store.transaction("county", "before") as transaction:
        state = border_house().state
        transaction.put([Version(transaction.issue([state])[0], Period(MAY), state)])
    store.database.rollback()
    started = tmp_path / "started"
    writer = FORKED.Process(target=write_without_end, args=(url_of(store), str(started)))
    writer.start()
    wait_for(started.exists)
    time.sleep(0.2)
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join(30)
    assert store.view(valid_at=MAY).count() == 1
    assert store.database.query("SELECT COUNT(*) FROM version") == [(1,)]
    assert store.database.query("SELECT COUNT(*) FROM entity") == [(1,)]
    with store.transaction("county", "after") as transaction:
        transaction.put([Version(transaction.issue([state])[0], Period(MAY), state)])
    assert [record.number for record in store.transactions()] == [1, 2]


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.01)
