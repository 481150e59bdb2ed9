"""Ground layers of a service lie on its terrain: a survey of elevation redraws what it reaches, and nothing else."""

import gzip
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import shapely

from entities.model import Period, State, Version, parse_day
from entities.store import Store
from service.app import create_app
from service.config import Config
from service.holdings.adopting import Adoption, adopt
from service.tiles import making
from service.tiles.tile_store import tile_sink
from service.tiles.trees import Wanted
from tests.service.conftest import Base
from tests.service.test_tiles import contents
from tests.tiling.elevation import ground
from tests.tiling.elevation.ground import DEGREE, LAT, LON
from tiling.building.build import BuildReport
from tiling.stored.check_glb import Glb
from tiling.stored.published import Published, reachable
from tiling.stored.sink import POINTER

FIRST, SECOND = parse_day("2024-05-01"), parse_day("2025-05-01")


def parcel(east: float) -> State:
    west, south = LON + east + 2 * DEGREE, LAT + 2 * DEGREE
    return State("685001", shapely.box(west, south, west + 20 * DEGREE, south + 15 * DEGREE), "宗地", base=25.0)


@pytest.fixture
def store(base: Base) -> Iterator[Store]:
    """A base with a parcel where elevation is going to be surveyed, and one 20 km away."""
    with closing(base.store()) as store:
        with store.transaction("lixia", "parcels", "x") as transaction:
            states = [parcel(0.0), parcel(0.2)]
            codes = transaction.issue(states)
            transaction.put([Version(code, Period(FIRST), state) for code, state in zip(codes, states, strict=True)])
        yield store


def built(config: Config, whole: bool = False) -> dict[str, BuildReport]:
    return {one.layer: one.report for one in making.tiles(config, lambda *_: None, Wanted(("parcels",), whole))}


def shown(config: Config, tree: str) -> dict[str, bytes]:
    """The contents that a tree shows."""
    sink = tile_sink(config, tree)
    return {name: gzip.decompress(sink.get(name)) for name in reachable(sink, POINTER) if name.startswith("c/")}


def survey(base: Base, store: Store, folder: Path) -> str:
    path = ground.model(folder / "hills.tif", size=40)
    return adopt(base.config, store, Adoption((path,), Period(SECOND), "elevation"), lambda *_: None).holding.code


def test_only_tiles_over_a_survey_are_drawn_anew_and_a_past_day_is_as_it_was(
    base: Base, store: Store, tmp_path: Path
) -> None:
    built(base.config)
    before = [shown(base.config, tree) for tree in ("parcels", "history/parcels")]
    code = survey(base, store, tmp_path)
    reports = built(base.config)
    assert {tree: report.tiles_drawn for tree, report in reports.items()} == {"parcels": 1, "parcels/history": 1}
    after = [shown(base.config, tree) for tree in ("parcels", "history/parcels")]
    assert [len(old.keys() & new.keys()) for old, new in zip(before, after, strict=True)] == [1, 1]
    (high,) = [glb for name, glb in after[0].items() if name not in before[0]]
    heights = Glb(high).extremes()[:, 2]
    assert heights.max() - heights.min() > 20  # the hills are in it
    state = Published.now(tile_sink(base.config, "parcels"))
    assert state is not None and state.ground[0].hash == code_hash(store, code)

    built(base.config, whole=True)
    assert [shown(base.config, tree) for tree in ("parcels", "history/parcels")] == after
    client = create_app(base.config).test_client()
    past = contents(client, "/3dtiles/parcels/tileset.json?datetime=2024-06-01")
    assert {glb for _, glb in past} == set(before[0].values())

    with store.transaction("lixia", "a mistake", "x") as transaction:
        transaction.retract([code])
    assert built(base.config)["parcels"].tiles_drawn == 0  # all of it is still there
    assert shown(base.config, "parcels") == before[0]


def test_a_survey_whose_files_are_not_here_raises_nothing_until_they_are(
    base: Base, store: Store, tmp_path: Path
) -> None:
    code = survey(base, store, tmp_path)
    folder = base.config.data / "holdings" / "elevation" / code_hash(store, code)
    shutil.move(folder, tmp_path / "elsewhere")
    built(base.config)
    flat = shown(base.config, "parcels")
    shutil.move(tmp_path / "elsewhere", folder)
    assert built(base.config)["parcels"].tiles_drawn == 1  # with no word in the journal
    assert len(flat.keys() & shown(base.config, "parcels").keys()) == 1


def code_hash(store: Store, code: str) -> str:
    return str(store.view().get(code).state.attributes["holding"])
