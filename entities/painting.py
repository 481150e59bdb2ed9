"""How a building's measured surfaces look, kept as attributes: JSON that says which have which colour or picture.

Pictures stand in the attribute by the SHA-256 of their bytes, so that another picture is another state, and the journal
vouches for what is shown; the pictures themselves lie in a folder (`pictures`).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np

from entities.crs import Numbers
from entities.model import Scalar

COLOURS: Final = "surface_colours"
"""The attribute: `[{"colour": "#ebebeb", "surfaces": "0-3 7"}, …]`, counted from 0 in the order of `Surfaces`."""

TEXTURES: Final = "surface_textures"
"""The attribute: `[{"corners": […], "picture": "…", "surfaces": "0-3 7", "wrap": "repeat"}, …]`.

`corners` has u and v of every corner of every ring of these surfaces in their order, a ring's first corner once, from
the picture's lower left (0) to its upper right (1). `wrap` says what is beyond: one of `WRAPS`.
"""

LOOKS: Final = frozenset({COLOURS, TEXTURES})
"""The attributes that say how surfaces look: whoever speaks of the surfaces speaks of them."""

WRAPS: Final = ("repeat", "mirror", "clamp")

_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_RUN: Final = re.compile(r"(\d+)(?:-(\d+))?")
_PLACES: Final = 5  # a picture of 8,192 pixels a side: a tenth of a pixel


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """The part of a picture, named by its SHA-256, that one surface shows: the place of each corner on it (n, 2)."""

    picture: str
    corners: Numbers
    wrap: str = "repeat"


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """How one face of a model looks: its colour (`#rrggbb`, or empty) and what it shows of a picture, if anything."""

    colour: str = ""
    patch: Patch | None = None


PLAIN: Final = Look()
"""The look of a face of which nobody says how it looks."""


def looks_text(looks: Sequence[Look]) -> dict[str, str | None]:
    """Write the looks of surfaces as the attributes that keep them, None for one that says nothing."""
    colours = colours_text([look.colour for look in looks])
    return {COLOURS: colours, TEXTURES: textures_text([look.patch for look in looks])}


def colour_text(parts: Sequence[object]) -> str:
    """Red, green and blue from 0 to 1 as `#rrggbb`; empty for anything else."""
    if len(parts) != 3 or not all(isinstance(part, int | float) and 0 <= part <= 1 for part in parts):
        return ""
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts if isinstance(part, int | float))


def colours_text(colours: Sequence[str]) -> str | None:
    """Write the colour of each surface, empty where it has none; None where no surface has one."""
    found = {colour: " ".join(_runs(colours, colour)) for colour in dict.fromkeys(colours) if colour}
    return _written([{"colour": colour, "surfaces": surfaces} for colour, surfaces in found.items()])


def textures_text(patches: Sequence[Patch | None]) -> str | None:
    """Write what each surface shows of a picture, None where it shows none."""
    names = [(patch.picture, patch.wrap) if patch else None for patch in patches]
    rows: list[object] = []
    for picture, wrap in dict.fromkeys(name for name in names if name):
        shown = [patch.corners for patch in patches if patch and (patch.picture, patch.wrap) == (picture, wrap)]
        corners = (np.round(np.concatenate(shown), _PLACES) + 0.0).ravel().tolist()
        surfaces = " ".join(_runs(names, (picture, wrap)))
        rows.append({"corners": corners, "picture": picture, "surfaces": surfaces, "wrap": wrap})
    return _written(rows)


def colours_of(text: Scalar, count: int) -> list[str]:
    """Read the colour of each of so many surfaces, empty where none is said; what cannot be read says nothing."""
    colours = [""] * count
    for row in _rows(text):
        colour = str(row.get("colour", ""))
        if _COLOUR.fullmatch(colour):
            for surface in _members(row, count):
                colours[surface] = colour
    return colours


def textures_of(text: Scalar, corners: Sequence[int]) -> list[Patch | None]:
    """Read what each surface shows of a picture; `corners` is how many each has. What cannot be read says nothing."""
    patches: list[Patch | None] = [None] * len(corners)
    for row in _rows(text):
        members = list(_members(row, len(corners)))
        ends = np.cumsum([corners[member] for member in members])
        places, picture, wrap = _places(row.get("corners")), str(row.get("picture", "")), str(row.get("wrap"))
        if members and _DIGEST.fullmatch(picture) and wrap in WRAPS and len(places) == ends[-1]:
            for member, part in zip(members, np.split(places, ends[:-1]), strict=True):
                patches[member] = Patch(picture, part, wrap)
    return patches


def pictures_in(text: Scalar) -> set[str]:
    """The pictures, by their SHA-256, that an attribute `TEXTURES` names."""
    return {str(row.get("picture")) for row in _rows(text) if _DIGEST.fullmatch(str(row.get("picture")))}


def _written(rows: Sequence[object]) -> str | None:
    return json.dumps(rows, separators=(",", ":")) if rows else None


def _rows(text: Scalar) -> list[Mapping[str, object]]:
    try:
        rows = json.loads(text) if isinstance(text, str) else None
    except json.JSONDecodeError:
        rows = None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _places(numbers: object) -> Numbers:
    """Pairs of finite numbers; none where it is something else."""
    sound = isinstance(numbers, list) and len(numbers) % 2 == 0 and all(isinstance(one, int | float) for one in numbers)
    places: Numbers = np.array(numbers if sound else [], dtype=np.float64).reshape(-1, 2)
    return places if np.isfinite(places).all() else places[:0]


def _runs(names: Sequence[object], wanted: object) -> Iterator[str]:
    """The places of a name, those that follow one another as `first-last`."""
    places = [place for place, one in enumerate(names) if one == wanted]
    for _, run in groupby(enumerate(places), lambda pair: pair[1] - pair[0]):
        members = [place for _, place in run]
        yield f"{members[0]}-{members[-1]}" if len(members) > 1 else str(members[0])


def _members(row: Mapping[str, object], count: int) -> Iterable[int]:
    for run in str(row.get("surfaces", "")).split():
        if found := _RUN.fullmatch(run):
            first, last = int(found[1]), int(found[2] or found[1])
            yield from range(min(first, count), min(last + 1, count))
