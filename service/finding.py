"""Finds what people type: coordinates, codes, names of divisions in 汉字, pinyin or initials, names of entities."""

import re
from functools import lru_cache
from typing import Any, Final

from entities.model import Version
from entities.store import Store
from service.config import Config
from service.shapes.matches import division_match, entity_match, place_match
from service.sheets import catalogue_of
from tiling.maps.sheet import CatalogueEntry

_COORDINATES: Final = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*[,，;\s]\s*(-?\d+(?:\.\d+)?)\s*")


def matches(store: Store, config: Config, words: str, limit: int) -> list[dict[str, Any]]:
    """What the words may mean, the best first: a place, an entity by code, divisions, entities by name."""
    place = read_coordinates(words)
    if place:
        return [place_match(*place)]
    view = store.view()
    entries = catalogue_of(store, config)
    names = {entry.code: entry.names.zh for entry in entries}
    found = [entity_match(version, store.meaning) for version in view.named(store.resolve(words))]
    found += [division_match(entry, names.get(entry.parent or "")) for entry in ranked(entries, words)]
    known = {match["code"] for match in found}
    named = store.search(words, limit) if len(found) < limit else ()
    found += [entity_match(one, store.meaning) for one in named if one.code not in known and not _is_division(one)]
    return found[:limit]


def ranked(entries: list[CatalogueEntry], words: str) -> list[CatalogueEntry]:
    """The divisions that the words name: exactly, then from the beginning, then somewhere; the larger first."""
    wanted = plain(words)
    marks = [(rank(entry, wanted), entry.code, entry) for entry in entries] if wanted else []
    return [entry for mark, _, entry in sorted(marks, key=lambda one: one[:2]) if mark < 3]


def rank(entry: CatalogueEntry, wanted: str) -> int:
    """How well plain words name a division: 0 exactly, 1 from the beginning, 2 somewhere in it, 3 not at all."""
    spelled = [plain(text) for text in (entry.names.zh, entry.names.en, entry.pinyin, entry.initials, entry.code)]
    inside = [text for text in spelled[:3] if wanted in text] + [
        text for text in spelled[3:] if text.startswith(wanted)
    ]
    return min((0 if text == wanted else 1 if text.startswith(wanted) else 2 for text in inside), default=3)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """A text as it is compared: small letters, without spaces, hyphens and apostrophes."""
    return re.sub(r"[\s'’\-]", "", text).lower()


def read_coordinates(text: str) -> tuple[float, float] | None:
    """`lon,lat` in degrees as people type it, or None for anything else."""
    found = _COORDINATES.fullmatch(text)
    lon, lat = (float(part) for part in found.groups()) if found else (999.0, 999.0)
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None


def _is_division(version: Version) -> bool:
    return "adcode" in version.state.attributes
