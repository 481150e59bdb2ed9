"""From any code to the entity on both databases: at any moment, of any scheme, many at once."""

import json
from itertools import count

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entities.errors import NotFound
from entities.model import Link, Moment, Period, State, Version
from entities.registers.mistyped import refusal
from entities.store import Store

CODES = ("370102001001GB00001", "370102001001GB00002", "P-7")


@pytest.fixture
def houses(store: Store) -> list[str]:
    states = [State("310301", shapely.box(117 + x, 36, 117.001 + x, 36.001)) for x in (0.0, 0.1, 0.2)]
    with store.transaction("lixia", "houses") as transaction:
        codes = transaction.issue(states)
        transaction.put([Version(code, Period(0), one) for code, one in zip(codes, states, strict=True)])
    return codes


SAYINGS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(CODES), st.integers(1, 30), st.integers(1, 30)), min_size=1, max_size=6
)
EXAMPLES = count()
Saying = tuple[int, str, int, int]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sayings=SAYINGS, day=st.integers(0, 60), back=st.integers(0, 6))
def test_a_code_leads_where_it_was_said_to(
    store: Store, houses: list[str], sayings: list[Saying], day: int, back: int
) -> None:
    own = f"/{next(EXAMPLES)}"  # the base is one for all examples
    said: list[tuple[int, Link]] = []
    for place, value, start, length in sayings:
        link = Link(houses[place], "plan", value + own, Period(start, start + length))
        with store.transaction("lixia", "say") as transaction:
            transaction.link([link])
            said.append((transaction.number, link))
    moment = Moment(day, said[-1][0] - back)
    known = [link for number, link in said if number <= moment.known_at]
    for value in CODES:
        told = [link for link in known if link.value == value + own]
        valid = [link for link in told if day in link.period]
        assert store.resolve(value + own, moment) == sorted({link.code for link in valid or told})
    for code in houses:
        found = sorted((one.value, one.period) for one in store.links(code, moment) if one.value.endswith(own))
        assert found == sorted((one.value, one.period) for one in known if one.code == code and day in one.period)


def test_links_taken_back_are_known_only_then(store: Store, houses: list[str]) -> None:
    link = Link(houses[0], "parcel", CODES[0], Period(10))
    with store.transaction("lixia", "wrong") as transaction:
        transaction.link([link])
        wrong = transaction.number
    with store.transaction("lixia", "right") as transaction:
        transaction.unlink([link])
        transaction.link([Link(houses[1], "parcel", CODES[0], Period(10))])
    assert store.resolve(CODES[0]) == [houses[1]]
    assert store.resolve(CODES[0], Moment(10, wrong)) == [houses[0]]
    assert store.resolve(CODES[0], Moment(10, wrong - 1)) == []


def test_many_codes_lead_where_each_does(store: Store, houses: list[str]) -> None:
    with store.transaction("lixia", "codes") as transaction:
        transaction.link([Link(houses[0], "parcel", CODES[0], Period(0)), Link(houses[1], "plan", CODES[0], Period(0))])
        transaction.link([Link(code, "plan", "P-7", Period(0)) for code in houses])
    spatial = store.spatial_code(houses[2])
    asked = [
        f" {houses[1]} ",
        *CODES,
        houses[2],
        houses[2].lower(),
        spatial,
        f"plan:{CODES[0]}",
        f"river:{CODES[0]}",
        f"spatial:{spatial}",
    ]
    assert store.resolve_all(asked) == {text: found for text in asked if (found := store.resolve(text))}
    assert store.resolve_all(asked)["P-7"] == sorted(houses)
    assert store.resolve(f"plan:{CODES[0]}") == [houses[1]]
    assert store.resolve(f"{houses[0]}+parcel:{CODES[0]}") == [houses[0]]
    with pytest.raises(NotFound, match=r"code\.disagree"):
        store.resolve(f"{houses[2]}+parcel:{CODES[0]}")


def test_a_mistyped_code_is_told_the_near_ones(store: Store, houses: list[str]) -> None:
    with store.transaction("lixia", "codes") as transaction:
        transaction.link([Link(houses[0], "parcel", value, Period(0)) for value in CODES[:2]])
    for typed in ("370102001001GB0000I", "370102001001BG00001", "37010200100GB00001"):
        near = [one.values["code"] for one in refusal(store, typed).findings if one.rule == "code.near"]
        assert CODES[0] in near, typed


def test_the_feed_tells_whose_codes_changed(store: Store, houses: list[str]) -> None:
    links = [Link(houses[0], "parcel", CODES[0], Period(10)), Link(houses[0], "plan", "P-7", Period(10))]
    with store.transaction("lixia", "codes") as transaction:
        transaction.link([*links, Link(houses[1], "plan", "P-7", Period(20))])
    with store.transaction("lixia", "ends") as transaction:
        transaction.unlink(links[:1], 30)
    with store.transaction("lixia", "taken back") as transaction:
        transaction.unlink(links[1:])
    told = [(one.cursor.number, one.code, one.kind, one.day) for one in store.changes() if one.kind != "create"]
    first, second = sorted(houses[:2])
    days = {houses[0]: 10, houses[1]: 20}
    assert told == [
        (2, first, "link", days[first]),
        (2, second, "link", days[second]),
        (3, houses[0], "unlink", 30),
        (4, houses[0], "unlink", 10),
    ]
    place = next(one for one in store.changes() if one.kind == "link" and one.code == houses[1])
    assert (place.layer, place.class_code) == ("buildings", "310301")
    assert place.box == pytest.approx((117.1, 36.0, 117.101, 36.001))
    counts = [json.loads(record.counts) for record in store.transactions(after=1)]
    assert counts == [{"link": 3, "linked": 2}, {"unlink": 1, "unlinked": 1}, {"unlink": 1, "unlinked": 1}]
    with store.transaction("lixia", "born with a code") as transaction:
        state = State("310301", shapely.box(118, 36, 118.001, 36.001))
        [code] = transaction.issue([state])
        transaction.put([Version(code, Period(0), state)])
        transaction.link([Link(code, "plan", "P-8", Period(0))])
    assert [one.kind for one in store.changes() if one.code == code] == ["create"]
