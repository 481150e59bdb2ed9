"""One change of the feed as JSON."""

from types import MappingProxyType
from typing import Final

from entities.codes import code_text
from entities.model import day_text
from entities.store import Change
from service.params import feed_cursor_text

KINDS: Final = MappingProxyType({"create": "new", "change": "changed", "end": "ended", "retract": "retracted"})
"""What each kind of change is called outside, in the words of a report's outcomes."""


def change_json(change: Change) -> dict[str, object]:
    """A change: of which entity, what kind, from which valid day, in which transaction, where."""
    return {
        "cursor": feed_cursor_text(change.cursor),
        "transaction": change.cursor.number,
        "code": change.code,
        "text": code_text(change.code),
        "kind": KINDS[change.kind],
        "layer": change.layer,
        "class": change.class_code,
        "day": day_text(change.day),
        "bbox": list(change.box),
    }
