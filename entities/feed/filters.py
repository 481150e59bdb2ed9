"""Which changes a subscriber wants: a value with one written form, whoever asks and by whichever door."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Final

import shapely

from entities.errors import BadQuery
from entities.store import Box

KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{"create": "new", "change": "changed", "end": "ended", "retract": "retracted"},
        **{"link": "linked", "unlink": "unlinked"},
    }
)
"""What each kind of change is called outside, in the words of a report's outcomes."""

VERTICES: Final = 10_000
"""The most vertices an area may have."""

_LAYER: Final = re.compile(r"[a-z][a-z0-9_-]{0,15}")
_CLASS: Final = re.compile(r"[0-9]{1,16}")
_DIVISION: Final = re.compile(r"[0-9]{6}")
_WORLD: Final = shapely.box(-180, -90, 180, 90)


@dataclass(frozen=True, slots=True)
class Filter:
    """Changes in some `layers`, of `classes` (codes or their beginnings), of `kinds`, touching a `box`, an `area`
    (WKT polygon) and the `territory` of a division. What is not given leaves nothing out.

    A change touches what its bounding box touches, so that a subscriber can tell from the change alone.
    """

    layers: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    box: Box | None = None
    area: str | None = None
    territory: str | None = None

    def __post_init__(self) -> None:
        _each("layer", self.layers, _LAYER, "buildings, roads …")
        _each("class", self.classes, _CLASS, "31, 310301 …")
        _each("kind", self.kinds, re.compile("|".join(KINDS.values())), ", ".join(KINDS.values()))
        _each("territory", (self.territory,) if self.territory else (), _DIVISION, "370102 …")
        if self.area is not None:
            _polygon(self.area)

    @property
    def polygon(self) -> shapely.Geometry | None:
        """The area as a geometry."""
        return None if self.area is None else _polygon(self.area)

    @property
    def words(self) -> dict[str, str]:
        """The filter as the parameters of a request: each list sorted, nothing in it twice or for nothing."""
        written = {
            "area": shapely.to_wkt(shapely.normalize(self.polygon), rounding_precision=9) if self.area else "",
            "bbox": ",".join(f"{number:.9f}".rstrip("0").rstrip(".") for number in self.box or ()),
            "class": ",".join(_shortest(self.classes)),
            "kind": ",".join(sorted(set(self.kinds))),
            "layer": ",".join(sorted(set(self.layers))),
            "territory": self.territory or "",
        }
        return {name: value for name, value in written.items() if value}

    @property
    def text(self) -> str:
        """The one written form: JSON with sorted names and no spaces; `{}` wants every change."""
        return json.dumps(self.words, sort_keys=True, separators=(",", ":"))

    @property
    def digest(self) -> str:
        """SHA-256 of the written form, hexadecimal: the filter's name, and where its running hash begins."""
        return sha256(self.text.encode()).hexdigest()


def _each(name: str, values: tuple[str, ...], form: re.Pattern[str], known: str) -> None:
    """Refuse a value that is not of its form. `BadQuery` (`feed.filter`)."""
    for value in values:
        if not form.fullmatch(value):
            raise BadQuery.because("feed.filter", name=name, value=value, known=known)


def _shortest(classes: tuple[str, ...]) -> list[str]:
    """Beginnings of codes without those that begin with another of them."""
    kept: list[str] = []
    for code in sorted(set(classes)):
        if not kept or not code.startswith(kept[-1]):
            kept.append(code)
    return kept


def _polygon(text: str) -> shapely.Geometry:
    """The polygon of a text. `BadQuery` (`feed.filter`) for what is no polygon in degrees, or too fine a one."""
    area = shapely.from_wkt(text, on_invalid="ignore")
    polygonal = area is not None and area.geom_type in ("Polygon", "MultiPolygon") and not area.is_empty
    if not polygonal or not all(map(math.isfinite, area.bounds)) or shapely.get_num_coordinates(area) > VERTICES:
        raise BadQuery.because("feed.filter", name="area", value=text[:80], known=f"POLYGON ((…)), ≤ {VERTICES}")
    if not area.is_valid or not _WORLD.covers(area):
        raise BadQuery.because("feed.filter", name="area", value=text[:80], known=shapely.is_valid_reason(area))
    return shapely.force_2d(area)
