"""The shift of a survey and its noise, from boxes: found where the evidence is plain, left alone where it is thin."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from entities.matching import Registration, register
from tests.entities.matching.shapes import METRES, ORIGIN, POLICY, box, brief, entities, features, run

NUMBERS = POLICY.register


def registered(
    places: np.ndarray, off: np.ndarray, noise: float = 0.0, seed: int = 1, size: float = 10.0
) -> Registration:
    """Register boxes at places in metres that were surveyed again `off` metres beside them, each corner by itself."""
    random = np.random.default_rng(seed)
    boxes = np.hstack([places, places + size])
    again = boxes + np.tile(off, 2) + random.normal(0, noise, boxes.shape)
    here, there = ((side / np.tile(METRES, 2)) + np.tile(ORIGIN, 2) for side in (again, boxes))
    pairs = shapely.STRtree(shapely.box(*there.T)).query(shapely.box(*(here + np.array([-1, -1, 1, 1]) * 6e-5).T))
    return register(here, there, pairs, NUMBERS)


def grid(count: int, pitch: float = 30.0) -> np.ndarray:
    numbers = np.arange(count)
    return np.stack([numbers % 20, numbers // 20], axis=1) * pitch


@pytest.mark.parametrize("noise", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("off", [(0.83, 0.41), (-1.9, 0.3), (0.0, -1.2)])
def test_a_shift_and_the_noise_are_found(off: tuple[float, float], noise: float) -> None:
    found = registered(grid(300), np.array(off), noise)
    assert found.typical[:2] == pytest.approx(off, abs=0.05 + noise / 5)
    assert found.noise == pytest.approx(max(noise, NUMBERS.noise[0]), rel=0.1)


def test_nothing_is_removed_where_there_is_no_shift() -> None:
    found = registered(grid(300), np.zeros(2), 0.5)
    assert found.typical == (0, 0, 0)
    assert not found.shift_of(np.array([[117.0, 36.66, 117.001, 36.661]])).any()


def test_nothing_is_removed_where_the_evidence_is_thin() -> None:
    assert registered(grid(NUMBERS.pairs - 1), np.array([1.0, 0.0])).typical.pairs == 0
    assert registered(grid(NUMBERS.pairs), np.array([1.0, 0.0])).typical.east == pytest.approx(1, abs=0.01)
    assert registered(grid(NUMBERS.pairs), np.array([0.4, 0.0]), 1.0).typical.pairs == 0


def test_more_than_the_limit_is_no_shift() -> None:
    assert registered(grid(300), np.array([2.6, 0.0])).typical.pairs == 0


def test_two_blocks_that_meet_within_a_block_of_ours_are_told_apart() -> None:
    places = grid(400, 20)
    off = np.where(places[:, :1] < 200, [[0.2, 0.0]], [[1.2, 0.5]])
    found = registered(places, off, 0.1)
    west, east = (np.array([[x, 100, x + 10, 110]]) / np.tile(METRES, 2) + np.tile(ORIGIN, 2) for x in (60.0, 340.0))
    assert found.shift_of(west)[0] == pytest.approx([0.2, 0.0], abs=0.1)
    assert found.shift_of(east)[0] == pytest.approx([1.2, 0.5], abs=0.1)


def test_where_everything_is_near_its_like_the_commonest_shift_counts() -> None:
    turns = np.random.default_rng(4).uniform(0, 2 * np.pi, 200)
    first = grid(200, 12)
    second = first + np.stack([np.cos(turns), np.sin(turns)], axis=1) * 1.2
    found = registered(np.concatenate([first, second]), np.array([0.6, -0.5]), 0.2, size=0.0)
    assert found.typical[:2] == pytest.approx((0.6, -0.5), abs=0.1)


def test_a_row_that_fits_as_well_one_house_further_is_left_alone() -> None:
    row = np.stack([np.arange(200) * 2.5, np.zeros(200)], axis=1)
    assert registered(row, np.array([1.25, 0.0]), size=2.5).typical.pairs == 0


def test_a_shifted_survey_changes_nothing_and_says_so_in_reviews() -> None:
    corners = grid(60)
    old = [box(x, y, 10, 10) for x, y in corners.tolist()]
    moved = [box(x + 1.1, y - 0.4, 10, 10) for x, y in corners.tolist()]
    moved[7] = box(corners[7][0] + 6, corners[7][1], 10, 10)
    result = run(features(*moved), entities(**{f"E{place:02d}": one for place, one in enumerate(old)}))
    said = brief(result)
    assert [one for place, one in enumerate(said) if place != 7] == [
        ("unchanged", (f"E{place:02d}",)) for place in range(60) if place != 7
    ]
    assert said[7] == ("review", ("E07",))
    assert result.matches[7].reasons[-1].en == (
        "the survey lies 1.10 m east, 0.40 m south of the base here; removed before comparing"
    )


def test_what_is_stored_is_what_was_surveyed() -> None:
    corners = grid(60)
    old = [box(x, y, 10, 10) for x, y in corners.tolist()]
    moved = [replace(box(x + 1.1, y, 10, 10), height=12.0) for x, y in corners.tolist()]
    result = run(features(*moved), entities(**{f"E{place:02d}": one for place, one in enumerate(old)}))
    for one, state in zip(result.matches, moved, strict=True):
        assert one.outcome == "changed" and one.state is not None
        assert [text.en for text in one.reasons] == ["height 9 → 12"]
        assert one.state.geometry.equals(state.geometry)
