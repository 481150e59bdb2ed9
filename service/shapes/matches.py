"""What a search finds, as JSON: divisions, entities, places."""

from typing import Any

from entities.model import Version
from entities.store import Meaning
from service.maps.catalogue import Catalogue
from service.shapes.entities import brief
from service.shapes.links import address, part
from tiling.maps.sheet import CatalogueEntry


def entity_match(version: Version, meaning: Meaning) -> dict[str, Any]:
    """An entity that was found."""
    found = brief(version, meaning)
    href = address(f"/codes/{part(version.code)}")
    return {**found, "kind": "entity", "layer": found["layer"]["id"], "parent": None, "href": href}


def division_match(entry: CatalogueEntry, catalogue: Catalogue) -> dict[str, Any]:
    """A division that was found, and the name of the one it belongs to."""
    parent = catalogue.divisions.by_code.get(entry.parent or "")
    west, south, east, north = entry.box
    return {
        "kind": "division",
        "code": entry.code,
        "text": entry.code,
        "name": entry.names.zh,
        "names": {"zh": entry.names.zh, "en": entry.names.en},
        "class": None,
        "layer": "divisions",
        "parent": parent.names.zh if parent else None,
        "bbox": [west, south, east, north],
        "centroid": [(west + east) / 2, (south + north) / 2],
        "href": address(f"/maps/{entry.code}"),
    }


def place_match(lon: float, lat: float) -> dict[str, Any]:
    """A place given by its coordinates."""
    text = f"{lon:.6f},{lat:.6f}"
    unsaid = {"code": None, "class": None, "layer": None, "parent": None}
    href = address("/", lon=lon, lat=lat)
    return {
        "kind": "place",
        "text": text,
        "name": text,
        **unsaid,
        "bbox": [lon, lat, lon, lat],
        "centroid": [lon, lat],
        "href": href,
    }
