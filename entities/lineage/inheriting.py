"""Which code of another register goes to which child: the one that asks for it, or by area with a flag."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from entities.lineage.events import Event
from entities.lineage.fates import ENDS, LARGEST, RegisterRules
from entities.model import Lineage, Link, Period
from entities.spatial_identity import SPATIAL

Asked = Mapping[str, Collection[tuple[str, str]]]
"""The codes (scheme, code) that each child was given by whoever told of it."""


@dataclass(frozen=True, slots=True)
class Inheritance:
    """What becomes of the codes of an event's parents; a code in none of these stays with a parent that stays."""

    given: tuple[Link, ...] = ()  # to children, from the day of the event on
    ended: tuple[Link, ...] = ()  # of parents, on the day of the event
    open: tuple[Link, ...] = ()  # left with a parent that is no more, until a person says where they go


def inherit(event: Event, links: Iterable[Link], asked: Asked, rules: RegisterRules) -> Inheritance:
    """Say where the codes that an event's parents have on its day go."""
    given, ended, left = [], list[Link](), list[Link]()
    for link in links:
        if event.day not in link.period or link.code not in event.parents or link.scheme == SPATIAL:
            continue
        fate = rules.fate(link.scheme, event.kind)
        heir = _heir(event, link.code, rules.least) if fate == LARGEST else None
        if fate == ENDS or _claimed(event, link, asked):
            ended.append(link)
        elif link.code in event.kept:
            continue
        elif heir:
            ended.append(link)
            given.append(_inherited(event, link, heir))
        else:
            left.append(link)
    return Inheritance(tuple(given), tuple(ended), tuple(left))


def still_open(event: Event, links: Sequence[Link]) -> list[Link]:
    """The codes of parents that are no more which no child has, among the links of all that took part."""
    taken = {(link.scheme, link.value) for link in links if link.code in event.children and link.period.end > event.day}
    gone = set(event.parents) - event.kept
    of_gone = (one for one in links if one.code in gone and event.day in one.period and one.scheme != SPATIAL)
    return [link for link in of_gone if (link.scheme, link.value) not in taken]


def _claimed(event: Event, link: Link, asked: Asked) -> bool:
    others = (child for child in event.children if child != link.code)
    return any((link.scheme, link.value) in asked.get(child, ()) for child in others)


def _heir(event: Event, parent: str, least: float) -> Lineage | None:
    """The step to the child that has the largest part of a parent, where that is enough and nobody gave more."""
    steps = [step for step in event.steps if step.parent == parent]
    best = max(steps, key=_part)
    rivals = [step.share for step in event.steps if step.child == best.child]
    return best if _part(best) >= least and best.share == max(rivals) else None


def _part(step: Lineage) -> float:
    return step.share if step.share_of_parent is None else step.share_of_parent


def _inherited(event: Event, link: Link, step: Lineage) -> Link:
    """The link of the child that inherits a code, with where it has it from."""
    period = Period(event.day, link.period.end)
    note = f"{event.kind} {event.id} {link.code}"
    return Link(step.child, link.scheme, link.value, period, "inherited", round(_part(step), 4), link.issuer, note)
