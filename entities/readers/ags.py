"""Boreholes of AGS4 files: one feature a hole, where it begins at the ground, with its layers as JSON in `strata`."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

import numpy as np
import shapely

from entities.errors import Invalid
from entities.model import Scalar
from entities.profiles import shipped
from entities.readers.ags_groups import CHINESE, WESTERN, Group, Row, encoding_of, read_groups
from entities.readers.package import Package
from entities.readers.source import Chunk, Declared, Fault, Shapes, columns_of, fields_of
from entities.rules import Finding
from entities.values import day_of, number_of

STRATA: Final = "strata"
"""The attribute with a hole's layers, from the top down: a JSON list of objects, depths in metres below the ground."""

GRIDS: Final = {
    "OSGB": "EPSG:27700",
    "OSGB36": "EPSG:27700",
    "ITM": "EPSG:2157",
    "HK80": "EPSG:2326",
    "HK1980": "EPSG:2326",
    "NZTM": "EPSG:2193",
}
"""What files call their grid in LOCA_GREF; one may also stand there as `EPSG:4549`."""

LOST: Final = "\N{REPLACEMENT CHARACTER}"
"""What stands for a sign that an earlier program could not read: in the description of a layer it is let pass."""

_EAST, _NORTH, _GROUND, _DEEPEST = "LOCA_NATE", "LOCA_NATN", "LOCA_GL", "LOCA_FDEP"
_FINISHED: Final = "LOCA_ENDD"
_NEEDED: Final = {"LOCA": ("LOCA_ID", _EAST, _NORTH), "GEOL": ("LOCA_ID", "GEOL_TOP", "GEOL_BASE")}
_METRES: Final = {"LOCA": (_EAST, _NORTH, _GROUND, _DEEPEST), "GEOL": ("GEOL_TOP", "GEOL_BASE")}
_PLACE: Final = frozenset({_EAST, _NORTH, "LOCA_GREF"})
_SAID: Final = {"description": "GEOL_DESC", "legend": "GEOL_LEG", "geology": "GEOL_GEOL"}
_NUMERIC: Final = re.compile(r"\d+(DP|SF|SCI)")
_ROUNDED: Final = 0.005  # metres: depths are written in centimetres
_CALLED: Final = {CHINESE: "GB 18030", WESTERN: "Windows-1252"}
_DAY: Final = 10  # signs of a day in the unit of a time, such as `dd/mm/yyyy`

Stratum = dict[str, str | float]


