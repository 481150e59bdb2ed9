"""Builds: incremental equals full to the byte, published whole, rolled back, collected."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from entities.errors import NotFound
from entities.model import LATEST, Moment, Version
from tests.tiling.made import DAY, SETTINGS, Base, MemorySource, house, settings, steep_house, town
from tiling.building import overviews
from tiling.building import settings as settings_module
from tiling.building.build import build
from tiling.building.footing import Held
from tiling.building.settings import Settings
from tiling.heights import ConstantAnomaly
from tiling.stored.check import check
from tiling.stored.published import HELD, Published, before, collect, hold, manifest_name, reachable, release, states
from tiling.stored.sink import POINTER, FolderSink, MemorySink

# A few crowded places and a few lonely ones, so that leaves split, merge and vanish.
EASTS = [0.0, 1.0, 2.0, 40.0, 41.0, 300.0, 5_000.0, 90_000.0]
codes = st.integers(0, 30).map("E{:02d}".format)
houses = st.builds(
    lambda code, east, north, side, tall: house(code, east, north, side, height=tall),
    codes,
    st.sampled_from(EASTS),
    st.sampled_from([0.0, 3.0, 60.0, 4_000.0]),
    st.sampled_from([5.0, 12.0, 200.0]),
    st.sampled_from([None, 3.0, 80.0]),
)


class Builds(RuleBasedStateMachine):
    """Random edits in random order; one sink is kept up to date, and a new one made whole each time."""

    def __init__(self) -> None:
        super().__init__()
        self.base = Base()
        self.sink = MemorySink()
        self.settings = settings(3)
        self.source = self.base.commit()
        build(self.source, self.sink, self.settings)

    @rule(put=st.lists(houses, max_size=12))
    def survey(self, put: list[Version]) -> None:
        self.source = self.base.commit(put)
        self._update()

    @rule(end=st.sets(codes, max_size=12))
    def demolish(self, end: set[str]) -> None:
        self.source = self.base.commit(end=end)
        self._update()

    @rule(put=st.lists(houses, min_size=1, max_size=3), end=st.sets(codes, max_size=3))
    def do_both_twice_before_building(self, put: list[Version], end: set[str]) -> None:
        self.base.commit(put)
        self.source = self.base.commit(end=end)
        self._update()

    @rule()
    def take_back(self) -> None:
        earlier = self.base.states[-2]
        self.source = self.base.commit(earlier.values(), self.base.states[-1].keys() - earlier.keys())
        self._update()

    def _update(self) -> None:
        build(self.source, self.sink, self.settings, Published.now(self.sink))

    @invariant()
    def incremental_equals_full(self) -> None:
        whole = MemorySink()
        build(self.source, whole, self.settings)
        assert self.sink.get(POINTER) == whole.get(POINTER)
        shown = reachable(self.sink, POINTER)
        assert shown == reachable(whole, POINTER)
        assert {name: self.sink.get(name) for name in shown} == {name: whole.get(name) for name in shown}
        assert check(self.sink) == []


Builds.TestCase.settings = hypothesis_settings(
    max_examples=30, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck)
)
TestBuilds = Builds.TestCase


def built(count: int = 500, features: int = 20) -> tuple[Base, MemorySink, Settings]:
    base, sink, chosen = Base(), MemorySink(), settings(features)
    build(base.commit(town(count)), sink, chosen)
    return base, sink, chosen


def raised(base: Base, code: str = "T000003") -> Version:
    """A building of the last state, higher than it was."""
    standing = base.states[-1][code]
    return replace(standing, state=replace(standing.state, height=99.0))


def test_a_build_says_what_it_did() -> None:
    base, sink, chosen = built()
    report = build(base.commit([raised(base)]), sink, chosen, Published.now(sink))
    assert report.features == 500
    assert report.files_written + report.files_kept == len(reachable(sink, POINTER)) + 2
    assert report.tiles_drawn == 1 and report.files_written == 8
    assert {POINTER, manifest_name(report.root)} < sink.names()


@pytest.mark.parametrize(("change", "most"), [(raised, 8), (lambda base: house("T000003", 3.0), 12)])
def test_one_change_leaves_every_other_file_as_it_is(change: Callable[[Base], Version], most: int) -> None:
    """Where a building changes, the tiles over it change, and those alone; one that moved does so in two places."""
    base, sink, chosen = built()
    before = dict(sink.blobs)
    report = build(base.commit([change(base)]), sink, chosen, Published.now(sink))
    changed = [name for name, blob in sink.blobs.items() if before.get(name) != blob]
    assert len(changed) == report.files_written <= most
    assert [name for name in before if before[name] != sink.blobs[name]] == [POINTER]


def test_building_again_writes_nothing() -> None:
    base, sink, chosen = built()
    before = dict(sink.blobs)
    report = build(base.at(1), sink, chosen, Published.now(sink))
    assert (report.files_written, report.tiles_drawn) == (0, 0)
    assert sink.blobs == before


def test_the_state_before_can_be_shown_again() -> None:
    base, sink, chosen = built()
    shown = sink.get(POINTER)
    build(base.commit(end=["T000003"]), sink, chosen, Published.now(sink))
    after = sink.get(POINTER)
    earlier = before(sink)
    assert earlier is not None and earlier.moment == Moment(DAY, 1)
    hold(sink, earlier)
    assert sink.get(POINTER) == shown and sink.has(HELD)
    assert check(sink) == []
    assert before(sink) is None
    release(sink)
    build(base.at(2), sink, chosen, Published.now(sink))
    assert sink.get(POINTER) == after
    assert [state.moment.known_at for state in states(sink)] == [2, 1]


def test_two_states_that_follow_each_other_for_ever_are_two() -> None:
    base, sink, chosen = built()
    other = replace(chosen, title="Houses")
    for each in (other, chosen, other):
        build(base.at(1), sink, each, Published.now(sink))
    assert len(list(states(sink))) == 2


def test_collecting_keeps_what_is_shown_and_the_states_asked_for() -> None:
    base, sink, chosen = built()
    build(base.commit(end=["T000003"]), sink, chosen, Published.now(sink))
    assert collect(sink, kept=2) == 0
    assert collect(sink) > 0
    assert check(sink) == []
    assert len(list(states(sink))) == 1
    whole = MemorySink()
    build(base.at(2), whole, chosen)
    assert reachable(sink, POINTER) == reachable(whole, POINTER) and len(sink.blobs) == len(whole.blobs)


def test_collecting_leaves_what_was_stored_lately(tmp_path: Path) -> None:
    base, chosen, sink = Base(), settings(20), FolderSink(tmp_path)
    build(base.commit(town(60)), sink, chosen)
    early = sink.names()
    for name in early:
        os.utime(tmp_path / name, (1_000, 1_000))
    build(base.commit([raised(base)]), sink, chosen, Published.now(sink))
    build(base.commit(end=["T000003"]), sink, chosen, Published.now(sink))
    late = sink.names() - early
    assert collect(sink, kept=1, until=2_000) > 0
    assert late < sink.names() and len(list(states(sink))) == 2


def test_settings_that_change_the_drawing_draw_everything_anew() -> None:
    base, sink, chosen = built()
    other = replace(chosen, anomaly=ConstantAnomaly(7.0, "another"))
    report = build(base.at(1), sink, other, Published.now(sink))
    assert report.tiles_drawn == report.tiles
    whole = MemorySink()
    build(base.at(1), whole, other)
    assert sink.get(POINTER) == whole.get(POINTER)


def test_settings_that_change_the_leaves_draw_only_the_other_leaves() -> None:
    base, sink, chosen = built()
    report = build(base.at(1), sink, replace(chosen, features=40), Published.now(sink))
    assert 0 < report.tiles_drawn < report.tiles
    whole = MemorySink()
    build(base.at(1), whole, replace(chosen, features=40))
    assert sink.get(POINTER) == whole.get(POINTER)


def test_blocks_that_are_drawn_otherwise_are_all_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    base, sink, chosen = built()
    monkeypatch.setattr(settings_module, "BLOCKS", 99), monkeypatch.setattr(overviews, "BLOCKS", 99)
    report = build(base.at(1), sink, chosen, Published.now(sink))
    assert report.tiles_drawn == 0
    whole = MemorySink()
    build(base.at(1), whole, chosen)
    assert sink.get(POINTER) == whole.get(POINTER)


def test_a_build_cut_off_leaves_what_was_published() -> None:
    base, sink, chosen = built()
    before = sink.get(POINTER)
    source = base.commit(town(500, seed=2))

    class Full(MemorySink):
        def put(self, name: str, data: bytes) -> None:
            if name.startswith("t/13"):
                raise OSError("no space left")
            super().put(name, data)

    full = Full()
    full.blobs = sink.blobs
    with pytest.raises(OSError, match="no space"):
        build(source, full, chosen, Published.now(sink))
    assert sink.get(POINTER) == before
    assert [finding.rule for finding in check(sink) if finding.severity == "error"] == []
    build(source, sink, chosen, Published.now(sink))
    assert [finding.rule for finding in check(sink)] == []


def test_a_source_must_say_which_transaction_it_knows_of() -> None:
    source = replace(Base().commit(), moment=Moment(DAY, LATEST))
    with pytest.raises(ValueError, match="transaction"):
        build(source, MemorySink(), SETTINGS)


def test_nothing_is_a_tileset_too() -> None:
    base, sink = Base(), MemorySink()
    build(base.commit(), sink, SETTINGS)
    assert check(sink) == []
    build(base.commit([house("A")]), sink, SETTINGS, Published.now(sink))
    build(base.commit(end=["A"]), sink, SETTINGS, Published.now(sink))
    assert check(sink) == []
    assert Published.now(MemorySink()) is None


def test_measured_buildings_are_built(tmp_path: Path) -> None:
    sink = FolderSink(tmp_path)
    report = build(Base().commit([steep_house("A"), house("B", 40)]), sink, SETTINGS)
    assert (report.tiles, report.features) == (1, 2)
    assert check(sink) == []


def test_a_folder_holds_what_memory_holds(tmp_path: Path) -> None:
    base, sink, chosen = built()
    folder = FolderSink(tmp_path)
    build(base.at(1), folder, chosen)
    assert {name: folder.get(name) for name in folder.names()} == sink.blobs


def town_source() -> MemorySource:
    return Base().commit(town(2_000))


@pytest.fixture
def reopen(monkeypatch: pytest.MonkeyPatch) -> Callable[[], MemorySource]:
    """The town's source, found by other processes too."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2])
    monkeypatch.setattr("tiling.building.drawing.MANY", 8)
    return town_source


