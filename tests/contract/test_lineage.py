"""When codes are kept, what an event tells, and where the codes of other registers go. On both databases."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import shapely
import yaml

from entities.errors import BadQuery, Conflict, Gone, NotFound
from entities.lineage.events import Event, EventId, Share, share_between
from entities.lineage.fates import IdentityTable
from entities.lineage.inheriting import still_open
from entities.matching import MatchPolicy
from entities.model import Candidate, Lineage, Link, Period, State, Version, parse_day
from entities.saying import Sayings
from entities.settling import Settling, Survey
from entities.spatial_identity import IdentityField, IdentityProfile
from entities.store import Store

MAY, JUNE, JULY = (parse_day(f"2026-0{month}-01") for month in (5, 6, 7))
BUILT_IN = Path(__file__).parents[2] / "entities/data/matching.yaml"
UNIT, PARCEL = ("real-estate-unit", "370102001001GB00001F00010001"), ("parcel", "370102001001GB00001")
PLAN = ("plan", "P-7")


def table(*exceptions: tuple[str, str], **schemes: dict[str, str]) -> IdentityTable:
    """The built-in table with other fates for all classes, and other rules for some schemes."""
    entry: dict[str, Any] = yaml.safe_load(BUILT_IN.read_text(encoding="utf-8"))["identity"]
    entry["exceptions"] = [{"change": change, "classes": "", "code": code} for change, code in exceptions]
    own = [{"scheme": scheme, **fates} for scheme, fates in schemes.items()]
    entry["registers"]["schemes"] = [*entry["registers"]["schemes"], *own]
    return IdentityTable.parse(entry)


def house(west: float = 0, width: float = 10, **parts: Any) -> Candidate:
    """A house on a street, in units of a thousandth of a degree; `codes` are those of other registers."""
    codes = parts.pop("codes", ())
    shape = shapely.box(117 + west / 1000, 36.6, 117 + (west + width) / 1000, 36.61)
    return Candidate(1, State(parts.pop("kind", "310301"), shape, height=9.0, **parts), resource_codes=tuple(codes))


def built(store: Store, *houses: Candidate, day: int = MAY) -> list[Version]:
    with store.transaction("county", "first survey") as transaction:
        sayings = Sayings(store, transaction, day, table())
        codes = sayings.bear(houses)
        sayings.say()
    return [store.view(valid_at=day).get(code) for code in codes]


def shares(bases: Sequence[Version], parts: Sequence[Candidate]) -> list[Share]:
    return [share_between(base.state.geometry, part.state.geometry) for base in bases for part in parts]


def split(
    store: Store, base: Version, *parts: Candidate, day: int = JUNE, identity: IdentityTable | None = None
) -> list[str]:
    with store.transaction("county", "split") as transaction:
        sayings = Sayings(store, transaction, day, identity or table())
        codes = sayings.split(base, parts, shares([base], parts))
        sayings.say()
    return codes


def merge(
    store: Store, bases: Sequence[Version], whole: Candidate, day: int = JUNE, identity: IdentityTable | None = None
) -> str:
    with store.transaction("county", "merge") as transaction:
        sayings = Sayings(store, transaction, day, identity or table())
        code = sayings.merge(bases, whole, shares(bases, [whole]))
        sayings.say()
    return code


def change(
    store: Store, base: Version, candidate: Candidate, kind: str | None = None, identity: IdentityTable | None = None
) -> str:
    with store.transaction("county", "change") as transaction:
        sayings = Sayings(store, transaction, JUNE, identity or table())
        code = sayings.update(candidate, base, kind)
        sayings.say()
    return code


def standing(store: Store, day: int) -> set[str]:
    return {version.code for version in store.view(valid_at=day).versions()}


def steps(event: Event) -> list[tuple[str, str, float, float | None]]:
    return [(step.parent, step.child, step.share, step.share_of_parent) for step in event.steps]


def held(store: Store, code: str) -> list[tuple[str, str, str, int]]:
    return [(link.value, link.method, link.note or "", link.period.end) for link in store.links(code)]


def test_a_split_is_one_event_with_the_shares_of_either_side(store: Store) -> None:
    [parent] = built(store, house())
    large, small = split(store, parent, house(0, 7), house(7, 3))
    [event] = store.events(parent.code)
    assert (event.id, event.kind, event.day) == (EventId(2, 0), "split", JUNE)
    assert steps(event) == [(parent.code, large, 1.0, 0.7), (parent.code, small, 1.0, 0.3)]
    assert store.events(large) == store.events(small) == [event] == [store.event(2, 0)]
    assert standing(store, JUNE) == {large, small}
    assert standing(store, MAY) == {parent.code}


def test_where_the_largest_keeps_the_code_goes_on_with_it(store: Store) -> None:
    [parent] = built(store, house())
    codes = split(store, parent, house(0, 3), house(3, 7), identity=table(("split", "largest-keeps")))
    assert codes[1] == parent.code != codes[0]
    assert standing(store, JUNE) == {*codes}
    assert store.view(valid_at=JUNE).get(parent.code).state.geometry.bounds[0] == pytest.approx(117.003)
    [event] = store.events(codes[0])
    assert event.kept == {parent.code}
    assert steps(event) == [(parent.code, codes[0], 1.0, 0.3), (parent.code, parent.code, 1.0, 0.7)]


def test_a_merge_ends_its_parents_unless_the_dominant_keeps(store: Store) -> None:
    one, two, three = built(store, house(0, 6), house(6, 4), house(20, 10))
    new = merge(store, [one, two], house())
    assert standing(store, JUNE) == {new, three.code}
    [event] = store.events(new)
    assert steps(event) == [(one.code, new, 0.6, 1.0), (two.code, new, 0.4, 1.0)]
    whole = store.view(valid_at=JUNE).get(new)
    kept = merge(store, [whole, three], house(0, 30), JULY, table(("merge", "dominant-keeps")))
    assert kept == new
    assert standing(store, JULY) == {new}
    assert [event.kept for event in store.events(new)] == [frozenset(), {new}]


def test_a_merge_back_into_what_it_came_from_makes_a_new_code(store: Store) -> None:
    identity = table(("split", "largest-keeps"), ("merge", "dominant-keeps"))
    [parent] = built(store, house())
    kept, child = split(store, parent, house(0, 7), house(7, 3), identity=identity)
    bases = [store.view(valid_at=JUNE).get(code) for code in (kept, child)]
    again = merge(store, bases, house(), JULY, identity)
    assert again not in (kept, child), "or it would descend from itself"
    assert standing(store, JULY) == {again}


def test_nothing_descends_from_itself_over_several_events_and_days(store: Store) -> None:
    houses = built(store, *[house(20 * place) for place in range(4)])
    codes = [one.code for one in houses]
    for day, (parent, child) in zip((JULY, MAY, JUNE), pairwise(codes), strict=True):
        with store.transaction("county", "by hand") as transaction:
            transaction.descend([Lineage("merge", parent, child, 1.0, day)])
    with pytest.raises(Conflict, match=r"lineage\.circle"), store.transaction("county", "back") as transaction:
        transaction.descend([Lineage("merge", codes[3], codes[0], 1.0, JULY)])
    assert store.ancestors([codes[3]]) == set(codes)


def test_a_class_change_keeps_the_code_and_says_so(store: Store) -> None:
    [base] = built(store, house())
    assert change(store, base, house(kind="310500")) == base.code
    [event] = store.events(base.code)
    assert (event.kind, event.day, event.parents, event.kept) == ("reclassify", JUNE, (base.code,), {base.code})
    now, before = (store.view(valid_at=day).get(base.code).state.class_code for day in (JUNE, MAY))
    assert (before, now) == ("310301", "310500")


def test_a_profile_may_have_a_class_change_make_a_new_code(store: Store) -> None:
    [base] = built(store, house())
    code = change(store, base, house(kind="310500"), identity=table(("reclassify", "replaces")))
    assert standing(store, JUNE) == {code} != {base.code}
    [event] = store.events(base.code)
    assert steps(event) == [(base.code, code, 1.0, 1.0)]
    with pytest.raises(Gone, match=r"code\.ended"):
        store.view(valid_at=JUNE).get(base.code)


def test_plain_changes_keep_the_code_and_leave_no_event(store: Store) -> None:
    [base] = built(store, house())
    for kind, shown in ((None, house(0.1)), (None, house(name="a")), ("alter", house(0, 12))):
        assert change(store, base, shown, kind) == base.code
    assert store.events(base.code) == []
    assert change(store, base, house(), "represent") == base.code
    assert [event.kind for event in store.events(base.code)] == ["represent"]


def test_what_is_rebuilt_is_new_and_names_what_stood_there(store: Store) -> None:
    [base] = built(store, house())
    code = change(store, base, house(1, 10), "rebuild")
    assert standing(store, JUNE) == {code} != {base.code}
    [event] = store.events(code)
    assert (event.kind, steps(event)) == ("rebuild", [(base.code, code, 0.9, 0.9)])
    assert change(store, store.view(valid_at=JUNE).get(code), house(), "rebuild", table(("rebuild", "keeps"))) == code


def test_where_only_the_division_changed_the_code_is_kept(store: Store) -> None:
    [base] = built(store, house(attributes={"ZLDWDM": "370102", "use": "商业"}))
    assert change(store, base, house(attributes={"ZLDWDM": "370112", "use": "商业"})) == base.code
    assert [event.kind for event in store.events(base.code)] == ["redivide"]


def test_a_code_that_tells_the_division_is_issued_anew_with_the_old_as_an_alias(store: Store) -> None:
    fields = (IdentityField("division", 6, attribute="ZLDWDM"), *store.meaning.identity.fields)
    profile = IdentityProfile("divided", 1, store.meaning.identity.title, fields)
    store.meaning = replace(store.meaning, identity=profile)
    here, there = ({"ZLDWDM": code} for code in ("370102", "370112"))
    base, twin = built(store, house(attributes=here), house(attributes=there))
    first = store.spatial_code(base.code)
    assert change(store, base, house(attributes=there)) == base.code
    [link] = store.links(base.code)
    assert (link.scheme, link.method, link.period) == ("spatial", "issued", Period(JUNE))
    assert profile.parse(link.value).division == "370112"
    assert link.value != store.spatial_code(twin.code), "it is numbered after what was issued there"
    assert store.resolve(first) == store.resolve(link.value) == [base.code]
    assert store.spatial_code(base.code) == first
    [third] = built(store, house(attributes=there), day=JULY)
    assert len({store.spatial_code(third.code), link.value, store.spatial_code(twin.code)}) == 3
    now = store.view(valid_at=JULY).get(base.code)
    with store.transaction("county", "moved again") as transaction:
        sayings = Sayings(store, transaction, JULY, table())
        sayings.update(house(attributes=here), now)
        sayings.say()
    assert [(one.period, profile.parse(one.value).division) for one in sorted(store.links(base.code), key=begin)] == [
        *((Period(JUNE, JULY), "370112"), (Period(JULY), "370102")),
    ]


def begin(link: Link) -> int:
    return link.period.start


def test_what_was_recorded_in_error_says_so(store: Store) -> None:
    one, twin = built(store, house(), house(0.1))
    with store.transaction("county", "recorded twice") as transaction:
        sayings = Sayings(store, transaction, JUNE, table())
        sayings.retract(twin.code, one.code)
        sayings.say()
    [event] = store.events(twin.code)
    assert (event.kind, event.parents, event.children) == ("retract", (twin.code,), (one.code,))


def test_the_table_is_named_with_every_change_set(store: Store) -> None:
    built(store, house())
    assert store.transaction_record(1).policy == "default 2"


def test_a_code_goes_to_the_part_that_declares_it(store: Store) -> None:
    [parent] = built(store, house(codes=[PLAN]))
    one, two = split(store, parent, house(0, 7), house(7, 3, codes=[PLAN]))
    assert held(store, one) == []
    assert [value for value, *_ in held(store, two)] == ["P-7"]
    assert [(value, end) for value, _, _, end in held(store, parent.code)] == [("P-7", JUNE)]


def test_a_code_nobody_asked_for_waits_with_the_parent(store: Store) -> None:
    [parent] = built(store, house(codes=[PLAN]))
    one, two = split(store, parent, house(0, 7), house(7, 3))
    [event] = store.events(parent.code)

    def left() -> list[str]:
        links = [link for links in store.links_of(event.codes).values() for link in links]
        return [link.value for link in still_open(event, links)]

    assert held(store, one) == held(store, two) == []
    assert left() == ["P-7"]
    with store.transaction("registry", "assigned") as transaction:
        transaction.link([Link(two, *PLAN, Period(JUNE), "manual")])
    assert left() == []


def test_the_number_of_a_split_parcel_is_never_used_again(store: Store) -> None:
    [parent] = built(store, house(codes=[PARCEL]))
    codes = split(store, parent, house(0, 7), house(7, 3))
    assert [held(store, code) for code in codes] == [[], []]
    assert held(store, parent.code) == [(PARCEL[1], "declared", "", JUNE)]
    [event] = store.events(parent.code)
    assert still_open(event, store.links(parent.code)) == []


def test_a_code_is_inherited_by_area_with_a_flag_where_a_scheme_lets_it(store: Store) -> None:
    identity = table(plan={"split": "largest", "merge": "largest", "replace": "open"})
    [parent] = built(store, house(codes=[PLAN]))
    large, small = split(store, parent, house(0, 7), house(7, 3), identity=identity)
    [link] = store.links(large)
    assert (link.method, link.confidence, link.note) == ("inherited", 0.7, f"split 2.0 {parent.code}")
    assert link.period == Period(JUNE)
    assert held(store, small) == []
    halves = [store.view(valid_at=JUNE).get(code) for code in (large, small)]
    whole = merge(store, halves, house(), JULY, identity)
    assert [(one.method, one.confidence) for one in store.links(whole)] == [("inherited", 1.0)]


def test_no_part_is_large_enough_to_inherit(store: Store) -> None:
    identity = table(plan={"split": "largest", "merge": "largest", "replace": "open"})
    [parent] = built(store, house(codes=[PLAN]))
    codes = split(store, parent, house(0, 4), house(4, 3), house(7, 3), identity=identity)
    assert [held(store, code) for code in codes] == [[], [], []]
    assert [value for value, *_ in held(store, parent.code)] == ["P-7"]


def test_of_a_merge_only_the_dominant_hands_its_code_on(store: Store) -> None:
    identity = table(plan={"split": "open", "merge": "largest", "replace": "open"})
    bases = built(store, house(0, 6, codes=[("plan", "A")]), house(6, 4, codes=[("plan", "B")]))
    whole = merge(store, bases, house(), identity=identity)
    assert [value for value, *_ in held(store, whole)] == ["A"]
    [event] = store.events(whole)
    links = [link for links in store.links_of(event.codes).values() for link in links]
    assert [link.value for link in still_open(event, links)] == ["B"]


def test_what_is_rebuilt_in_place_keeps_its_number(store: Store) -> None:
    [base] = built(store, house(codes=[UNIT, PARCEL]))
    code = change(store, base, house(1), "rebuild")
    assert [(value, method) for value, method, *_ in held(store, code)] == [(UNIT[1], "inherited")]
    assert [(value, end) for value, _, _, end in held(store, base.code)][1] == (UNIT[1], JUNE)


def test_an_upload_keeps_codes_as_its_policy_says(store: Store) -> None:
    policy = replace(MatchPolicy.load(), identity=table(("reclassify", "replaces"), ("split", "largest-keeps")))
    one, two = built(store, house(0, 0.1), house(20, 0.1))
    shown = [
        replace(house(0, 0.1, kind="310500"), row=1),
        replace(house(20, 0.06), row=2),
        replace(house(20.06, 0.04), row=3),
    ]
    with store.transaction("county", "second survey") as transaction:
        settling = Settling(store, transaction, Survey(JUNE, policy))
        settling.take(shown)
        settling.finish(lambda done, total: None)
    changed, large, small = settling.features()
    assert (changed.outcome, large.outcome, small.outcome) == ("changed", "split", "split")
    assert large.codes == (two.code,)
    assert one.code not in standing(store, JUNE) == {*changed.codes, *large.codes, *small.codes}
    assert [event.kind for event in store.events_in(2)] == ["split", "reclassify"]


def test_an_event_that_is_not_there_is_refused(store: Store) -> None:
    with pytest.raises(NotFound, match=r"lineage\.unknown"):
        store.event(1, 0)
    for text in ("", "1", "1.", ".1", "0.1", "1.1.1", "a.b", "1.-1"):
        with pytest.raises(BadQuery, match=r"lineage\.event"):
            EventId.parse(text)
    assert str(EventId.parse(" 12.0 ")) == "12.0"
