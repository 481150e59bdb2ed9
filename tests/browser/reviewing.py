"""A base with 31 cases for the review desk: houses that a second survey shows half beside themselves, three a kind."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import shapely
import yaml

from entities.matching import MatchPolicy
from entities.model import Candidate, Period, State, Version, parse_day
from entities.settling import Settling, Survey
from entities.store import Store
from service import departments
from service.config import Config
from service.demo.divisions import read_divisions
from service.departments import Department
from service.desk import Desk

FIRST, SECOND = parse_day("2024-05-20"), parse_day("2026-05-19")
WEST, SOUTH = 117.06, 36.66
METRE: Final = 1 / 111_320
CASES: Final = 31
HOSTILE: Final = "<img src=x onerror=alert(1)>"


@dataclass(frozen=True)
class Desks:
    """Where the settings stand, and the token of each department."""

    settings: Path
    tokens: dict[str, str]


def make_desks(folder: Path, cases: int = CASES) -> Desks:
    """Make the base, its departments and the cases; the city has sent the survey, so the district decides."""
    settings = folder / "config.yaml"
    settings.write_text(yaml.safe_dump({"data": str(folder / "data")}), encoding="utf-8")
    config = Config.load(settings)
    store = Store.open(config.base, random=np.random.default_rng(5))
    _say(store, cases)
    store.close()
    desk = Desk.open(config.base)
    known = [
        Department("jinan", "济南市自然资源和规划局", "370100"),
        Department("lixia", "历下区自然资源局", "370102"),
        Department("licheng", "历城区自然资源局", "370112"),
        Department("province", "山东省自然资源厅", "370000", everywhere=True),
    ]
    tokens = {one.name: departments.add(desk, one) for one in known}
    desk.close()
    return Desks(settings, tokens)


def _say(store: Store, cases: int) -> None:
    divisions = [
        State(
            one.class_code,
            one.shape,
            one.name,
            attributes={"adcode": one.adcode, "level": one.level, "parent": one.parent},
        )
        for one in read_divisions()
    ]
    with store.transaction("admin", "行政区划", "divisions.gpkg") as transaction:
        codes = transaction.issue(divisions)
        transaction.put([Version(code, Period(0), one) for code, one in zip(codes, divisions, strict=True)])
    known = [one for place in range(cases) for one in before(place)]
    with store.transaction("lixia", "2024年度房屋调查", "houses-2024.gpkg") as transaction:
        codes = transaction.issue(known)
        transaction.put([Version(code, Period(FIRST), one) for code, one in zip(codes, known, strict=True)])
    found = [Candidate(place + 1, after(place), f"H{place:03d}") for place in range(cases)]
    with store.transaction("jinan", "2026年修测", "houses-2026.gpkg") as transaction:
        survey = Survey(SECOND, MatchPolicy.load(), department="jinan", source="houses-2026.gpkg #0123456789ab")
        settling = Settling(store, transaction, survey)
        settling.take(found)
        settling.finish(lambda done, total: None)


def before(place: int) -> list[State]:
    """What the base has at one place of the street: a house, in every fifth place two."""
    first = house(place, 0, 0, 20, 12, 9.0 + place % 4 * 3, f"泉城路{place + 1}号楼" if place else HOSTILE)
    second = house(place, 21, 0, 9, 12, 6.0, None)
    return [first, second] if place % 5 == 2 else [first]


def after(place: int) -> State:
    """What the survey shows there: half beside it, larger, or over both."""
    if place % 5 == 2:
        return house(place, 8, 4, 16, 14, 12.0, "新楼")
    if place % 5 == 3:
        shape = shapely.difference(box(place, -1, -8, 20, 20), box(place, 8, 4, 14, 20))
        height = 9.0 + place % 4 * 3
        return State("310301", shape, f"泉城路{place + 1}号楼", height, 35.0, attributes={"层数": 6, "用途": "住宅"})
    return house(place, 9 + place % 3, 1, 20, 12, 12.0 + place % 4 * 3, f"泉城路{place + 1}号楼")


def house(place: int, east: float, north: float, width: float, depth: float, height: float, name: str | None) -> State:
    shape = box(place, east, north, width, depth)
    return State("310301", shape, name, height, 35.0, attributes={"层数": round(height / 3), "用途": "住宅"})


def box(place: int, east: float, north: float, width: float, depth: float) -> shapely.Polygon:
    west, south = WEST + place % 8 * 0.0008, SOUTH + place // 8 * 0.0006
    squeeze = np.cos(np.radians(SOUTH))
    low = west + east * METRE / squeeze, south + north * METRE
    return shapely.box(*low, low[0] + width * METRE / squeeze, low[1] + depth * METRE)