def test_other_processes_build_the_same_bytes(reopen: Callable[[], MemorySource]) -> None:
    alone, together = MemorySink(), MemorySink()
    progress: list[tuple[int, int]] = []
    build(town_source(), alone, settings(20, workers=1))
    told = progress.append
    report = build(town_source(), together, settings(20, workers=2), progress=lambda *now: told(now), reopen=reopen)
    assert alone.digest() == together.digest()
    assert progress[-1] == (report.tiles, report.tiles) and len(progress) > 10


def broken_source(where: str) -> MemorySource:
    raise NotFound.because("tiles.blob", name=where)


@pytest.mark.usefixtures("reopen")
def test_a_process_that_fails_fails_the_build() -> None:
    sink = MemorySink()
    with pytest.raises(NotFound, match=r"tiles\.blob"):
        build(town_source(), sink, settings(20, workers=2), reopen=partial(broken_source, "x"))
    assert not sink.has(POINTER)


def test_the_manifest_is_read_back() -> None:
    _, sink, chosen = built()
    state = Published.now(sink)
    assert state is not None
    again = Published.unpack(state.pack())
    assert again.root == sink.get(POINTER) and again.key == chosen.key and again.moment == state.moment
    for part in ("leaves", "overviews", "files"):
        assert np.array_equal(getattr(again, part), getattr(state, part))
    assert again.blobs() == sink.names() == reachable(sink, POINTER) | {POINTER, manifest_name(state.name)}


