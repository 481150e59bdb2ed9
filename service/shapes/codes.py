"""The codes of an entity as JSON: those the base gives itself, and those of other registers at a moment."""

from typing import Any, Final

import shapely

from entities.codes import code_text
from entities.grid import beidou, rslc
from entities.model import Link, Moment, Version, day_text
from entities.registers.schemes import Part, Scheme, ranges
from entities.registers.table import Schemes
from entities.report import said
from entities.store import Store
from entities.text import Text

_OWN: Final = {
    "entity": Text("地理实体编码", "Entity code"),
    "spatial": Text("空间身份编码", "Spatial identity code"),
    "rslc": Text("位置码（现在）", "Location code (now)"),
    "beidou": Text("北斗网格码", "BeiDou grid code"),
}
_UNSAID: Final = {
    **{"confidence": None, "issuer": None, "note": None, "valid_from": None, "valid_to": None, "unified": None}
}


def codes_json(version: Version, store: Store, moment: Moment) -> list[dict[str, Any]]:
    """Every code of an entity: its own, then those linked to it on that day, as known at that transaction."""
    schemes = store.meaning.schemes
    return [*_own_codes(version, store), *(link_json(one, schemes) for one in store.links(version.code, moment))]


def link_json(one: Link, schemes: Schemes) -> dict[str, Any]:
    """A code that another register gave, how it came to be linked, and the unified identifier it makes."""
    return {
        "scheme": one.scheme,
        "titles": said(_OWN.get(one.scheme) or schemes.name(one.scheme)),
        "value": one.value,
        "text": one.value,
        "method": one.method,
        "confidence": one.confidence,
        "issuer": one.issuer,
        "note": one.note,
        "valid_from": day_text(one.period.start),
        "valid_to": day_text(one.period.end),
        "unified": f"{one.code}+{one.scheme}:{one.value}",
    }


def scheme_json(scheme: Scheme) -> dict[str, Any]:
    """A scheme: what it is called, how its codes are written and checked, what carries them, where that is from."""
    return {
        "id": scheme.id,
        "titles": said(scheme.name),
        "issuer": said(scheme.issuer),
        "example": scheme.example,
        "patterns": [form.pattern.pattern for form in scheme.forms],
        "forms": [[_part_json(part) for part in form.parts] for form in scheme.forms],
        "check": scheme.check or None,
        "carriers": list(scheme.carriers),
        "place": scheme.place,
        "source": said(scheme.source),
        "quality": scheme.quality,
    }


def _part_json(part: Part) -> dict[str, Any]:
    length = part.least if part.least == part.most else f"{part.least}-{part.most}"
    return {"titles": said(part.name), "length": length, "symbols": ranges(part.symbols), "check": part.check or None}


def _own_codes(version: Version, store: Store) -> list[dict[str, Any]]:
    """The codes that the base itself gives: entity code, spatial identity code, and where it stands now."""
    centre = shapely.centroid(version.state.geometry)
    lon, lat = centre.x, centre.y
    values = {
        "entity": (version.code, code_text(version.code), "issued"),
        "spatial": (spatial := store.spatial_code(version.code), spatial, "issued"),
        "rslc": (place := rslc.encode_one(lon, lat), place, "derived"),
        "beidou": (cell := beidou.encode_one(lon, lat), cell, "derived"),
    }
    return [
        {"scheme": scheme, "titles": said(_OWN[scheme]), "value": value, "text": text, "method": method, **_UNSAID}
        for scheme, (value, text, method) in values.items()
    ]
