"""The entity card: one code through to everything the base knows of an entity."""

import re
from typing import Any, Final

import shapely

from entities.codes import code_text
from entities.model import Moment, Version, day_text
from entities.report import said
from entities.store import Meaning, Record, Store, View
from service.layers import layer_titles
from service.shapes.codes import codes_json
from service.shapes.features import GEOJSON, instant, known
from service.shapes.lineage import events_json
from service.shapes.links import link, part
from service.shapes.strata import strata_json

HISTORY: Final = 50
"""How many versions a card lists; all of them are at `/items/{code}/versions`."""

_SUBMISSION: Final = re.compile(r"#([0-9a-f]{12})$")


def card(code: str, store: Store, view: View, query: str) -> dict[str, Any]:
    """Everything about an entity at a moment; `query` is the code that was asked for. `NotFound`, `Gone`."""
    history = store.history(code)
    version = next((one for one in history if stands(one, view.moment)), None) or view.get(code)
    return {
        "query": query,
        **brief(version, store.meaning),
        "valid_from": day_text(version.period.start),
        "valid_to": day_text(version.period.end),
        "day": day_text(view.moment.valid_at),
        "known_at": view.moment.known_at,
        "codes": codes_json(version, store, view.moment),
        "source": source(version, store),
        "attributes": dict(sorted(version.state.attributes.items())),
        "strata": strata_json(version.state),
        "versions": len(history),
        "history": [past(one, store.meaning) for one in history[-HISTORY:]],
        "lineage": events_json(store.events(version.code, view.moment.known_at), store),
        "geometry_type": version.state.geometry.geom_type,
        "links": card_links(version, store.meaning),
    }


def stands(version: Version, moment: Moment) -> bool:
    """Tell whether a version stands at a moment."""
    return moment.valid_at in version.period and version.known_from <= moment.known_at < version.known_to


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