def test_a_manifest_from_before_tiles_lay_on_a_ground_is_read() -> None:
    _, sink, _ = built(10)
    state: Any = Published.now(sink)
    head, _, rows = state.pack().partition(b"\n")
    form, *told, ground = json.loads(head)
    assert (form, ground) == (4, [])
    assert Published.unpack(json.dumps([3, *told]).encode() + b"\n" + rows).pack() == state.pack()
    held = (Held("a", 14, 117.0, 36.5, 117.1, 36.6),)
    assert Published.unpack(replace(state, ground=held).pack()).ground == held


def test_a_manifest_of_another_form_is_not_guessed_at(monkeypatch: pytest.MonkeyPatch) -> None:
    _, sink, _ = built(10)
    state: Any = Published.now(sink)
    monkeypatch.setattr("tiling.stored.published._FORM", 5)
    blob = state.pack()
    monkeypatch.undo()
    with pytest.raises(ValueError, match="form 5"):
        Published.unpack(blob)


def test_what_an_earlier_program_published_is_built_anew() -> None:
    base, sink, chosen = built(20)
    for name in sink.names("m"):
        sink.delete(name)
    assert Published.now(sink) is None
    report = build(base.at(1), sink, chosen, Published.now(sink))
    assert report.tiles_drawn == 0 and Published.now(sink) is not None
