"""Any view of the store equals the plainest model's, whatever was said in whatever order."""

from collections.abc import Callable
from contextlib import closing

import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entities.errors import Conflict
from entities.model import FOREVER, Moment, Period, State, Version
from entities.store import Store
from tests.contract.plain import ALWAYS, PlainBase

DAYS = st.integers(min_value=0, max_value=12)
SAYINGS = st.tuples(
    st.integers(min_value=0, max_value=2),  # which entity
    st.sampled_from(["put", "put", "put", "end", "retract"]),
    DAYS,
    st.one_of(st.none(), DAYS),
    st.sampled_from(["red", "blue", "green"]),
)
TRANSACTIONS = st.lists(st.lists(SAYINGS, min_size=1, max_size=4), min_size=1, max_size=5)


def state(word: str) -> State:
    return State("310301", shapely.box(117.0, 36.0, 117.001, 36.001), name=word, height=9.0)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(transactions=TRANSACTIONS)
def test_every_view_equals_the_plain_model(
    new_store: Callable[[], Store], transactions: list[list[tuple[int, str, int, int | None, str]]]
) -> None:
    with closing(new_store()) as store:
        _compare(store, PlainBase(), transactions)


def _compare(store: Store, plain: PlainBase, transactions: list[list[tuple[int, str, int, int | None, str]]]) -> None:
    with store.transaction("tester", "make three") as tx:
        codes = tx.issue([state("red")] * 3)
        tx.put([Version(code, Period(0), state("red")) for code in codes])
    for code in codes:
        plain.say(1, code, Period(0), "red")
    for sayings in transactions:
        _say_all(store, plain, codes, sayings)
    last = store.view().moment.known_at
    for known_at in range(last + 1):
        for day in range(14):
            seen = [(v.code, v.state.name) for v in store.view(Moment(day, known_at)).versions()]
            assert seen == plain.view(day, known_at), (day, known_at)


def _say_all(
    store: Store, plain: PlainBase, codes: list[str], sayings: list[tuple[int, str, int, int | None, str]]
) -> None:
    with store.transaction("tester", "say") as tx:
        for who, verb, start, end, word in sayings:
            period = Period(min(start, end), max(start, end) + 1) if end is not None else Period(start)
            try:
                if verb == "put":
                    tx.put([Version(codes[who], period, state(word))])
                    plain.say(tx.number, codes[who], period, word)
                elif verb == "end":
                    tx.end({codes[who]: start})
                    plain.say(tx.number, codes[who], Period(start, FOREVER), None)
                else:
                    tx.retract([codes[who]])
                    plain.say(tx.number, codes[who], ALWAYS, None)
            except Conflict as refusal:
                assert refusal.rule == "change.order"
                assert all(
                    plain.at(codes[who], day, tx.number) is None for day in range(start if verb == "end" else 0, 14)
                )
