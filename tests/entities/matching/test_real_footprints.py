"""Real footprints, some of them on top of each other, against a second survey of themselves."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
import shapely.affinity

from entities.matching import match
from entities.model import Candidate, Period, State, Version
from tests.entities.matching.shapes import HOUSE, POLICY, brief

FILES = {"buildings/mago_footprint-with-height.geojson": 177, "terrain/opengeos_buildings.geojson": 84}


def footprints(page: Path) -> list[State]:
    found = json.loads(page.read_text(encoding="utf-8"))["features"]
    return [
        State(
            HOUSE,
            shapely.from_geojson(json.dumps(one["geometry"])),
            height=float(number),
            attributes={key: str(value) for key, value in one["properties"].items()},
        )
        for number, one in enumerate(found)
    ]


@pytest.mark.parametrize(("name", "count"), FILES.items())
def test_a_second_survey_of_real_footprints_keeps_every_identity(shared_data: Path, name: str, count: int) -> None:
    states = footprints(shared_data / name)
    assert len(states) == count
    bases = [Version(f"E{place:04d}", Period(0), state) for place, state in enumerate(states)]
    own = [(base.code,) for base in bases]
    again = [Candidate(row, state) for row, state in enumerate(states, 1)]
    assert brief(match(again, bases, POLICY)) == [("unchanged", code) for code in own]

    random = np.random.default_rng(9)
    metre = 1 / 111_000
    moved = [shapely.affinity.translate(state.geometry, *random.normal(0, 0.05 * metre, 2)) for state in states]
    survey = [
        Candidate(row, State(HOUSE, shape, height=state.height + 0.1, attributes=state.attributes))
        for row, (shape, state) in enumerate(zip(moved, states, strict=True), 1)
    ]
    assert brief(match(survey, bases, POLICY)) == [("unchanged", code) for code in own]
