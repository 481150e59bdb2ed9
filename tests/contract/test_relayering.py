"""A class table that says other layers than before: what the base holds is found there, and all it said still holds."""

from pathlib import Path

import pytest
import shapely

from entities.classes import ClassTable
from entities.model import Period, State, Version
from entities.store import Store
from entities.store.relayering import relayer
from entities.store.sealing import seal


@pytest.fixture
def table(tmp_path: Path) -> ClassTable:
    """The shipped table with single trees in a layer of another name."""
    text = (Path(__file__).parents[2] / "entities/data/classes.csv").read_text("utf-8")
    path = tmp_path / "classes.csv"
    path.write_text(text.replace(",trees,", ",vegetation,"), encoding="utf-8")
    return ClassTable.load(path)


def test_what_is_held_moves_to_the_layers_of_the_table(store: Store, table: ClassTable) -> None:
    states = [State(code, shapely.Point(117 + row, 36)) for row, code in enumerate(("810511", "825004", "380501"))]
    with store.transaction("lixia", "trees", "trees.gpkg") as transaction:
        codes = transaction.issue(states)
        transaction.put([Version(code, Period(0), state) for code, state in zip(codes, states, strict=True)])
    before = seal(store.database, 1)
    assert relayer(store.database, store.meaning.classes) == 0
    assert relayer(store.database, table) == 2 + 2
    assert store.view(valid_at=1).layers() == {"points": 1, "vegetation": 2}
    assert [change.layer for change in store.changes()] == ["vegetation", "vegetation", "points"]
    assert relayer(store.database, table) == 0
    assert relayer(store.database, store.meaning.classes) == 4
    assert store.view(valid_at=1).layers() == {"points": 1, "trees": 2}
    assert seal(store.database, 1) == before


def test_a_class_that_the_table_lacks_stays_where_it_is(store: Store, tmp_path: Path) -> None:
    state = State("810511", shapely.Point(117, 36))
    with store.transaction("lixia", "trees", "trees.gpkg") as transaction:
        [code] = transaction.issue([state])
        transaction.put([Version(code, Period(0), state)])
    lines = (Path(__file__).parents[2] / "entities/data/classes.csv").read_text("utf-8").splitlines()
    path = tmp_path / "classes.csv"
    path.write_text("\n".join(line for line in lines if not line.startswith("810511")), encoding="utf-8")
    assert relayer(store.database, ClassTable.load(path)) == 0
    assert store.view(valid_at=1).layers() == {"trees": 1}
