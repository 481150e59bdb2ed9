"""All trees by one plan: as each alone, in their order, with one count of progress and one set of processes."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.tiling.made import Base, MemorySource, house, settings, town
from tiling.building.build import build
from tiling.building.scheduler import Task, build_all
from tiling.stored.published import Published
from tiling.stored.sink import POINTER, MemorySink, Sink


def town_source(seed: int) -> MemorySource:
    return Base().commit(town(400, seed=seed))


def task(name: str, sink: Sink, source: MemorySource, reopen: Callable[[], MemorySource] | None = None) -> Task:
    return Task(name, source, sink, settings(20), reopen or (lambda: source))


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let other processes draw even a few leaves."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2])
    monkeypatch.setattr("tiling.building.drawing.MANY", 8)


@pytest.mark.usefixtures("apart")
def test_trees_are_built_in_turn_by_the_same_processes_as_each_alone() -> None:
    sinks = {name: MemorySink() for name in ("one", "two")}
    tasks = [
        task(name, sink, town_source(seed), partial(town_source, seed))
        for seed, (name, sink) in enumerate(sinks.items(), 1)
    ]
    told: list[tuple[int, int]] = []
    published = []
    for name, report in build_all(tasks, 2, lambda done, total: told.append((done, total))):
        published.append((name, [other for other, sink in sinks.items() if sink.has(POINTER)]))
        assert report.features == 400
    assert published == [("one", ["one"]), ("two", ["one", "two"])]
    total = told[-1][1]
    assert told == [(done, total) for done in range(1, total + 1)]
    for seed, sink in enumerate(sinks.values(), 1):
        alone = MemorySink()
        build(town_source(seed), alone, settings(20))
        assert alone.digest() == sink.digest()


def test_only_what_changed_is_built_unless_all_is_to_be() -> None:
    base, sink = Base(), MemorySink()
    build(base.commit(town(60)), sink, settings(20))
    source = base.commit([house("T000003", height=99.0)])
    ((_, some),) = build_all([task("town", sink, source)], 1)
    assert 0 < some.tiles_drawn < some.tiles
    ((_, every),) = build_all([task("town", sink, source)], 1, anew=True)
    assert every.tiles_drawn == every.tiles and Published.now(sink) is not None


def test_a_build_is_taken_up_where_it_was_cut_off() -> None:
    class Cut(MemorySink):
        left = 9

        def put(self, name: str, data: bytes) -> None:
            self.left -= 1
            if not self.left:
                raise OSError("no space left")
            super().put(name, data)

    whole, sink = MemorySink(), Cut()
    source = town_source(1)
    alone = build(source, whole, settings(20))
    with pytest.raises(OSError, match="no space"):
        list(build_all([task("town", sink, source)], 1))
    assert not sink.has(POINTER) and len(sink.names("c")) == 8
    ((_, report),) = build_all([task("town", sink, source)], 1)
    assert report.tiles_drawn == alone.tiles_drawn - 8
    assert sink.digest() == whole.digest()
    assert replace(report, seconds=0.0).root == alone.root