class AgsSource:
    """An AGS4 file: the holes of its group LOCA, with what its group GEOL says of each."""

    def __init__(self, package: Package) -> None:
        self._name = package.name
        self.findings: list[Finding] = []
        encoding = encoding_of(package.path)
        if encoding in _CALLED:
            self.findings.append(Finding("ags.encoding", {"name": self._name, "encoding": _CALLED[encoding]}))
        groups = read_groups(package, encoding, ("ABBR", "LOCA", "GEOL"))
        self._check(groups)
        self._holes = groups["LOCA"]
        self._layers, self._faults = self._strata(groups)
        self.declared: Declared = self._grid()
        self.total: int | None = len(self._holes.rows)
        self.fields = fields_of(self._columns(self._holes.rows))
        self.geometry_types = frozenset({"Point"})

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Yield the holes in the order of the file."""
        rows = self._holes.rows
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            ids: list[str | None] = [row["LOCA_ID"] for _, row in some]
            faults = {
                i: self._faults[row["LOCA_ID"]] for i, (_, row) in enumerate(some) if row["LOCA_ID"] in self._faults
            }
            shapes, misplaced = _points([row for _, row in some])
            yield Chunk(start + 1, self._columns(some), shapes, ids=ids, faults=misplaced | faults)

    def _check(self, groups: Mapping[str, Group]) -> None:
        """Refuse a file without holes, headings that are not there, units other than metres."""
        if "LOCA" not in groups:
            raise Invalid.because("ags.group", name=self._name, group="LOCA")
        for group in groups.values():
            missing = [heading for heading in _NEEDED.get(group.name, ()) if heading not in group.headings]
            if missing:
                raise Invalid.because("ags.group", name=self._name, group=f"{group.name}: {', '.join(missing)}")
            for heading in _METRES.get(group.name, ()):
                unit = group.units.get(heading, "m")
                if unit != "m":
                    raise Invalid.because("ags.unit", name=self._name, heading=heading, unit=unit)

    def _grid(self) -> Declared:
        """The one grid that all holes are in; None where none is named that is known."""
        named = sorted({row.get("LOCA_GREF", "") for _, row in self._holes.rows} - {""})
        if len(named) > 1:
            raise Invalid.because("ags.grid", name=self._name, grids=", ".join(named))
        said = "".join(named)
        return GRIDS.get(said.upper(), said if said.upper().startswith("EPSG:") else None)

    def _columns(self, rows: list[tuple[int, Row]]) -> dict[str, list[Scalar]]:
        kept = [heading for heading in self._holes.headings if heading not in _PLACE]
        said = [{heading: self._value(heading, row[heading]) for heading in kept} for _, row in rows]
        layers = [self._layers.get(row["LOCA_ID"]) for _, row in rows]
        return columns_of([one | {STRATA: _text(found)} for one, found in zip(said, layers, strict=True)])

    def _value(self, heading: str, text: str) -> Scalar:
        """What stands under a heading: a number where its type says so and it is one, a day as ISO 8601 has it."""
        if self._holes.types.get(heading) == "DT":
            return _day(text, self._holes.units.get(heading, "")) or None
        if not text or not _NUMERIC.fullmatch(self._holes.types.get(heading, "")):
            return text or None
        try:
            return number_of(text)
        except ValueError:
            return text

    def _strata(self, groups: Mapping[str, Group]) -> tuple[dict[str, list[Stratum]], dict[str, Fault]]:
        """The layers of each hole from the top down, and what is wrong with the holes that have a fault."""
        names = _names(groups.get("ABBR"))
        holes = _deepest(self._holes)
        layers: dict[str, list[Stratum]] = {}
        faults = _undated(self._holes) | {hole: Fault("ags.twice", hole) for hole in _twice(self._holes)}
        lost = 0
        for line, row in groups["GEOL"].rows if "GEOL" in groups else ():
            hole = row["LOCA_ID"]
            if hole not in holes:
                self.findings.append(Finding("ags.hole", {"name": self._name, "line": line, "hole": hole}))
                continue
            lost += any(LOST in row[heading] for heading in _SAID.values() if heading in row)
            try:
                layers.setdefault(hole, []).append(_stratum(row, names))
            except ValueError:
                faults.setdefault(hole, Fault("ags.strata", f"{row['GEOL_TOP']} – {row['GEOL_BASE']}"))
        if lost:
            self.findings.append(Finding("ags.lost", {"name": self._name, "count": lost}))
        for hole, found in layers.items():
            found.sort(key=lambda stratum: (stratum["top"], stratum["base"]))
            fault = _order_fault(found, holes[hole])
            if fault:
                faults.setdefault(hole, fault)
        return layers, faults


def _names(abbreviations: Group | None) -> dict[str, str]:
    """What each legend code of GEOL_LEG is called in this file."""
    rows = abbreviations.rows if abbreviations else []
    return {row.get("ABBR_CODE", ""): row.get("ABBR_DESC", "") for _, row in rows if row.get("ABBR_HDNG") == "GEOL_LEG"}


def _deepest(holes: Group) -> dict[str, float]:
    """How deep each hole is; infinite where nobody says."""
    return {row["LOCA_ID"]: _metres(row.get(_DEEPEST, ""), np.inf) for _, row in holes.rows}


def _twice(holes: Group) -> set[str]:
    counts = Counter(row["LOCA_ID"] for _, row in holes.rows)
    return {hole for hole, count in counts.items() if count > 1}


def _undated(holes: Group) -> dict[str, Fault]:
    """The holes that were finished on something that is no day."""
    form, missing = holes.units.get(_FINISHED, ""), shipped()["standard"].missing | {""}
    told = {row["LOCA_ID"]: row.get(_FINISHED, "") for _, row in holes.rows}
    return {
        hole: Fault("ags.day", f"{text} / {form}")
        for hole, text in told.items()
        if text not in missing and not _is_day(_day(text, form))
    }


def _is_day(text: str) -> bool:
    try:
        day_of(text)
    except Invalid:
        return False
    return True


def _stratum(row: Row, names: Mapping[str, str]) -> Stratum:
    """One layer; `ValueError` where it has no two depths, the lower one below the other."""
    top, base = number_of(row["GEOL_TOP"]), number_of(row["GEOL_BASE"])
    if not 0 <= top < base:
        raise ValueError(row)
    said = {name: row.get(heading, "").replace(LOST, "?") for name, heading in _SAID.items()}
    said["name"] = names.get(said["legend"], "")
    return {"top": top, "base": base, **{name: text for name, text in said.items() if text}}


def _order_fault(strata: list[Stratum], deepest: float) -> Fault | None:
    """What is wrong with a hole's layers together: one reaches below the hole's end, or into the next."""
    ends = [(float(stratum["top"]), float(stratum["base"])) for stratum in strata]
    if max(base for _, base in ends) > deepest + _ROUNDED:
        return Fault("ags.depth", f"{max(base for _, base in ends)} > {deepest}")
    for (_, base), (top, below) in pairwise(ends):
        if top < base - _ROUNDED:
            return Fault("ags.strata", f"{top} – {below} < {base}")
    return None


def _points(rows: list[Row]) -> tuple[Shapes, dict[int, Fault]]:
    """The holes' mouths with their ground's height; a place that is no number is a fault of its hole."""
    places = np.array([[_metres(row[_EAST]), _metres(row[_NORTH]), _metres(row.get(_GROUND, ""))] for row in rows])
    flat = np.isfinite(places[:, :2]).all(axis=1)
    shapes: Shapes = np.full(len(rows), None, dtype=object)
    shapes[flat] = shapely.points(places[flat])
    lost = np.flatnonzero(~flat).tolist()
    return shapes, {i: Fault("geom.finite", f"{rows[i][_EAST]} {rows[i][_NORTH]}") for i in lost}


def _day(text: str, form: str) -> str:
    """A day that is in the order its unit names (`dd/mm/yyyy`), as ISO 8601 has it; any other as it stands."""
    pattern = re.escape(form[:_DAY].lower())
    for part, digits in (("yyyy", r"(?P<year>\d{4})"), ("mm", r"(?P<month>\d{1,2})"), ("dd", r"(?P<day>\d{1,2})")):
        pattern = pattern.replace(part, digits, 1)
    found = re.match(pattern, text)
    if found is None or len(found.groupdict()) < 3:
        return text
    return f"{found['year']}-{found['month']:0>2}-{found['day']:0>2}{text[found.end() :]}"


def _metres(text: str, unknown: float = np.nan) -> float:
    try:
        return number_of(text)
    except ValueError:
        return unknown


def _text(strata: list[Stratum] | None) -> str | None:
    """Layers as JSON text, the same way every time."""
    return json.dumps(strata, ensure_ascii=False, separators=(",", ":"), sort_keys=True) if strata else None
