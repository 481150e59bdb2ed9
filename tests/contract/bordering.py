"""A made city of two counties, beside another city: who writes, on which side of which border."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import shapely

from entities.intake import IntakeOptions, load
from entities.model import Day, Period, State, Version, parse_day
from entities.report import Report
from entities.store import Store

LONG_AGO, MAY, JUNE, JULY = (parse_day(day) for day in ("2020-01-01", "2026-05-01", "2026-06-01", "2026-07-01"))
METRE = 1 / 89_400
"""A degree of longitude's share that is a metre there."""

WEST, EAST, CITY, FAR, OTHER_CITY, PROVINCE = "370102", "370103", "370100", "370302", "370300", "370000"
BORDER = 118.0
NAMES = {WEST: "西县", EAST: "东县", CITY: "西市", FAR: "远县", OTHER_CITY: "远市", PROVINCE: "全省"}
BOXES = {WEST: (117, 118), EAST: (118, 119), CITY: (117, 119), FAR: (119, 120), OTHER_CITY: (119, 120)}


def division(code: str, west: float, east: float) -> State:
    """A division that reaches from a meridian to another."""
    level = "province" if code.endswith("0000") else "city" if code.endswith("00") else "county"
    class_code = {"province": "630100", "city": "640100", "county": "650100"}[level]
    shape = shapely.box(west, 36.0, east, 37.0)
    return State(class_code, shape, NAMES[code], attributes={"adcode": code, "level": level})


def say_divisions(store: Store, day: Day = LONG_AGO) -> dict[str, str]:
    """Say the divisions, valid from a day; returns the entity code of each."""
    states = [division(code, *box) for code, box in BOXES.items()] + [division(PROVINCE, 117, 120)]
    with store.transaction("province", "divisions") as transaction:
        codes = transaction.issue(states)
        transaction.put([Version(code, Period(day), state) for code, state in zip(codes, states, strict=True)])
    return dict(zip([*BOXES, PROVINCE], codes, strict=True))


def move_border(store: Store, divisions: dict[str, str], border: float, day: Day) -> None:
    """Say that the border between the two counties runs elsewhere from a day on."""
    moved = {WEST: division(WEST, 117, border), EAST: division(EAST, border, 119)}
    with store.transaction("province", "a new border") as transaction:
        transaction.put([Version(divisions[code], Period(day), state) for code, state in moved.items()])


def house(east: float, width: float = 12, north: float = 0, **properties: Any) -> dict[str, Any]:
    """A house that begins `east` metres east of the border."""
    west, south = BORDER + east * METRE, 36.5 + north / 110_970
    shape = shapely.box(west, south, west + width * METRE, south + 10 / 110_970)
    facts = {"class_code": "310301", "height": 9.0, **properties}
    return {"type": "Feature", "properties": facts, "geometry": shapely.geometry.mapping(shape)}


def send(
    store: Store,
    folder: Path,
    who: str | Sequence[str],
    *houses: dict[str, Any],
    day: Day = MAY,
    today: Day | None = None,
    **options: Any,
) -> Report:
    """Take a file with some houses in, from a department of some divisions; no division writes everywhere."""
    path = folder / "houses.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(houses)}), encoding="utf-8")
    codes = (who,) if isinstance(who, str) and who else tuple(who)
    actor = "+".join(codes) or "operator"
    said = IntakeOptions(actor, "survey", day, today, accept_guess=True, territory=codes, **options)
    return load(store, path, said)


def outcomes(report: Report) -> list[str]:
    return [feature.outcome for feature in report.features]


def rules(report: Report) -> set[str]:
    """The rules that are broken as errors."""
    return {finding.rule for finding in report.errors}
