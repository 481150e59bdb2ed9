"""The colours of a building's measured surfaces, kept as one attribute: JSON that says which surfaces have which."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from entities.model import Scalar

COLOURS: Final = "surface_colours"
"""The attribute: `[{"colour": "#ebebeb", "surfaces": "0-3 7"}, …]`, counted from 0 in the order of `Surfaces`."""

_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
_RUN: Final = re.compile(r"(\d+)(?:-(\d+))?")


def colours_text(colours: Sequence[str]) -> str | None:
    """Write the colour of each surface, empty where it has none; None where no surface has one."""
    found = {colour: " ".join(_runs(colours, colour)) for colour in dict.fromkeys(colours) if colour}
    rows = [{"colour": colour, "surfaces": surfaces} for colour, surfaces in found.items()]
    return json.dumps(rows, separators=(",", ":")) if rows else None


def colours_of(text: Scalar, count: int) -> list[str]:
    """Read the colour of each of so many surfaces, empty where none is said; what cannot be read says nothing."""
    colours = [""] * count
    try:
        rows = json.loads(text) if isinstance(text, str) else None
    except json.JSONDecodeError:
        rows = None
    for row in rows if isinstance(rows, list) else ():
        colour = str(row.get("colour", "")) if isinstance(row, dict) else ""
        if _COLOUR.fullmatch(colour):
            for surface in _members(str(row.get("surfaces", "")).split(), count):
                colours[surface] = colour
    return colours


def _runs(colours: Sequence[str], colour: str) -> Iterator[str]:
    """The surfaces of a colour, those that follow one another as `first-last`."""
    places = [place for place, one in enumerate(colours) if one == colour]
    for _, run in groupby(enumerate(places), lambda pair: pair[1] - pair[0]):
        members = [place for _, place in run]
        yield f"{members[0]}-{members[-1]}" if len(members) > 1 else str(members[0])


def _members(runs: Iterable[str], count: int) -> Iterator[int]:
    for run in runs:
        if found := _RUN.fullmatch(run):
            first, last = int(found[1]), int(found[2] or found[1])
            yield from range(min(first, count), min(last + 1, count))
