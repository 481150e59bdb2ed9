"""Soundings and other loose heights read from text: a triangle net between those that stand close to each other.

A file has three columns, of which a header may say the meaning, divided by commas, semicolons, tabs or blanks; `.xz`
and `.gz` are unpacked.
"""

import gzip
import lzma
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from entities.crs import Projection
from entities.errors import Invalid
from entities.rules import Finding
from entities.text import Text
from tiling.elevation.lattice import Heights, Nodes
from tiling.elevation.measured import HIGHEST, LOWEST, Bounds, Floats, Samples, oddly_placed, placed, system, undeclared
from tiling.elevation.net import Net

SUFFIXES: Final = frozenset({".xyz", ".csv", ".txt", ".xz", ".gz"})

_UNREADABLE: Final = (ValueError, EOFError, lzma.LZMAError, gzip.BadGzipFile, zlib.error)
_MOST: Final = 2_000_000  # points in the net; more are drawn together by lattice cell first
_SAMPLED: Final = 200_000
_OPENED: Final[Mapping[str, Callable[..., Any]]] = {".xz": lzma.open, ".gz": gzip.open}
_HEAD: Final = 50  # lines among which a file says what its columns are
_EAST: Final = frozenset({"lon", "long", "longitude", "lng", "x", "e", "easting", "经度", "东坐标"})
_NORTH: Final = frozenset({"lat", "latitude", "y", "n", "northing", "纬度", "北坐标"})
_DEPTH: Final = frozenset({"depth", "水深", "深度"})
_UP: Final = frozenset({"z", "h", "height", "elevation", "elev", "alt", "altitude", "bathymetry", "高程", "高度"})
_UNIT: Final = re.compile(r"[\s_]*[\[(（]?(m|metres?|meters?|米)[\])）]?$")
_SIGNS: Final = {
    "up": Text("高程，向上为正", "heights, positive upwards"),
    "down": Text("水深，向下为正，已反号", "depths, positive downwards, and turned into heights"),
    "below": Text("水深，已是负数，照用", "depths that are negative already, and so taken as they are"),
}


class Columns(NamedTuple):
    """Which columns of a file hold what, and what the third is called ('' without a header)."""

    east: int
    north: int
    value: int
    name: str
    skip: int
    divider: str | None


