"""The entity card: one code through to everything the base knows of an entity."""

import re
from typing import Any, Final

import shapely

from entities.codes import code_text
from entities.grid import beidou, rslc
from entities.model import Link, Version, day_text
from entities.report import said
from entities.store import Meaning, Record, Store, View
from entities.text import Text
from service.layers import layer_titles
from service.shapes.features import GEOJSON, instant, known
from service.shapes.lineage import events_json
from service.shapes.links import link, part

HISTORY: Final = 50
"""How many versions a card lists; all of them are at `/items/{code}/versions`."""

_SUBMISSION: Final = re.compile(r"#([0-9a-f]{12})$")

_OWN: Final = {
    "entity": Text("地理实体编码", "Entity code"),
    "spatial": Text("空间身份编码", "Spatial identity code"),
    "rslc": Text("位置码（现在）", "Location code (now)"),
    "beidou": Text("北斗网格码", "BeiDou grid code"),
}


def card(version: Version, store: Store, view: View, query: str) -> dict[str, Any]:
    """Everything about an entity at a moment; `query` is the code that was asked for."""
    history = store.history(version.code)
    return {
        "query": query,
        **brief(version, store.meaning),
        "valid_from": day_text(version.period.start),
        "valid_to": day_text(version.period.end),
        "day": day_text(view.moment.valid_at),
        "known_at": view.moment.known_at,
        "codes": [*own_codes(version, store), *(link_json(one) for one in store.links(version.code))],
        "source": source(version, store),
        "attributes": dict(sorted(version.state.attributes.items())),
        "versions": len(history),
        "history": [past(one, store.meaning) for one in history[-HISTORY:]],
        "lineage": events_json(store.events(version.code, view.moment.known_at), store),
        "geometry_type": version.state.geometry.geom_type,
        "links": card_links(version, store.meaning),
    }


def brief(version: Version, meaning: Meaning) -> dict[str, Any]:
    """What a list says of an entity: codes, class, name, where."""
    state = version.state
    centre = shapely.centroid(state.geometry)
    layer = meaning.layer_of(state.class_code)
    return {
        "code": version.code,
        "text": code_text(version.code),
        "layer": {"id": layer, "titles": layer_titles(layer)},
        "class": {"code": state.class_code, **said(meaning.classes.get(state.class_code).name)},
        "name": state.name,
        "height": state.height,
        "base": state.base,
        "bbox": list(state.geometry.bounds),
        "centroid": [round(centre.x, 9), round(centre.y, 9)],
    }


def own_codes(version: Version, store: Store) -> list[dict[str, Any]]:
    """The codes that the base itself gives: entity code, spatial identity code, and where it stands now."""
    lon, lat = shapely.centroid(version.state.geometry).coords[0][:2]
    values = {
        "entity": (version.code, code_text(version.code), "issued"),
        "spatial": (spatial := store.spatial_code(version.code), spatial, "issued"),
        "rslc": (place := rslc.encode([lon], [lat])[0], place, "derived"),
        "beidou": (cell := beidou.encode([lon], [lat])[0], cell, "derived"),
    }
    unsaid = {"confidence": None, "issuer": None, "valid_from": None, "valid_to": None}
    return [
        {"scheme": scheme, "titles": said(_OWN[scheme]), "value": value, "text": text, "method": method, **unsaid}
        for scheme, (value, text, method) in values.items()
    ]


def link_json(one: Link) -> dict[str, Any]:
    """A code that another register gave, and how it came to be linked."""
    return {
        "scheme": one.scheme,
        "titles": said(Text(one.scheme, one.scheme)),
        "value": one.value,
        "text": one.value,
        "method": one.method,
        "confidence": one.confidence,
        "issuer": one.issuer,
        "valid_from": day_text(one.period.start),
        "valid_to": day_text(one.period.end),
    }


def source(version: Version, store: Store) -> dict[str, Any]:
    """Who said so: the transaction of the survey, its department, reason, file, and submission."""
    return told_by(store.transaction_record(version.surveyed or version.known_from))


def told_by(record: Record) -> dict[str, Any]:
    """Who told a transaction: its department, reason, file, and submission."""
    submission = _SUBMISSION.search(record.source)
    return {
        "department": record.actor,
        "reason": record.reason,
        "file": _SUBMISSION.sub("", record.source).strip(),
        "submission": submission[1] if submission else None,
        "transaction": record.number,
        "known_at": instant(record.known_at),
    }


def past(version: Version, meaning: Meaning) -> dict[str, Any]:
    """One version of an entity's history."""
    state = version.state
    return {
        "valid_from": day_text(version.period.start),
        "valid_to": day_text(version.period.end),
        **known(version),
        "class": {"code": state.class_code, **said(meaning.classes.get(state.class_code).name)},
        "name": state.name,
        "height": state.height,
        "base": state.base,
    }


def card_links(version: Version, meaning: Meaning) -> list[dict[str, str]]:
    """Where more about an entity is."""
    code, layer = part(version.code), part(meaning.layer_of(version.state.class_code))
    return [
        link("self", f"/codes/{code}"),
        link("item", f"/collections/{layer}/items/{code}", GEOJSON),
        link("version-history", f"/items/{code}/versions", GEOJSON),
        link("collection", f"/collections/{layer}"),
    ]
