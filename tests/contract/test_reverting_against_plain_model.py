"""Whatever was said and taken back in whatever order, the base knows at every moment what the plainest one knows."""

from collections.abc import Callable
from contextlib import closing

import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entities.errors import Conflict, NotFound
from entities.lineage.reverting import revert
from entities.lineage.undoing import Target
from entities.model import FOREVER, Lineage, Link, Moment, Period, State, Version
from entities.store import Store, Transaction
from entities.store.events import events_with
from tests.contract.plain_history import DAYS, Known, PlainHistory
from tests.contract.test_reverting import digest

LAST = len(DAYS) - 1
WHO, DAY, WORD = st.integers(0, 30), st.integers(0, 5), st.sampled_from(["red", "blue", "green"])
SAYING = st.one_of(
    st.tuples(st.just("put"), WHO, DAY, st.one_of(st.none(), DAY), WORD),
    st.tuples(st.sampled_from(["end", "split"]), WHO, DAY),
    st.tuples(st.just("retract"), WHO),
    st.tuples(st.just("merge"), WHO, WHO, DAY),
    st.tuples(st.sampled_from(["link", "link", "unlink"]), WHO, st.sampled_from("AB"), st.one_of(st.none(), DAY)),
)
SAID = st.lists(SAYING, min_size=1, max_size=4)
TAKEN_BACK = st.tuples(st.integers(0, 30), st.one_of(st.none(), st.integers(0, 3)))
HISTORY = st.lists(st.one_of(SAID, SAID, TAKEN_BACK), min_size=2, max_size=8)

NewStore = Callable[[], Store]


def state(word: str) -> State:
    return State("310301", shapely.box(117.0, 36.0, 117.001, 36.001), name=word, height=9.0)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORY, back=st.lists(TAKEN_BACK, max_size=6))
def test_the_base_knows_what_the_plain_history_knows(
    new_store: NewStore, history: list[list[tuple] | tuple], back: list[tuple[int, int | None]]
) -> None:
    with closing(new_store()) as store:
        teller = Teller(store)
        teller.say([("born", "red"), ("born", "blue"), ("born", "green")])
        for part in [*history, *back]:
            if isinstance(part, tuple):
                teller.take_back(teller.target(*part))
            else:
                teller.say(part)
        teller.compare()


class Teller:
    """Says the same to a base and to the plain history."""

    def __init__(self, store: Store) -> None:
        self.store, self.plain = store, PlainHistory()
        self.codes: list[str] = []

    def say(self, sayings: list[tuple]) -> None:
        draft = self.plain.draft()
        with self.store.transaction("tester", "say") as tx:
            for verb, *parts in sayings:
                getattr(self, f"_{verb}")(tx, draft, *parts)
        if tx.counts:
            self.plain.commit(draft)

    def target(self, place: int, event: int | None) -> tuple[int, int | None]:
        """A transaction, or an event if there is any."""
        told = sorted(self.plain.events)
        if event is not None and told:
            return told[(place + event) % len(told)]
        return 1 + place % (len(self.plain.known) - 1), None

    def take_back(self, target: tuple[int, int | None]) -> None:
        """Take something back where the plain history lets it; else see it refused for the same reason."""
        refused, before = self.plain.verdict(target), digest(self.store)
        try:
            revert(self.store, Target(*target), "tester", "back")
        except Conflict as refusal:
            assert refusal.rule == refused, (target, self.plain.reverts)
            assert digest(self.store) == before
            return
        assert refused is None, target
        self.plain.take_back(target)

    def compare(self) -> None:
        """Every day as known at every transaction; links and lineage as known at every transaction."""
        assert self.store.view().moment.known_at == len(self.plain.known) - 1
        for number, known in enumerate(self.plain.known):
            for day in DAYS:
                seen = {v.code: (v.state.name, v.surveyed) for v in self.store.view(Moment(day, number)).versions()}
                assert seen == {code: said[day] for code, said in known.words.items() if day in said}, (day, number)
            linked = {
                (link.code, link.value, link.period.start, min(link.period.end, LAST))
                for links in self.store.links_of(self.codes, number).values()
                for link in links
            }
            assert linked == {(*key, *period) for key, periods in known.links.items() for period in periods}, number
            events = events_with(self.store.database, self.codes, number)
            assert {(s.kind, s.parent, s.child) for event in events for s in event.steps} == known.steps, number

    def _who(self, place: int) -> str:
        return self.codes[place % len(self.codes)]

    def _born(self, tx: Transaction, draft: Known, word: str, day: int = 0) -> str:
        [code] = tx.issue([state(word)])
        tx.put([Version(code, Period(day), state(word))])
        self.codes.append(code)
        self.plain.put(draft, code, range(day, LAST + 1), word)
        return code

    def _put(self, tx: Transaction, draft: Known, who: int, start: int, end: int | None, word: str) -> None:
        first, last = (start, FOREVER) if end is None else (min(start, end), max(start, end) + 1)
        tx.put([Version(self._who(who), Period(first, last), state(word))])
        self.plain.put(draft, self._who(who), range(first, min(last, LAST + 1)), word)

    def _end(self, tx: Transaction, draft: Known, who: int, day: int) -> bool:
        try:
            tx.end({self._who(who): day})
        except Conflict as refusal:
            assert refusal.rule == "change.order"
            assert not [one for one in draft.of(self._who(who)) if one >= day]
            return False
        self.plain.put(draft, self._who(who), range(day, LAST + 1), None)
        return True

    def _retract(self, tx: Transaction, draft: Known, who: int) -> None:
        try:
            tx.retract([self._who(who)])
        except Conflict as refusal:
            assert refusal.rule == "change.order"
            assert not draft.of(self._who(who))
        self.plain.put(draft, self._who(who), range(LAST + 1), None)

    def _split(self, tx: Transaction, draft: Known, who: int, day: int) -> None:
        parent = self._who(who)
        if self._end(tx, draft, who, day):
            children = [self._born(tx, draft, word, day) for word in ("red", "blue")]
            place = tx.descend([Lineage("split", parent, child, 1.0, day, 0.5) for child in children])
            self.plain.events[tx.number, place] = {parent, *children}
            draft.steps |= {("split", parent, child) for child in children}

    def _merge(self, tx: Transaction, draft: Known, one: int, other: int, day: int) -> None:
        parents = [self._who(place) for place in (one, other) if self._end(tx, draft, place, day)]
        if parents:
            child = self._born(tx, draft, "green", day)
            place = tx.descend([Lineage("merge", parent, child, 0.5, day, 1.0) for parent in parents])
            self.plain.events[tx.number, place] = {child, *parents}
            draft.steps |= {("merge", parent, child) for parent in parents}

    def _link(self, tx: Transaction, draft: Known, who: int, value: str, day: int | None) -> None:
        key = (self._who(who), value)
        if draft.linked(key):
            return
        try:
            tx.link([Link(*key[:1], "plan", value, Period(day or 0))])
        except Conflict as refusal:
            assert refusal.rule == "link.ended"
            return
        draft.links[key] = {(day or 0, LAST)}

    def _unlink(self, tx: Transaction, draft: Known, who: int, value: str, day: int | None) -> None:
        key = (self._who(who), value)
        try:
            tx.unlink([Link(*key[:1], "plan", value, Period(0))], day)
        except NotFound as refusal:
            assert refusal.rule == "link.unknown"
            return
        kept = {(start, min(end, day)) for start, end in draft.linked(key) if day is not None and start < day}
        draft.links[key] = kept
