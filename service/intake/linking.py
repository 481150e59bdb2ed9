"""How a link file is to be taken in: what its sender wishes, who they are, and where they may write."""

from collections.abc import Mapping
from typing import Any, Final

from entities.errors import BadQuery
from entities.linking import ACTIONS, WAYS, LinkOptions
from entities.linking.options import Tuning
from entities.model import parse_day, today
from service.config import Config
from service.departments import Department
from service.intake import taking

OPTIONS: Final = (
    *("scheme", "by", "action", "columns", "valid_from", "issuer", "crs", "layer", "replace", "partial", "reason"),
)
"""What a sender may wish."""

_YES: Final = (True, "true", "yes", "1", "on")


def options_of(
    config: Config, given: Mapping[str, Any], name: str, department: Department | None, source: str = ""
) -> LinkOptions:
    """Everything the linking asks for; `department` is None for the operator, who may write everywhere."""
    _check(given)
    return LinkOptions(
        actor=department.name if department else "operator",
        reason=given.get("reason") or name,
        day=parse_day(given["valid_from"]) if given.get("valid_from") else today(),
        source=source or name,
        scheme=given.get("scheme") or None,
        by=given.get("by") or None,
        action=given.get("action") or "link",
        columns=_columns(given.get("columns") or ()),
        issuer=given.get("issuer") or None,
        replace=given.get("replace") in _YES,
        partial=given.get("partial") in _YES,
        territory=taking.territory(department),
        crs=given.get("crs") or None,
        layer=given.get("layer") or None,
        limits=taking.limits(config),
    )


def _check(given: Mapping[str, Any]) -> None:
    """Refuse an option that there is not, or a word that it does not take. `BadQuery`."""
    for name in given:
        if name not in OPTIONS:
            raise BadQuery.because("submission.option", name=name, names=", ".join(OPTIONS))
    for name, known in (("by", WAYS), ("action", ACTIONS)):
        if given.get(name) and given[name] not in known:
            raise BadQuery.because("param.value", name=name, value=given[name], names=", ".join(known))


def _columns(said: Any) -> dict[str, str]:
    """`value=ZDDM` and the like, several in a list or one text with commas between."""
    parts = said.split(",") if isinstance(said, str) else said
    pairs = {role.strip(): name.strip() for role, _, name in (part.partition("=") for part in parts)}
    roles = Tuning.load().fields
    for role in pairs:
        if role not in roles:
            raise BadQuery.because("param.value", name="column", value=role, names=", ".join(roles))
    return pairs
