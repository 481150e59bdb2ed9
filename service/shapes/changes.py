"""One change of the feed as JSON."""

from collections.abc import Mapping
from typing import Any

from entities.codes import code_text
from entities.feed import KINDS
from entities.model import day_text
from entities.store import Change
from service.http.params import feed_cursor_text


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


def line_of(change: Mapping[str, Any]) -> str:
    """A change as a subscriber has it, as the line that is hashed (see `entities.feed.tally`)."""
    words = [str(change[name]) for name in ("cursor", "code", "kind", "layer", "class", "day")]
    return "\t".join([*words, *(f"{side + 0.0:.9f}" for side in change["bbox"])])
