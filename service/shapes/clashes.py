"""A clash of two bases, as JSON."""

from entities.replication.clashing import Clash


def clash_json(clash: Clash) -> dict[str, object]:
    """The entity, the change that stands, and the one that gave way."""
    return {"code": clash.code, "stands": clash.stands._asdict(), "gave_way": clash.gave_way._asdict()}
