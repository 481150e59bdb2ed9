"""Parameters are read at the edge: what is good is a value, everything else a refusal in words, never a fault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entities.errors import BadQuery
from entities.model import FOREVER, LATEST, Moment, parse_day
from entities.store import Cursor
from service.http import params
from service.http.params import Span


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        *(
            ("bbox", text, "param.bbox")
            for text in ("1,2,3", "1,2,3,x", "nan,0,1,1", "2,0,1,1", "0,2,1,1", "-181,0,0,0", "0,0,0,91", "1,2,3,4,5")
        ),
        *(
            ("datetime", text, "param.datetime")
            for text in ("yesterday", "2026-13-01", "2026-02-30", "2020-01-01/2021-01-01")
        ),
        *(("known-at", text, "param.known-at") for text in ("-1", "x", "1.5", "٣", "9" * 400)),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_name(name: str, value: str, rule: str) -> None:
    with pytest.raises(BadQuery) as refused:
        params.read_box({name: value}) if name == "bbox" else params.read_moment({name: value})
    assert refused.value.rule == rule
    assert value in refused.value.findings[0].sentence.zh


def test_a_moment_is_today_as_known_now_unless_said() -> None:
    assert params.read_moment({}).known_at == LATEST
    assert params.read_moment({"datetime": "2026-05-19", "known-at": "3"}) == Moment(parse_day("2026-05-19"), 3)
    assert params.read_moment({"datetime": "2026-05-18T16:00:00Z"}).valid_at == parse_day("2026-05-19")


def test_a_box_with_heights_is_a_box() -> None:
    assert params.read_box({"bbox": "1,2,-5,3,4,99"}) == (1.0, 2.0, 3.0, 4.0)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("", Span()),
        ("1970-01-02", Span(1, 1)),
        ("1970-01-02/1970-01-05", Span(1, 4)),
        ("../1970-01-05", Span(-FOREVER, 4)),
        ("1970-01-02/", Span(1, FOREVER)),
    ],
)
def test_a_period_may_be_open(text: str, span: Span) -> None:
    assert params.read_span({"datetime": text}) == span


def test_a_limit_too_large_becomes_the_largest() -> None:
    assert [params.read_limit({"limit": text}) for text in ("", "5", "99999")] == [100, 5, 10_000]


@pytest.mark.parametrize("text", ["0", "-1", "x", "1e3", "９"])
def test_a_limit_that_is_no_count_is_refused(text: str) -> None:
    with pytest.raises(BadQuery, match=r"param\.limit"):
        params.read_limit({"limit": text})


@given(st.integers(0, LATEST), st.integers(-1, 10**9))
def test_a_feed_cursor_survives_an_address(number: int, ordinal: int) -> None:
    cursor = Cursor(number, ordinal)
    assert params.read_feed_cursor({"cursor": params.feed_cursor_text(cursor)}) == cursor


@given(st.text(max_size=30))
def test_no_text_is_a_fault(text: str) -> None:
    readers = {
        "bbox": params.read_box,
        "datetime": params.read_moment,
        "known-at": params.read_known_at,
        "limit": params.read_limit,
        "cursor": params.read_feed_cursor,
        "transaction": params.read_transaction,
        "q": params.read_words,
    }
    for name, read in readers.items():
        try:
            read({name: text})  # type: ignore[operator]
        except BadQuery as refusal:
            assert refusal.findings[0].sentence.zh


@pytest.mark.parametrize(("z", "x", "y"), [(0, 1, 0), (0, 0, 1), (20, 0, 0), (3, 8, 0)])
def test_a_tile_outside_the_world_is_refused(z: int, x: int, y: int) -> None:
    with pytest.raises(BadQuery, match=r"param\.tile"):
        params.check_tile(z, x, y)
