"""Finds what people type: coordinates, codes, names of divisions in 汉字, pinyin or initials, names of entities."""

import re
from typing import Any, Final

from entities.store import Store
from service.maps.catalogue import Catalogue
from service.shapes.matches import division_match, entity_match, place_match

_COORDINATES: Final = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*[,，;\s]\s*(-?\d+(?:\.\d+)?)\s*")


def matches(store: Store, catalogue: Catalogue, words: str, limit: int) -> list[dict[str, Any]]:
    """What the words may mean, the best first: a place, an entity by code, divisions, entities by name."""
    place = read_coordinates(words)
    if place:
        return [place_match(*place)]
    found = [entity_match(version, store.meaning) for version in store.view().named(store.resolve(words))]
    found += [division_match(leaf.entry, catalogue) for leaf in catalogue.named(words)]
    shown = {str(match["code"]) for match in found} | {one.version.code for one in catalogue.divisions.by_code.values()}
    named = store.search(words, limit) if len(found) < limit else ()
    return [*found, *(entity_match(one, store.meaning) for one in named if one.code not in shown)][:limit]


def read_coordinates(text: str) -> tuple[float, float] | None:
    """`lon,lat` in degrees as people type it, or None for anything else."""
    found = _COORDINATES.fullmatch(text)
    lon, lat = (float(part) for part in found.groups()) if found else (999.0, 999.0)
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None
