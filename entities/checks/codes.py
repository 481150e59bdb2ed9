"""Rules about codes: classes that the table has, and position codes that agree with the geometry."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from entities.checks.batch import Batch, tolerance
from entities.codes import parse_code
from entities.crs import metres_per_degree
from entities.errors import Invalid, NotFound
from entities.grid import beidou, rslc
from entities.grid.cells import Cells
from entities.rules import Finding

Decode = Callable[[Sequence[str]], Cells]

POSITION_FIELDS: Final = frozenset({"LocationID", "LOCATIONID", "locationid", "位置码"})
"""Attributes in which a position code arrives."""

POSITION_SCHEMES: Final = ("rslc", "beidou")
"""Schemes of resource codes that are position codes."""

_PLANE_LENGTHS: Final = {rslc: 26, beidou: 20}
"""The longest code in 2D; a longer one is in 3D."""


def classed(batch: Batch) -> Iterator[Finding]:
    """`class.unknown`, `class.group`, `class.product`: a feature's class is unknown, a group, or no entity's."""
    unknown = np.array([one is None for one in batch.kinds], dtype=bool)
    for place in np.flatnonzero(unknown[batch.class_numbers]).tolist():
        yield _classless(batch, place)


def formed(batch: Batch) -> Iterator[Finding]:
    """`code.form.…`: the entity code a feature declares is not one."""
    for one in batch.candidates:
        if one.code is None:
            continue
        try:
            parse_code(one.code)
        except Invalid as refusal:
            yield replace(refusal.findings[0], row=one.row, feature=one.source_id)


def location(batch: Batch) -> Iterator[Finding]:
    """`code.location`: the position code a feature brings along names a cell that the feature does not touch.

    Codes that cannot be read are left alone: who knows what they are.
    """
    given = [(place, code) for place, code in enumerate(_position_codes(batch)) if code and batch.sound[place]]
    for decode, some in _by_form(given).items():
        places, cells = _decoded(decode, some)
        for place, distance in zip(places, _apart(batch, places, cells), strict=True):
            if distance > tolerance("code.location", "metres"):
                said = {"code": dict(some)[place], "distance": round(distance, 1)}
                yield batch.finding("code.location", place, batch.bounds[place, :2], **said)


def resource(batch: Batch) -> Iterator[Finding]:
    """`code.scheme`, `code.scheme.…`: a code of another register is of no known scheme, or not written as it says."""
    for one in batch.candidates:
        for scheme, text in one.resource_codes:
            try:
                batch.context.schemes.get(scheme).read(text)
            except (Invalid, NotFound) as refusal:
                yield replace(refusal.findings[0], row=one.row, feature=one.source_id)


def _classless(batch: Batch, place: int) -> Finding:
    code = batch.candidates[place].state.class_code
    where = batch.bounds[place, :2] if batch.sound[place] else None
    try:
        group = batch.context.classes.get(code)
    except NotFound:
        return batch.finding("class.unknown", place, where, code=code)
    rule = "class.product" if group.leaf else "class.group"
    return batch.finding(rule, place, where, code=code, name_zh=group.name.zh, name_en=group.name.en)


def _position_codes(batch: Batch) -> Iterator[str | None]:
    named = [batch.values(field) for field in sorted(batch.fields & POSITION_FIELDS)]
    if not named and not any(one.resource_codes for one in batch.candidates):
        return
    for place, one in enumerate(batch.candidates):
        linked = (code for scheme, code in one.resource_codes if scheme in POSITION_SCHEMES)
        found = next((column[place] for column in named if column[place]), None) or next(linked, None)
        yield found.strip().upper() if isinstance(found, str) else None


def _by_form(given: Iterable[tuple[int, str]]) -> dict[Decode, list[tuple[int, str]]]:
    """The codes by what reads them: RSLC codes begin with two hemispheres, BeiDou codes with one."""
    found: dict[Decode, list[tuple[int, str]]] = {}
    for place, code in given:
        grid = rslc if code[1:2] in ("E", "W") else beidou
        decode = grid.decode if len(code) <= _PLANE_LENGTHS[grid] else grid.decode_3d
        found.setdefault(decode, []).append((place, code))
    return found


def _decoded(decode: Decode, some: Sequence[tuple[int, str]]) -> tuple[list[int], Cells]:
    """The places whose codes can be read, and their cells."""
    try:
        return [place for place, _ in some], decode([code for _, code in some])
    except Invalid:
        sound = [(place, code) for place, code in some if _is_readable(decode, code)]
        return [place for place, _ in sound], decode([code for _, code in sound])


def _is_readable(decode: Decode, code: str) -> bool:
    try:
        decode([code])
    except Invalid:
        return False
    return True


def _apart(batch: Batch, places: Sequence[int], cells: Cells) -> list[float]:
    """How far each feature's box is from its cell, in metres."""
    west, south, east, north = batch.bounds[places].T
    across = np.maximum(0, np.maximum(cells.west - east, west - cells.east))
    along = np.maximum(0, np.maximum(cells.south - north, south - cells.north))
    metres = np.column_stack([across, along]) * metres_per_degree(south)
    return [float(length) for length in np.hypot(metres[:, 0], metres[:, 1])]
