"""Codes of other registers linked in bulk: entities found by code or by place, links said at once."""

from entities.linking.options import ACTIONS, WAYS, LinkOptions
from entities.linking.report import LinkReport, RowOutcome
from entities.linking.taking import link_file

__all__ = ["ACTIONS", "WAYS", "LinkOptions", "LinkReport", "RowOutcome", "link_file"]
