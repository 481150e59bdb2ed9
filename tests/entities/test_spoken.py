"""What a file has no field for stays as it is known; what it has a field for is as the file says, nothing included."""

from dataclasses import replace

import shapely
from hypothesis import given
from hypothesis import strategies as st

from entities.model import State, Surfaces
from entities.spoken import EVERYTHING, ROLES, Spoken

FACE = shapely.MultiPolygon([shapely.Polygon([(0, 0, 1), (1, 0, 1), (1, 1, 1)])])
NAMES = st.sampled_from("abcd")
HEIGHTS = st.none() | st.floats(0, 100)
STATES = st.builds(
    State,
    st.just("310301"),
    st.sampled_from([shapely.box(0, 0, 1, 1), shapely.box(0, 0, 2, 2)]),
    st.none() | NAMES,
    HEIGHTS,
    HEIGHTS,
    st.none() | st.just(Surfaces(FACE, "R")),
    st.dictionaries(NAMES, st.integers()),
)
SPOKEN = st.builds(Spoken, st.frozensets(st.sampled_from(sorted(ROLES))), st.none() | st.frozensets(NAMES))


@given(STATES, STATES, st.booleans())
def test_a_file_that_speaks_of_everything_is_taken_at_its_word(new: State, old: State, unmoved: bool) -> None:
    assert EVERYTHING.completed(new, old, unmoved) == new


@given(STATES, STATES)
def test_a_file_that_speaks_of_nothing_changes_only_the_place_and_class(new: State, old: State) -> None:
    found = Spoken(frozenset(), frozenset()).completed(replace(new, attributes={}), old, unmoved=True)
    assert found == replace(old, geometry=new.geometry, class_code=new.class_code)


@given(SPOKEN, STATES, STATES, st.booleans())
def test_each_thing_is_the_files_or_as_it_was(spoken: Spoken, new: State, old: State, unmoved: bool) -> None:
    found = spoken.completed(new, old, unmoved)
    for role in ("name", "height", "base"):
        assert getattr(found, role) == getattr(new if role in spoken.roles else old, role)
    assert found.surfaces == (old if "surfaces" not in spoken.roles and unmoved else new).surfaces
    fields = old.attributes.keys() if spoken.fields is None else spoken.fields
    assert found.attributes == {
        name: new.attributes.get(name, old.attributes.get(name))
        for name in new.attributes.keys() | (old.attributes.keys() - fields)
    }
    assert (found.geometry, found.class_code) == (new.geometry, new.class_code)


@given(SPOKEN, STATES, STATES, st.booleans())
def test_what_was_completed_once_is_complete(spoken: Spoken, new: State, old: State, unmoved: bool) -> None:
    once = spoken.completed(new, old, unmoved)
    assert spoken.completed(new, once, unmoved) == once
