"""JSON read piece by piece is the JSON that the standard library reads whole, whatever the size of the pieces."""

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entities.errors import Invalid
from entities.readers import json_stream
from entities.readers.json_stream import JsonStream

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(), VALUES, max_size=6)


def stream(text: str) -> JsonStream:
    return JsonStream(io.StringIO(text), "a.json")


def written(value: object, indent: int | None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


@settings(deadline=None)
@given(OBJECTS, st.integers(1, 40), st.sampled_from([None, 2]))
def test_members_of_an_object(value: dict[str, object], block: int, indent: int | None) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "BLOCK", block)
        assert dict(stream(written(value, indent)).members()) == value


@settings(deadline=None)
@given(st.lists(VALUES, max_size=6), OBJECTS, st.integers(1, 40), st.sampled_from([None, 2]))
def test_streamed_members_come_piece_by_piece(
    items: list[object], members: dict[str, object], block: int, indent: int | None
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "BLOCK", block)
        text = written({"before": 1, "items": items, "objects": members, "after": [2]}, indent)
        pieces = list(stream(text).members(streamed=("items", "objects")))
    wanted: list[tuple[str, object]] = [("before", 1)]
    wanted += [("items", item) for item in items]
    wanted += [("objects", pair) for pair in members.items()]
    assert pieces == [*wanted, ("after", [2])]


@settings(deadline=None)
@given(st.lists(VALUES, max_size=5), st.integers(1, 40))
def test_values_one_after_the_other(values: list[object], block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "BLOCK", block)
        text = stream("\n".join(written(value, None) for value in values))
        found = []
        while not text.ended():
            found.append(text.value())
    assert found == values


@settings(deadline=None)
@given(OBJECTS.filter(bool), st.data(), st.integers(1, 40))
def test_a_text_cut_anywhere_is_refused(value: dict[str, object], data: st.DataObject, block: int) -> None:
    text = written(value, None)
    length = data.draw(st.integers(1, len(text) - 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "BLOCK", block)
        with pytest.raises(Invalid) as caught:
            list(stream(text[:length]).members())
    assert caught.value.rule == "pkg.truncated"


@pytest.mark.parametrize(
    "text", ["[1]", '{"a" 1, "bbbbbbbbbbbbbbbb": 2}', "{1: 2}", '{"a": 1 "b": 2}', '{"a": flase, "b": "and much more"}']
)
def test_what_is_no_json_object(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        list(stream(text).members())
    assert caught.value.rule == "pkg.format"
