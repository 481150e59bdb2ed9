"""Divisions are read as whoever sends them says them: by any field of a code, with or without level and parent."""

from dataclasses import replace

from tests.tiling.maps.conftest import MemoryView
from tiling.maps.divisions import Divisions


def told(view: MemoryView, *names: str) -> MemoryView:
    """The same divisions with some of their attributes alone, the code under another name; and one that has no code."""
    found = [
        replace(
            one,
            state=replace(
                one.state,
                attributes={name: one.state.attributes[name] for name in names}
                | {"gb2260": f"156{one.state.attributes['adcode']}"},
            ),
        )
        for one in view.layers["divisions"]
    ]
    stray = replace(found[0], code="X", state=replace(found[0].state, attributes={}))
    return MemoryView({"divisions": (*found, stray)})


def test_level_and_parent_follow_from_the_code(shandong: MemoryView) -> None:
    given, found = Divisions.read(shandong), Divisions.read(told(shandong))
    assert [(one.code, one.level, one.parent) for one in found.by_code.values()] == [
        (one.code, one.level, one.parent) for one in given.by_code.values()
    ]