@dataclass(frozen=True)
class Soundings:
    """All points of some files as one net."""

    lon: Floats = field(repr=False)
    lat: Floats = field(repr=False)
    height: Floats = field(repr=False)
    crs: str
    findings: list[Finding] = field(repr=False)
    sea: bool

    @classmethod
    def read(cls, paths: Sequence[Path], given: str | None) -> "Soundings":
        """Read files whole. `Invalid` where one is no such text, has no points, or cannot be placed."""
        parts = [_read(path, given) for path in paths]
        lon, lat, height = (np.concatenate([part[0][axis] for part in parts]) for axis in range(3))
        if len(lon) < 3:
            raise Invalid.because("elevation.few", name=paths[0].name, count=len(lon))
        findings = list({(one.rule, str(one.values)): one for part in parts for one in part[2]}.values())
        return cls(lon, lat, height, parts[0][1].name, findings, bool(np.median(height) < 0))

    @property
    def count(self) -> int:
        return len(self.height)

    @property
    def bounds(self) -> Bounds:
        west, east = float(self.lon.min()), float(self.lon.max())
        if east - west > 180:
            raise Invalid.because("elevation.wide", degrees=round(east - west))
        return west, float(self.lat.min()), east, float(self.lat.max())

    @property
    def resolution(self) -> float:
        return self._net.usual / 2

    def heights(self, nodes: Nodes) -> Heights:
        return self._net.drawn(nodes)

    def samples(self) -> Iterator[Samples]:
        some = slice(None, None, -(-len(self.lon) // _SAMPLED))
        yield Samples(self.lon[some], self.lat[some], self.height[some])

    @cached_property
    def _net(self) -> Net:
        return Net.over(*_drawn_together(self.lon, self.lat, self.height))


def _drawn_together(lon: Floats, lat: Floats, height: Floats) -> tuple[Floats, Floats, Floats]:
    """The points, or where they are too many, or several at one place, the middles of those in one cell."""
    side = 1e-7
    while True:
        cell = np.stack([np.floor(lon / side), np.floor(lat / side)]).astype(np.int64)
        _, number, count = np.unique(cell[0] * (1 << 31) + cell[1], return_inverse=True, return_counts=True)
        if len(count) <= _MOST:
            lon, lat, height = (np.bincount(number, one) / count for one in (lon, lat, height))
            return lon, lat, height
        side *= 2 if side > 1e-6 else 64


def _read(path: Path, given: str | None) -> tuple[tuple[Floats, Floats, Floats], Projection, list[Finding]]:
    try:
        columns = _columns(path)
        x, y, value = _numbers(path, columns)
    except _UNREADABLE as error:
        raise Invalid.because("elevation.text", name=path.name, why=str(error).splitlines()[0]) from None
    measured = np.isfinite(x) & np.isfinite(y) & (np.abs(value) <= -LOWEST) & ~undeclared(value)
    x, y, value = x[measured], y[measured], value[measured]
    if not len(x):
        raise Invalid.because("elevation.empty", name=path.name)
    degrees = bool(np.abs(x).max() <= 360 and np.abs(y).max() <= 90)
    projection, findings = system("EPSG:4326" if degrees else None, given, path)
    height, sign = _upwards(value, columns.name)
    findings = [
        *findings,
        *oddly_placed(projection, x, y),
        Finding("elevation.sign", {"name": path.name, "sign": _SIGNS[sign]}),
    ]
    if (odd := int((~measured).sum()) + int((height > HIGHEST).sum())) > 0:
        findings.append(Finding("elevation.odd", {"name": path.name, "count": odd}))
    return (*placed(projection, x, y), height), projection, findings


def _numbers(path: Path, columns: Columns) -> NDArray[np.float64]:
    """The three columns (3, n)."""
    with _text(path) as file:
        wanted = (columns.east, columns.north, columns.value)
        rows = np.loadtxt(file, delimiter=columns.divider, skiprows=columns.skip, usecols=wanted, ndmin=2)
    return rows.T


def _upwards(value: Floats, name: str) -> tuple[Floats, str]:
    """Values as heights, and how they were understood: what is called a depth and is positive points down."""
    if name in _DEPTH and np.median(value) > 0:
        return -value + 0.0, "down"
    return value, "below" if name in _DEPTH else "up"


def _columns(path: Path) -> Columns:
    """Which columns hold what, by the first lines. `Invalid` (`elevation.text`) where they cannot be told."""
    with _text(path) as file:
        lines = [(row, line) for row, line in enumerate(islice(file, _HEAD), 1) if line.strip()]
    said = [(row, line) for row, line in lines if not line.startswith("#") or None not in _meant(_names(line)[0])]
    if not said:
        raise Invalid.because("elevation.empty", name=path.name)
    row, line = said[0]
    names, divider = _names(line)
    if len(names) < 3:
        raise Invalid.because("elevation.text", name=path.name, why=line.strip()[:60])
    if _are_numbers(names[:3]):
        return Columns(0, 1, 2, "", 0, divider)
    if len(said) < 2:
        raise Invalid.because("elevation.empty", name=path.name)
    found = _meant(names)
    if None in found:
        raise Invalid.because("elevation.text", name=path.name, why=", ".join(names)[:60])
    east, north, value = (number or 0 for number in found)
    return Columns(east, north, value, names[value], row, divider)


def _names(line: str) -> tuple[list[str], str | None]:
    """What the columns of a line say, which may be a comment, and what divides them (None for blanks)."""
    plain = line.lstrip("#").strip()
    divider = next((mark for mark in (",", ";", "\t") if mark in plain), None)
    return [_UNIT.sub("", one.strip().strip('"').lower()) for one in plain.split(divider)], divider


def _meant(names: list[str]) -> list[int | None]:
    """Which of the columns are east, north and up."""
    return [_one_of(names, known) for known in (_EAST, _NORTH, _DEPTH | _UP)]


def _one_of(names: list[str], known: frozenset[str]) -> int | None:
    return next((number for number, name in enumerate(names) if name in known), None)


def _are_numbers(texts: Sequence[str]) -> bool:
    try:
        return bool(np.array(texts, np.float64).size)
    except ValueError:
        return False


def _text(path: Path) -> IO[str]:
    """A file's text, unpacked: in UTF-8, or in GB 18030 where its first lines are not."""
    opened = _OPENED.get(path.suffix, open)
    with opened(path, "rb") as file:
        head = b"".join(islice(file, _HEAD))
    try:
        head.decode()
        encoding = "utf-8-sig"
    except UnicodeDecodeError:
        encoding = "gb18030"
    text: IO[str] = opened(path, "rt", encoding=encoding, errors="replace")
    return text
