"""Layers and entities as OGC API Features writes them: collections, GeoJSON features, versions."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

import shapely

from entities.codes import code_text
from entities.model import LATEST, Day, Version, day_text
from entities.store import Meaning
from entities.store.history import VersionId
from entities.store.timeline import Difference
from service.layers import Summary, tiles_path
from service.shapes.links import Link, following, link, part, this

GEOJSON: Final = "application/geo+json"
CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
BEIJING_OFFSET: Final = timedelta(hours=8)


def feature(version: Version, meaning: Meaning) -> dict[str, object]:
    """A version as a GeoJSON feature: longitude, latitude; heights in the 1985 datum among the properties."""
    state = version.state
    flat = shapely.force_2d(state.geometry)
    return {
        "type": "Feature",
        "id": version.code,
        "geometry": shapely.geometry.mapping(flat),
        "bbox": list(flat.bounds),
        "properties": properties(version, meaning),
    }


def properties(version: Version, meaning: Meaning) -> dict[str, object]:
    """What is known of an entity during one version, as the properties of a feature."""
    state = version.state
    kind = meaning.classes.get(state.class_code)
    return {
        "code": version.code,
        "class": state.class_code,
        "class_zh": kind.name.zh,
        "class_en": kind.name.en,
        "name": state.name,
        "height": state.height,
        "base": state.base,
        "valid_from": day_text(version.period.start),
        "valid_to": day_text(version.period.end),
        "attributes": dict(sorted(state.attributes.items())),
    }


def feature_page(page: Sequence[Version], meaning: Meaning, cursor: str | None) -> dict[str, object]:
    """A page of features with the link to the next one."""
    return {
        "type": "FeatureCollection",
        "features": [feature(version, meaning) for version in page],
        "numberReturned": len(page),
        "links": [this(GEOJSON), *following(cursor, GEOJSON)],
    }


def version_page(page: Sequence[Version], meaning: Meaning, cursor: str | None, unique: bool) -> dict[str, object]:
    """A page of versions, each as a feature; with `unique` ids, or with that of the entity."""
    features = [listed(version, meaning, f"/items/{part(version.code)}") for version in page]
    for version, one in zip(page, features, strict=True):
        one["id"] = one["id"] if unique else version.code
    return {
        "type": "FeatureCollection",
        "features": features,
        "numberReturned": len(page),
        "links": [this(GEOJSON), *following(cursor, GEOJSON)],
    }


def listed(version: Version, meaning: Meaning, path: str) -> dict[str, object]:
    """One version of an entity as a feature of its own, with when it was known; `path` is the entity's."""
    name = VersionId.of(version)
    return {
        **feature(version, meaning),
        "id": f"{version.code}@{name}",
        "properties": {**properties(version, meaning), **known(version), "version": str(name)},
        "links": [link("self", f"{path}/versions/{name}", GEOJSON), link("original", path, GEOJSON)],
    }


def known(version: Version) -> dict[str, object]:
    """From which transaction to which a version was what the base knew; an open end is None."""
    end = None if version.known_to >= LATEST else version.known_to
    return {"known_from": version.known_from, "known_to": end, "transaction": version.surveyed}


def difference_page(layer: str, count: int, page: Sequence[Difference], cursor: str | None) -> dict[str, object]:
    """A page of the entities that are not the same on two days, of so many in all, with the link to the next one."""
    return {
        "layer": layer,
        "count": count,
        "differences": [_difference(one) for one in page],
        "links": [this(), *following(cursor)],
    }


def _difference(it: Difference) -> dict[str, object]:
    said = {"code": it.code, "text": code_text(it.code), "kind": it.kind, "class": it.class_code, "name": it.name}
    return {**said, "bbox": list(it.box)}


def collection(layer: str, titles: dict[str, str], held: Summary) -> dict[str, object]:
    """A layer as a collection: how much it holds, where, and where its data is."""
    return {
        "id": layer,
        "title": titles["zh"],
        "titles": titles,
        "count": held.count,
        "itemType": "feature",
        "crs": [CRS84],
        "versioning": {"timeAxis": "validity-time", "mutationTime": "server"},
        "extent": {"spatial": {"bbox": [list(held.box)] if held.box else [], "crs": CRS84}},
        "links": collection_links(layer),
    }


def collection_links(layer: str) -> list[Link]:
    """Where a layer's data is."""
    path, tiles = f"/collections/{part(layer)}", tiles_path(layer)
    return [
        link("self", path),
        link("items", f"{path}/items", GEOJSON),
        link("http://www.opengis.net/def/rel/ogc/1.0/timeline", f"{path}/timeline"),
        *([link("tiles", tiles)] if tiles else []),
        link("vector-tiles", f"/map/vector/{part(layer)}/tiles.json"),
    ]


def instant(microseconds: int) -> str:
    """A moment of known time as RFC 3339."""
    return datetime.fromtimestamp(microseconds / 1e6, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def http_date(day: Day) -> str:
    """The beginning of a day in Beijing as HTTP writes instants."""
    return format_datetime(datetime.fromtimestamp(day * 86_400, UTC) - BEIJING_OFFSET, usegmt=True)
