"""How long each version of an entity held, drawn as bars over time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from markupsafe import Markup

_WIDTH: Final = 720


@dataclass(frozen=True, slots=True)
class _Bar:
    """One version on the line of an entity's life, in pixels."""

    start: float
    end: float
    row: int
    superseded: bool
    day: str


def lifeline(history: Sequence[Mapping[str, Any]], today: str) -> Markup:
    """Draw the versions of an entity over time: what holds now solid, what was corrected later dashed."""
    if len(history) < 2:
        return Markup("")
    first = min(_days(version["valid_from"]) for version in history)
    last = max(_days(today), *(_days(v["valid_to"]) for v in history if v["valid_to"] not in (None, "..")), first + 1)
    first -= (last - first) // 40 + 1

    def x(day: int) -> float:
        return round(8 + (_WIDTH - 16) * (day - first) / (last - first), 1)

    bars = [_bar(version, x, last) for version in history]
    height = 60 if any(bar.superseded for bar in bars) else 44
    return Markup(
        '<figure class="lifeline" aria-hidden="true" translate="no">'
        '<svg viewBox="0 0 {} {}" focusable="false">{}</svg></figure>'
    ).format(_WIDTH, height, Markup("").join(_drawn(bar) for bar in bars))


def _bar(version: Mapping[str, Any], x: Callable[[int], float], last: int) -> _Bar:
    ended = version["valid_to"] not in (None, "..")
    superseded = version["known_to"] is not None
    end = x(_days(version["valid_to"]) if ended else last)
    return _Bar(x(_days(version["valid_from"])), end, 44 if superseded else 22, superseded, version["valid_from"])


def _drawn(bar: _Bar) -> Markup:
    kind = "bar past" if bar.superseded else "bar"
    box = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="12" rx="2"/>')
    shape = box.format(kind, bar.start, bar.row, max(3, round(bar.end - bar.start - 2, 1)))
    if bar.superseded:
        return shape
    anchor = "end" if bar.start > _WIDTH - 90 else "start"
    return shape + Markup('<text x="{}" y="16" text-anchor="{}">{}</text>').format(bar.start, anchor, bar.day)


def _days(text: str) -> int:
    return date.fromisoformat(text[:10]).toordinal()
