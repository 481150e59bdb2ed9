"""The values everything else is made of: periods, states, versions, candidates, deltas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from hashlib import blake2b
from typing import Final, NamedTuple

import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from entities.errors import Invalid

Day = int
"""A day of valid time: days since 1970-01-01 in Beijing time."""

TransactionNumber = int
"""A point of known time: the number of the transaction that said so, from 1."""

Scalar = str | int | float | bool | None

FOREVER: Final[Day] = date(9999, 12, 31).toordinal() - date(1970, 1, 1).toordinal()
"""The end of a validity that has not ended."""

LATEST: Final[TransactionNumber] = 2**53 - 1
"""The end of a knowledge that has not been corrected."""

BEIJING: Final = timezone(timedelta(hours=8))
_EPOCH: Final = date(1970, 1, 1).toordinal()


def parse_day(text: str) -> Day:
    """Read a day from `2026-05-19`, `20260519` or an RFC 3339 instant; an instant counts as its day in Beijing.

    Raises `Invalid` (`time.valid`) for anything else.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Invalid.because("time.valid", time=text, why="YYYY-MM-DD") from None
    local = moment.astimezone(BEIJING) if moment.tzinfo else moment
    return local.date().toordinal() - _EPOCH


@lru_cache(maxsize=4_096)
def day_text(day: Day) -> str:
    """Write a day as `2026-05-19`; an open start or end is written `..` as OGC APIs do."""
    return ".." if not -_EPOCH < day < FOREVER else date.fromordinal(day + _EPOCH).isoformat()


def today() -> Day:
    """The present day in Beijing. Only the outermost layers ask the clock."""
    return datetime.now(UTC).astimezone(BEIJING).date().toordinal() - _EPOCH


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from `start` up to but not including `end`."""

    start: Day
    end: Day = FOREVER

    def __post_init__(self) -> None:
        if not self.start < self.end <= FOREVER:
            raise Invalid.because("time.valid", time=f"{day_text(self.start)}/{day_text(self.end)}", why="start < end")

    def __contains__(self, day: Day) -> bool:
        return self.start <= day < self.end

    def overlaps(self, other: "Period") -> bool:
        """Tell whether the two share at least one day."""
        return self.start < other.end and other.start < self.end

    def minus(self, hole: "Period") -> list["Period"]:
        """What is left of this period once `hole` is taken out: none, one or two periods."""
        if not self.overlaps(hole):
            return [self]
        left = [Period(self.start, hole.start)] if self.start < hole.start else []
        right = [Period(hole.end, self.end)] if hole.end < self.end else []
        return left + right


@dataclass(frozen=True, slots=True)
class Moment:
    """A point on both time axes: the day asked about, and the last transaction that may be known."""

    valid_at: Day
    known_at: TransactionNumber = LATEST


@dataclass(frozen=True, slots=True)
class Surfaces:
    """The outside of a building as measured: polygons with 1985 heights, each a roof, wall, ground or other.

    `polygons` is a MultiPolygon Z in lon, lat (EPSG:4490) and metres; `kinds` has one letter a polygon, of `RWGO`.
    """

    polygons: BaseGeometry
    kinds: str

    def __post_init__(self) -> None:
        if len(self.kinds) != len(self.polygons.geoms) or set(self.kinds) - set("RWGO"):
            raise ValueError("one letter of RWGO for each polygon")


@dataclass(frozen=True, slots=True)
class State:
    """What an entity is while nothing about it changes.

    `geometry` is its 2D representation in lon, lat (EPSG:4490): footprint, centre line or point; pipes and other
    lines may carry Z (1985 heights). `base` is the 1985 height of the ground at it and `height` its extent above
    that, both in metres.
    """

    class_code: str
    geometry: BaseGeometry
    name: str | None = None
    height: float | None = None
    base: float | None = None
    surfaces: Surfaces | None = None
    attributes: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One feature of an uploaded file, on its way to become an entity or to update one."""

    row: int  # 1 for the first feature of its layer
    state: State
    source_id: str | None = None  # the feature's id in its file
    code: str | None = None  # the entity code it declares
    valid_from: Day | None = None
    change: str | None = None  # a declared change: create, end, retract, change
    resource_codes: tuple[tuple[str, str], ...] = ()  # (scheme, code)


@dataclass(frozen=True, slots=True)
class Version:
    """The state of one entity during one period, as the base knew it from one transaction to another."""

    code: str
    period: Period
    state: State
    surveyed: TransactionNumber = 0  # the transaction whose survey it is
    known_from: TransactionNumber = 0
    known_to: TransactionNumber = LATEST


class Surveyed(NamedTuple):
    """What a transaction says of the survey in it: what was surveyed (a file, mostly), and the department that did."""

    source: str
    department: str


@dataclass(frozen=True, slots=True)
class Delta:
    """One entity's change within a transaction: `old` is None for a new one, `new` is None for one that ended."""

    code: str
    old: Version | None
    new: Version | None

    def __invert__(self) -> "Delta":
        return Delta(self.code, self.new, self.old)


@dataclass(frozen=True, slots=True)
class Link:
    """A code that another register gave to an entity, and how it came to be linked."""

    code: str
    scheme: str
    value: str
    period: Period
    method: str = "declared"  # declared, spatial, imported, manual, inherited
    confidence: float = 1.0
    issuer: str | None = None
    note: str | None = None  # why, where that is not plain
    known_from: TransactionNumber = 0
    known_to: TransactionNumber = LATEST


@dataclass(frozen=True, slots=True)
class Lineage:
    """One step of an event from a parent to a child; in an event of one entity it is both.

    `share` is the part of the child's area that the parent gave, `share_of_parent` the part of the parent's that went
    into the child, None where nobody measured it. Steps with one `number` and `event` are one event, written `n.e`.
    """

    kind: str  # split, merge, replace, and the changes that keep a code
    parent: str
    child: str
    share: float
    day: Day
    share_of_parent: float | None = None
    number: TransactionNumber = 0
    event: int = 0


def fingerprints(states: Sequence[State]) -> list[bytes]:
    """16 bytes for each state that differ where anything about the states differs (BLAKE2b)."""
    shapes = shapely.to_wkb([state.geometry for state in states])
    solids = shapely.to_wkb([state.surfaces.polygons if state.surfaces else None for state in states])
    return [_fingerprint(*parts) for parts in zip(states, shapes, solids, strict=True)]


def _fingerprint(state: State, shape: bytes, solid: bytes | None) -> bytes:
    words = [state.class_code, state.name, state.height, state.base, state.attributes]
    digest = blake2b(orjson.dumps(words, _plain, orjson.OPT_SORT_KEYS), digest_size=16)
    digest.update(shape)
    if solid is not None and state.surfaces is not None:
        digest.update(solid)
        digest.update(state.surfaces.kinds.encode())
    return digest.digest()


def attributes_text(attributes: Mapping[str, Scalar]) -> str:
    """Write attributes as JSON in one way only: sorted keys, no spaces."""
    return orjson.dumps(attributes, _plain, orjson.OPT_SORT_KEYS).decode()


def _plain(value: object) -> object:
    """What JSON has no word for: any mapping is an object, anything else its text."""
    return dict(value) if isinstance(value, Mapping) else str(value)
