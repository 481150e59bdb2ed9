"""The catalogue of map sheets as JSON: sheets, facets with counts, what to drop when nothing is left."""

from collections import Counter
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from entities.model import day_text
from entities.report import said
from entities.text import Text
from service.maps.catalogue import FACETS, ORDER, Catalogue, Filters, Leaf
from service.maps.catalogue import FORMATS as FILES
from service.maps.studio import Studio
from service.shapes.links import address, link, this
from tiling.maps.divisions import Division

TITLES: Final = MappingProxyType(
    {
        "province": Text("省", "Province"),
        "city": Text("市", "City"),
        "county": Text("县（市、区）", "County"),
        "pdf": Text("PDF（可放大打印）", "PDF (vector)"),
        "png": Text("PNG", "PNG"),
        "jpg": Text("JPG", "JPG"),
        "svg": Text("SVG（可编辑）", "SVG (vector)"),
    }
)
"""What the values of facets are called; those that are divisions by their names."""


def sheet_json(leaf: Leaf, studio: Studio) -> dict[str, Any]:
    """A sheet as the catalogue lists it."""
    entry, sheet = leaf.entry, leaf.sheet
    parent = sheet.divisions.by_code.get(entry.parent or "")
    return {
        "division": entry.code,
        "name": entry.names.zh,
        "titles": said(entry.title),
        "level": entry.level,
        "parent": place_json(parent) if parent else None,
        "size": entry.size,
        "theme": entry.theme,
        "scale": entry.scale,
        "thumbnail": address(f"/maps/{entry.code}/thumbnail.jpg"),
        "formats": [file_json(leaf, form, studio) for form in FILES],
        "approval_number": sheet.settings.approval,
        "day": day_text(sheet.data_day),
        "transaction": sheet.data_version,
        "version": sheet.name,
        "bbox": list(entry.box),
        "links": [link("self", f"/maps/{entry.code}")],
    }


def sheet_page(leaf: Leaf, studio: Studio) -> dict[str, Any]:
    """A sheet with what lies under it and beside it."""
    catalogue, code = studio.catalogue(), leaf.entry.code
    printed = studio.path(leaf, "pdf")
    return {
        **sheet_json(leaf, studio),
        "children": [place_json(one) for one in catalogue.children(code)],
        "neighbours": [place_json(one) for one in catalogue.neighbours(code)],
        "sha256": _sha256(printed) if printed.is_file() else None,
    }


def file_json(leaf: Leaf, form: str, studio: Studio) -> dict[str, Any]:
    """One file of a sheet; its size is known once it has been drawn."""
    path = studio.path(leaf, form)
    size = path.stat().st_size if path.is_file() else None
    return {"format": form, "href": address(f"/maps/{leaf.entry.code}.{form}"), "bytes": size}


def place_json(division: Division) -> dict[str, Any]:
    """A division in short."""
    return {"division": division.code, "name": division.names.zh, "titles": said(division.names)}


def facets_json(catalogue: Catalogue, filters: Filters) -> dict[str, list[dict[str, Any]]]:
    """For each facet its values, with the number of sheets that each would leave beside the other filters."""
    return {name: _values(catalogue, filters, name) for name in FACETS}


def _values(catalogue: Catalogue, filters: Filters, name: str) -> list[dict[str, Any]]:
    chosen = getattr(filters, name)
    others = filters.but(name, None).of(catalogue)
    counts = Counter(value for leaf in others for value in FACETS[name](leaf))
    order = ORDER.get(name, sorted(counts))
    return [
        {
            "value": value,
            "titles": _title(catalogue, value),
            "count": counts[value],
            "chosen": value == chosen,
            "href": catalogue_address(filters.but(name, None if value == chosen else value)),
        }
        for value in order
        if counts[value] or value == chosen
    ]


def relaxed_json(catalogue: Catalogue, filters: Filters) -> list[dict[str, Any]]:
    """Which filters, once dropped, would leave sheets, and how many."""
    found = []
    for name in ("words", *FACETS):
        value = getattr(filters, name)
        wider = filters.but(name, None)
        if value and (count := len(wider.of(catalogue))):
            found.append({"titles": _title(catalogue, value), "count": count, "href": catalogue_address(wider)})
    return found


def catalogue_address(filters: Filters) -> str:
    """The catalogue's address with these filters."""
    return address("/maps", q=filters.words, level=filters.level, parent=filters.parent, format=filters.format)


def catalogue_json(catalogue: Catalogue, filters: Filters, shown: list[Leaf], studio: Studio) -> dict[str, Any]:
    """A page of the catalogue; the caller adds the link to the next."""
    found = filters.of(catalogue)
    return {
        "query": filters.words or "",
        "total": len(found),
        "sheets": [sheet_json(leaf, studio) for leaf in shown],
        "facets": facets_json(catalogue, filters),
        "relaxed": [] if found else relaxed_json(catalogue, filters),
        "links": [this()],
    }


def _title(catalogue: Catalogue, value: str) -> dict[str, str]:
    division = catalogue.divisions.by_code.get(value)
    return said(division.names if division else TITLES.get(value, Text(value, value)))


@lru_cache(maxsize=1024)
def _sha256(path: Path) -> str:
    """The hash of a file, which never changes, since its name says what is in it."""
    return sha256(path.read_bytes()).hexdigest()
