"""The feed: every change in the order the base learned of it, for any filter, with a proof that none was missed."""

from entities.feed.filters import KINDS, Filter
from entities.feed.reading import END, Page, checked, head, read
from entities.feed.tally import Mark, Tally, line, marks

__all__ = ["END", "KINDS", "Filter", "Mark", "Page", "Tally", "checked", "head", "line", "marks", "read"]
