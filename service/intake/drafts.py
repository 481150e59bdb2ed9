"""A feature as it is sent to be stored: the GeoJSON that is also served, read into what an entity is to be."""

from collections.abc import Mapping
from math import isfinite
from typing import Any, Final

import numpy as np
from flask import Request
from pyproj import CRS

from entities.crs import Projection
from entities.errors import BadQuery, Invalid, NotFound
from entities.model import Scalar, State
from entities.readers import Limits
from entities.readers.json_geometry import shapes_of
from entities.readers.placing import Placer
from entities.readers.source import Chunk
from entities.store import Meaning

MOST_BYTES: Final = 64 << 20
"""The largest feature that is read; a million vertices are fewer."""

SAID: Final = ("class", "name", "height", "base", "attributes")
"""The properties that can be said."""

SERVED: Final = (
    *("code", "class_zh", "class_en", "valid_from", "valid_to"),
    *("known_from", "known_to", "transaction"),
)
"""Properties that are served as well; they are the base's to say, and passed over when they come back."""

Object = Mapping[str, Any]


def read_object(request: Request) -> Object:
    """The JSON object that a request brings. `BadQuery` (`request.form`)."""
    request.max_content_length = MOST_BYTES
    try:
        sent = request.get_json()
    except RecursionError:
        raise BadQuery.because("request.form", why="[[[…") from None
    if not isinstance(sent, dict):
        raise BadQuery.because("request.form", why="{…}")
    return sent


def merged(target: Any, patch: Any) -> Any:
    """A value with a merge patch put on it (RFC 7396): null takes a member away, anything but objects replaces."""
    if not isinstance(patch, Mapping):
        return patch
    kept = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            kept.pop(name, None)
        else:
            kept[name] = merged(kept.get(name), value)
    return kept


def read_state(feature: Object, layer: str, meaning: Meaning, limits: Limits) -> State:
    """What a feature says that an entity of a layer is. `Invalid` (`edit.…`, `geom.…`, `crs.…`)."""
    properties = feature.get("properties")
    if feature.get("type") != "Feature" or not isinstance(properties, Mapping):
        raise _malformed("type: Feature, properties: {…}")
    strange = sorted(set(properties) - {*SAID, *SERVED})
    if strange:
        raise _malformed(f"properties: {', '.join(map(str, strange))}")
    class_code = _text(properties, "class") or ""
    _check_layer(class_code, layer, meaning)
    geometry, ground = _place(feature.get("geometry"), limits)
    base = _number(properties, "base")
    return State(
        class_code,
        geometry,
        _text(properties, "name"),
        _number(properties, "height"),
        ground if base is None else base,
        attributes=_attributes(properties.get("attributes")),
    )


def _check_layer(class_code: str, layer: str, meaning: Meaning) -> None:
    """Refuse a class of another layer (`edit.layer`); one that is unknown is left to the checks."""
    try:
        found = meaning.layer_of(class_code)
    except NotFound:
        return
    if found != layer:
        raise Invalid.because("edit.layer", class_code=class_code, layer=layer, other=found)


def _place(geometry: object, limits: Limits) -> tuple[Any, float | None]:
    """A geometry in the base's coordinates, and the ground's height where a point brings one."""
    shapes, faults = shapes_of([geometry])
    chunk = Chunk(1, {}, np.array(shapes, dtype=object), faults=faults)
    placed = Placer(Projection.of(CRS.from_user_input("OGC:CRS84")), limits).place(chunk)
    if faults or placed.faults:
        fault = faults.get(0)
        raise Invalid.because(fault.rule, why=fault.why) if fault else Invalid([placed.faults[0]])
    return placed.shapes[0], placed.bases[0]


def _text(properties: Object, name: str) -> str | None:
    value = properties.get(name)
    if value is not None and not isinstance(value, str):
        raise _malformed(f"{name}: {value!r}")
    return value or None


def _number(properties: Object, name: str) -> float | None:
    value = properties.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise _malformed(f"{name}: {value!r}")
    return float(value)


def _attributes(value: object) -> dict[str, Scalar]:
    given = {} if value is None else value
    if not isinstance(given, Mapping):
        raise _malformed(f"attributes: {value!r}")
    for name, one in given.items():
        if not isinstance(one, str | int | float | None) or (isinstance(one, float) and not isfinite(one)):
            raise _malformed(f"attributes.{name}: {one!r}")
    return dict(given)


def _malformed(why: str) -> Invalid:
    return Invalid.because("edit.form", why=why[:200])
