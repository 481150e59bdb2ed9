"""What must not matter: where a survey lies, how an outline is drawn, in what order and groups things come."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from entities.matching import MatchResult
from entities.model import Candidate, State
from tests.entities.matching.shapes import box, brief, entities, features, run, state

seeds = st.integers(0, 2**32 - 1)


def town(seed: int, count: int = 24) -> tuple[list[State], list[State]]:
    """Houses wall to wall and alone, big and small, and a noisy survey of most of them with some that are new."""
    random = np.random.default_rng(seed)
    old, new, west = [], [], 0.0
    for _ in range(count):
        width, depth = random.uniform(2, 14, 2)
        base = box(west, 0, float(width), float(depth), height=float(random.integers(3, 20)))
        ring = np.array([(west, 0), (west + width, 0), (west + width, depth), (west, depth)])
        noisy = ring + random.normal(0, 0.3, ring.shape)
        fate = random.random()
        if fate < 0.95:
            old.append(base)
        if fate > 0.05:
            new.append(state(shapely.Polygon(noisy), height=base.height))
        west += float(width) + float(random.choice([0.0, 0.0, 4.0, 30.0]))
    return old, new


def decided(old: list[State], new: list[State]) -> MatchResult:
    return run(features(*new), entities(**{f"E{place:02d}": one for place, one in enumerate(old)}))


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_an_exact_copy_is_unchanged(seed: int) -> None:
    old, _ = town(seed)
    assert brief(decided(old, old)) == [("unchanged", (f"E{place:02d}",)) for place in range(len(old))]


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_no_two_features_are_one_entity(seed: int) -> None:
    old, new = town(seed)
    sure = [code for one in decided(old, new).matches if one.outcome in ("unchanged", "changed") for code in one.codes]
    assert len(sure) == len(set(sure))


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(1, 3))
def test_how_an_outline_is_drawn_does_not_matter(seed: int, manner: int) -> None:
    """More vertices on its sides, another corner first, the other way round."""
    old, new = town(seed)

    def drawn(one: State) -> State:
        ring = np.array(one.geometry.exterior.coords)[:-1]
        if manner == 1:
            ring = np.concatenate(
                [[corner, (corner + after) / 2] for corner, after in zip(ring, np.roll(ring, -1, 0), strict=True)]
            )
        ring = np.roll(ring, manner, axis=0)
        return State(one.class_code, shapely.Polygon(ring[::-1] if manner == 3 else ring), height=one.height)

    assert [(one.outcome, one.codes) for one in decided(old, [drawn(one) for one in new]).matches] == brief(
        decided(old, new)
    )


@settings(max_examples=25, deadline=None)
@given(seeds, st.floats(-0.3, 0.3))
def test_where_the_whole_lies_does_not_matter(seed: int, east: float) -> None:
    old, new = town(seed)

    def moved(one: State) -> State:
        shape = shapely.transform(one.geometry, lambda xy: np.round(xy + np.array([east, 0]), 9))
        return State(one.class_code, shape, height=one.height)

    there = decided([moved(one) for one in old], [moved(one) for one in new])
    assert [(one.outcome, one.codes) for one in there.matches] == brief(decided(old, new))


@settings(max_examples=25, deadline=None)
@given(seeds, st.randoms(use_true_random=False))
def test_the_order_of_either_side_does_not_matter(seed: int, shuffler: object) -> None:
    old, new = town(seed)
    straight = dict(enumerate(brief(decided(old, new)), 1))
    candidates: list[Candidate] = features(*new)
    bases = entities(**{f"E{place:02d}": one for place, one in enumerate(old)})
    shuffler.shuffle(candidates)
    shuffler.shuffle(bases)
    found = run(candidates, bases)
    assert [(one.outcome, one.codes) for one in found.matches] == [straight[one.row] for one in candidates]
