"""Events of the lineage as JSON: what happened to which entities, with shares, and which codes wait for a person."""

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from itertools import chain
from typing import Any

from entities.codes import code_text
from entities.lineage.events import Event
from entities.lineage.inheriting import still_open
from entities.matching import MatchPolicy
from entities.model import LATEST, Lineage, Link, day_text
from entities.registers.table import Schemes
from entities.report import said
from entities.store import Store
from entities.text import Text


def events_json(events: Collection[Event], store: Store) -> list[dict[str, Any]]:
    """Events with the codes of other registers that nobody has inherited yet."""
    links = store.links_of({code for event in events for code in event.codes if len(event.codes) > 1})
    return [event_json(event, links, store.meaning.schemes) for event in events]


def event_json(event: Event, links: Mapping[str, Collection[Link]], schemes: Schemes) -> dict[str, Any]:
    """One event; `links` are those of the entities that took part, by entity."""
    own = list(chain.from_iterable(links.get(code, ()) for code in sorted(event.codes)))
    return {
        "id": str(event.id),
        "transaction": event.id.number,
        "kind": event.kind,
        "titles": said(kind_text(event.kind)),
        "day": day_text(event.day),
        "parents": named(event.parents),
        "children": named(event.children),
        "kept": sorted(event.kept),
        "steps": [step_json(step) for step in event.steps],
        "open": [open_json(one, schemes) for one in still_open(event, own)],
        "taken_back": None if event.known_to == LATEST else event.known_to,
    }


def step_json(step: Lineage) -> dict[str, Any]:
    """What one entity gave another: the share of the child's area, and of the parent's where that was measured."""
    return {
        "parent": step.parent,
        "child": step.child,
        "share": step.share,
        "share_of_parent": step.share_of_parent,
    }


def open_json(link: Link, schemes: Schemes) -> dict[str, Any]:
    """A code of a parent that is no more, which nobody has inherited."""
    titles = said(schemes.name(link.scheme))
    return {"code": link.code, "scheme": link.scheme, "titles": titles, "value": link.value}


def named(codes: Iterable[str]) -> list[dict[str, str]]:
    """Entity codes, each also as people read it."""
    return [{"code": code, "text": code_text(code)} for code in codes]


@cache
def kind_text(kind: str) -> Text:
    """What a kind of event is called; older bases say replace for rebuild."""
    return MatchPolicy.load().identity.rules["rebuild" if kind == "replace" else kind].word
