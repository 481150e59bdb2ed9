"""A subscription, and what could not be delivered to it, as JSON; never its secret."""

from collections.abc import Sequence
from datetime import UTC, datetime

from service.http.params import feed_cursor_text
from service.proof.proofs import proof_json
from service.shapes.links import link
from service.subscriptions.book import Subscription
from service.subscriptions.letters import Letter


def subscription_json(one: Subscription, letters: Sequence[Letter]) -> dict[str, object]:
    """What a subscription wants, how far it has received everything, and what went wrong."""
    path = f"/subscriptions/{one.name}"
    return {
        "name": one.name,
        "department": one.department or None,
        "url": one.url,
        "filter": one.wanted.words,
        "state": one.state,
        "created": _time(one.created),
        "proof": proof_json(one.wanted, one.mark),
        "attempts": one.attempts,
        "due": _time(one.due) if one.attempts and one.state == "active" else None,
        "delivered": _time(one.delivered),
        "status": one.status,
        "fault": one.fault,
        "letters": [_letter_json(letter) for letter in letters],
        "links": [link("self", path), link("replay", f"{path}/replay"), link("pause", f"{path}/pause")],
    }


def _letter_json(letter: Letter) -> dict[str, object]:
    return {
        "after": feed_cursor_text(letter.after),
        "until": feed_cursor_text(letter.until),
        "changes": letter.changes,
        "attempts": letter.attempts,
        "status": letter.status,
        "fault": letter.fault,
        "made": _time(letter.made),
        "delivered": _time(letter.delivered),
    }


def _time(moment: int | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment / 1e6, UTC).isoformat()
