"""Trees, places and layers of boreholes tiled per second, and what each takes in bytes.

`python -m tests.bench things` prints the figures: one process, whole builds in memory, every tile with
its table and gzip-encoded. There is no peer: no tiler that we know makes instances or boreholes from a base.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import shapely

from entities.model import Period, State, Version, fingerprints
from entities.position import position_keys
from tests.bench.bench_tiles import DAY, SETTINGS, Listed
from tiling.building.build import build
from tiling.building.settings import Settings
from tiling.layers.boreholes import BOREHOLES
from tiling.layers.places import PLACES
from tiling.layers.trees import TREES
from tiling.stored.sink import MemorySink

COUNT = 100_000
LAYERS_A_HOLE = 10
SPECIES = ("雪松", "毛白杨", "法桐", "国槐")


def bench(_: Path, count: int = COUNT) -> Iterator[str]:
    """Tile trees, places, and a twentieth as many boreholes."""
    random = np.random.default_rng(7)
    layers = {
        "trees": (TREES, [_tree(row, random) for row in range(count)], 1),
        "places": (PLACES, [State("385001", _point(random), f"历山路{row}号", base=30.0) for row in range(count)], 1),
        "layers of boreholes": (BOREHOLES, [_hole(random) for _ in range(count // 20)], LAYERS_A_HOLE),
    }
    for name, (layer, states, each) in layers.items():
        sink = MemorySink()
        began, spent = time.perf_counter(), time.process_time()
        build(_listed(states), sink, Settings(SETTINGS.anomaly, layer, features=400, workers=1))
        wall, cpu = time.perf_counter() - began, time.process_time() - spent
        parts = len(states) * each
        stored = sum(len(sink.get(blob)) for blob in sink.names("c"))
        yield (
            f"{name + ' tiled, one process':44}{parts / cpu:10,.0f}/s of processor time, {parts / wall:,.0f}/s, "
            f"{stored / parts:.0f} bytes each"
        )


def _point(random: np.random.Generator) -> shapely.Point:
    return shapely.Point(*np.round([117 + random.uniform(0, 0.2), 36.6 + random.uniform(0, 0.2)], 9))


def _tree(row: int, random: np.random.Generator) -> State:
    told = {"树种": SPECIES[row % 4], "冠幅": round(2 + 8 * float(random.random()), 1)}
    return State("825004", _point(random), height=round(3 + 20 * float(random.random()), 1), base=30.0, attributes=told)


def _hole(random: np.random.Generator) -> State:
    depths = np.round(np.cumsum(random.uniform(0.5, 6, LAYERS_A_HOLE)), 2).tolist()
    names = ("杂填土", "粉质黏土", "中砂", "卵石", "强风化泥岩")
    strata = [
        {"top": top, "base": base, "name": names[row % 5]}
        for row, (top, base) in enumerate(zip([0.0, *depths], depths, strict=False))
    ]
    return State("320903", _point(random), "ZK", base=30.0, attributes={"strata": json.dumps(strata)})


def _listed(states: list[State]) -> Listed:
    places = shapely.get_coordinates([state.geometry for state in states])
    keys = position_keys(places[:, 0], places[:, 1])
    order = np.argsort(keys, kind="stable")
    versions = [Version(f"T{row:011d}", Period(DAY), states[row], 1) for row in order.tolist()]
    return Listed(keys[order], np.array(fingerprints([version.state for version in versions]), "S16"), versions)
