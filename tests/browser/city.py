"""A small city for the viewer to show: a grid of blocks; a year later one is raised, one pulled down, one added.

A water main lies two metres under one of its streets, and a tower to the west of it is a mesh.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import shapely
import yaml

from entities.model import Period, State, Version, parse_day
from entities.store import Store
from service.config import Config
from service.holdings.adopting import Adoption, adopt
from service.tiles import making

FIRST: Final = "2024-05-20"
SECOND: Final = "2025-05-19"
GROUND: Final = 35.0
WEST, SOUTH = 117.1, 36.65
STEP: Final = 0.0005  # degrees: about 45 m
SIDE: Final = 10
BUILDING: Final = "310301"
MAIN: Final = "543002"
BESIDE: Final = (2.3, 3.3, 4.3)
"""The rows at which a tree, a lamp and a borehole stand on the street."""
TOWER: Final = (WEST - 4 * STEP, SOUTH + 4 * STEP)


@dataclass(frozen=True)
class City:
    """Where the city's settings stand, and its entities of interest with the middle of each."""

    settings: Path
    raised: str
    gone: str
    added: str
    main: str
    tower: str
    tree: str
    lamp: str
    hole: str
    places: dict[str, tuple[float, float]]


def block(column: int, row: int) -> shapely.Polygon:
    """One footprint of the grid; every third has a courtyard at a corner, so that its middle is still roof."""
    west, south = WEST + column * STEP, SOUTH + row * STEP
    shape = shapely.box(west, south, west + STEP * 0.6, south + STEP * 0.6)
    yard = shapely.box(west + STEP * 0.4, south + STEP * 0.4, west + STEP * 0.5, south + STEP * 0.5)
    return shape.difference(yard) if (column + row) % 3 == 0 else shape


def water_main() -> shapely.LineString:
    """A pipe along the street between two columns."""
    west, depth = WEST + 4.8 * STEP, GROUND - 2.0
    return shapely.LineString([(west, SOUTH, depth), (west, SOUTH + 9 * STEP, depth)])


def building(column: int, row: int, height: float, name: str | None = None) -> State:
    return State(BUILDING, block(column, row), name, height, GROUND)


def things() -> list[State]:
    """A tree, a lamp and a borehole along the street."""
    tree, lamp, hole = (shapely.Point(*_along(row)) for row in BESIDE)
    log = '[{"base":3.5,"name":"杂填土","top":0},{"base":12,"name":"粉质黏土","top":3.5}]'
    return [
        State("825004", tree, None, 9.0, GROUND, attributes={"树种": "雪松", "冠幅": 6}),
        State("380501", lamp, "泉城路16号灯", 8.0, GROUND),
        State("320903", hole, "ZK7", None, GROUND, attributes={"strata": log}),
    ]


def make_city(folder: Path) -> City:
    """Make the base, its tiles and its settings file."""
    settings = folder / "config.yaml"
    settings.write_text(yaml.safe_dump(_settings(folder), allow_unicode=True), encoding="utf-8")
    config = Config.load(settings)
    store = Store.open(config.base, random=np.random.default_rng(7))
    grid = [(column, row) for column in range(SIDE) for row in range(SIDE) if (column, row) != (6, 5)]
    states = [building(column, row, 6.0 + 3 * ((column * 7 + row * 5) % 8)) for column, row in grid]
    states[grid.index((5, 5))] = raised = building(5, 5, 12.0, "泉城路188号楼")
    with store.transaction("历下区自然资源局", "首次测绘", "first.gpkg") as first:
        pipe = State(MAIN, water_main(), "泉城路给水干管", base=GROUND, attributes={"DIAMETER": 800, "CZ": "球墨铸铁"})
        (main,) = first.issue([pipe])
        first.put([Version(main, Period(parse_day(FIRST)), pipe)])
        codes = first.issue(states)
        first.put([Version(code, Period(parse_day(FIRST)), state) for code, state in zip(codes, states, strict=True)])
        beside = first.issue(things())
        first.put([Version(code, Period(parse_day(FIRST)), one) for code, one in zip(beside, things(), strict=True)])
    tall, gone = codes[grid.index((5, 5))], codes[grid.index((4, 5))]
    infill = building(6, 5, 21.0, "新楼")
    with store.transaction("历下区自然资源局", "复测", "second.gpkg") as second:
        (added,) = second.issue([infill])
        later = Period(parse_day(SECOND))
        second.put([Version(tall, later, replace(raised, height=48.0)), Version(added, later, infill)])
        second.end({gone: parse_day(SECOND)})
    tower = adopt(config, store, _tower(folder), lambda *_: None).holding.code
    store.close()
    making.tiles(config, lambda *_: None)
    middle = {code: _middle(place) for code, place in ((tall, (5, 5)), (gone, (4, 5)), (added, (6, 5)))}
    middle[main], middle[tower] = _along(5.3), TOWER
    middle |= {code: _along(row) for code, row in zip(beside, BESIDE, strict=True)}
    return City(settings, tall, gone, added, main, tower, *beside, middle)


def _along(row: float) -> tuple[float, float]:
    """A place on the street, so many rows from its southern end."""
    return WEST + 4.8 * STEP, SOUTH + row * STEP


def _tower(folder: Path) -> Adoption:
    """A flat roof of 20 m by 20 m, 30 m above the ground, as an OBJ."""
    path = folder / "tower.obj"
    path.write_text("v -10 -10 30\nv 10 -10 30\nv 10 10 30\nv -10 10 30\nf 1 2 3 4\n", encoding="utf-8")
    return Adoption((path,), Period(parse_day(SECOND)), name="西塔", origin=(*TOWER, GROUND - 9.0))


def _middle(place: tuple[int, int]) -> tuple[float, float]:
    return WEST + (place[0] + 0.3) * STEP, SOUTH + (place[1] + 0.3) * STEP


def _settings(folder: Path) -> dict[str, object]:
    return {
        "data": str(folder / "data"),
        "ground": GROUND,
        "height_anomaly": {"value": -9.0, "source": "made for a test"},
        "maps": {"approval_number": "鲁S（2026）000号"},
        "viewer": {
            "home": {"lon": WEST, "lat": SOUTH, "height": 400_000.0},
            "start": {"lon": WEST + 0.0025, "lat": SOUTH - 0.003, "height": 420.0, "heading": 0.0, "pitch": -40.0},
        },
    }
