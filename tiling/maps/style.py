"""The look of maps, read from `tiling/maps/data`: themes, sizes, inks, letterings, words and places, all data."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any

import yaml

from entities.text import Text
from tiling.maps.page import Ink, Lettering


@dataclass(frozen=True, slots=True)
class PaperSize:
    """One sheet size lying on its longer side, and the room left around the map, in millimetres."""

    name: str
    width: float
    height: float
    margin: float
    head: float
    foot: float
    band_side: float
    band_end: float
    pad: float
    legend_gap: float


@cache
def page_of(name: str) -> Any:
    """One YAML page of `tiling/maps/data` by its name without the ending."""
    return yaml.safe_load((files("tiling.maps.data") / f"{name}.yaml").read_text(encoding="utf-8"))


@cache
def style_digest() -> bytes:
    """16 bytes that differ where anything in `tiling/maps/data` differs, or how names are read."""
    digest = blake2b(digest_size=16)
    pages = [*files("tiling.maps.data").iterdir(), files("entities.data") / "readings.yaml"]
    for page in sorted(pages, key=lambda page: page.name):
        if page.name.endswith((".yaml", ".json")):
            digest.update(page.name.encode() + b"\0" + page.read_bytes())
    return digest.digest()


@cache
def paper_size(name: str) -> PaperSize:
    """A sheet size by name; `KeyError` if there is none."""
    entry = dict(page_of("sizes")[name])
    band = entry.pop("band")
    numbers = {key: float(value) for key, value in entry.items()}
    return PaperSize(name, band_side=float(band["side"]), band_end=float(band["end"]), **numbers)


@cache
def ink(name: str) -> Ink:
    """An ink by name; `KeyError` if there is none."""
    entry: Mapping[str, Any] = page_of("styles")["inks"][name]
    return Ink(**{**entry, "dash": tuple(map(float, entry.get("dash", ())))})


@cache
def letterings(name: str) -> tuple[Lettering, ...]:
    """The letterings of one use, the preferred size first; `KeyError` if there are none."""
    entry = dict(page_of("styles")["letterings"][name])
    sizes = entry.pop("size")
    entry["face"] = page_of("styles")["faces"][entry["face"]]["name"]
    return tuple(Lettering(size=float(size), **entry) for size in (sizes if isinstance(sizes, list) else [sizes]))


def lettering(name: str) -> Lettering:
    """The preferred lettering of one use."""
    return letterings(name)[0]


def word(name: str) -> Text:
    """A word or sentence of the sheet's furniture, in both languages."""
    return Text(**page_of("words")[name])
