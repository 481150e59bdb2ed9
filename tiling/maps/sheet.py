"""A standard map sheet before it is drawn: what stands on it, at which scale, and the name that says so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Final

from entities.errors import NotFound
from entities.model import Day, TransactionNumber, Version, fingerprints
from entities.pinyin import spellings
from entities.text import Text
from tiling.maps.divisions import Box, Division, Divisions, DivisionView
from tiling.maps.fonts import Fonts
from tiling.maps.layout import Fit, fit
from tiling.maps.legend import legend_extent
from tiling.maps.projection import projection_for
from tiling.maps.settings import MapSettings
from tiling.maps.style import page_of, paper_size, style_digest

DRAWING: Final = b"1"
"""The version of the way sheets are composed; another one makes every sheet stale."""

SIZE: Final = "A3"
"""The size of every sheet for now."""


@dataclass(frozen=True)
class Sheet:
    """One sheet: a division under a theme, the divisions of the base, other things drawn, and how it is laid out."""

    division: Division
    theme: str
    size: str
    fit: Fit
    divisions: Divisions
    others: dict[str, tuple[Version, ...]]  # by layer
    settings: MapSettings

    @property
    def scale(self) -> int:
        """The scale's denominator."""
        return self.fit.window.denominator

    @cached_property
    def title(self) -> Text:
        """What the sheet is called, in both languages."""
        name = self.divisions.title(self.division)
        form = page_of("themes")[self.theme]["title"]
        return Text(form["zh"].format(name=name.zh), form["en"].format(name=name.en))

    @cached_property
    def drawn(self) -> tuple[Version, ...]:
        """Every version of the base that leaves a mark on the sheet, by code."""
        boxes = [window.ground for window in self.fit.windows]
        every = [each.version for each in self.divisions.by_code.values()]
        seen = [one for one in every if any(_meet(one.state.geometry.bounds, box) for box in boxes)]
        others = [one for layer in self.others.values() for one in layer]
        return tuple(sorted([*seen, *others], key=lambda one: one.code))

    @property
    def data_version(self) -> TransactionNumber:
        """The last transaction that changed anything drawn."""
        return max(version.known_from for version in self.drawn)

    @property
    def data_day(self) -> Day:
        """The day from which the youngest thing drawn has been so."""
        return max(version.period.start for version in self.drawn)

    @cached_property
    def name(self) -> str:
        """The hash of everything drawn: of versions, style and settings; a sheet of another name looks different."""
        digest = blake2b(digest_size=10)
        about = (self.division.code, self.theme, self.size, str(self.data_version), str(self.data_day))
        digest.update(DRAWING + style_digest() + self.settings.digest() + "\0".join(about).encode())
        states = [version.state for version in self.drawn]
        for version, fingerprint in zip(self.drawn, fingerprints(states), strict=True):
            digest.update(version.code.encode() + b"\0" + fingerprint)
        return digest.hexdigest()


@dataclass(frozen=True)
class CatalogueEntry:
    """One sheet as the catalogue lists it; `pinyin` and `initials` are what a person may type for the name."""

    code: str
    names: Text
    title: Text
    level: str
    parent: str | None
    theme: str
    size: str
    scale: int
    box: Box  # of the division, lon, lat
    pinyin: str
    initials: str


def sheet_of(
    view: DivisionView, division: str, theme: str = "administrative", settings: MapSettings | None = None
) -> Sheet:
    """Plan the sheet of a division by its six-digit code. Raises `NotFound` (`map.division`, `map.theme`)."""
    return plan(view, Divisions.read(view), division, theme, settings or MapSettings())


def plan(view: DivisionView, divisions: Divisions, code: str, theme: str, settings: MapSettings) -> Sheet:
    """Plan a sheet with the divisions already read."""
    themes = page_of("themes")
    if theme not in themes:
        raise NotFound.because("map.theme", theme=theme, themes="、".join(themes))
    division = divisions.get(code)
    placed = fit_of(division, settings)
    layers = themes[theme]["layers"].get(division.level, [])
    boxes = [window.ground for window in placed.windows]
    others = {layer: _standing(one for box in boxes for one in view.versions(layer, box)) for layer in layers}
    return Sheet(division, theme, SIZE, placed, divisions, others, settings)


def fit_of(division: Division, settings: MapSettings) -> Fit:
    """How a division's sheet is laid out."""
    projection = projection_for(division.level, division.shape.bounds)
    extent = legend_extent(division.level, Fonts(settings.fonts))
    return fit(division.shape, projection, paper_size(SIZE), extent)


def catalogue(view: DivisionView, settings: MapSettings | None = None) -> list[CatalogueEntry]:
    """List every sheet there is: one for each division and theme, by code."""
    divisions, chosen = Divisions.read(view), settings or MapSettings()
    scales = {code: fit_of(each, chosen).window.denominator for code, each in divisions.by_code.items()}
    return [
        _entry(divisions, each, theme, scales[each.code])
        for each in divisions.by_code.values()
        for theme in page_of("themes")
    ]


def _entry(divisions: Divisions, division: Division, theme: str, scale: int) -> CatalogueEntry:
    name, form = divisions.title(division), page_of("themes")[theme]["title"]
    title = Text(form["zh"].format(name=name.zh), form["en"].format(name=name.en))
    box, (pinyin, initials) = division.shape.bounds, spellings(division.names.zh)
    return CatalogueEntry(
        division.code, division.names, title, division.level, division.parent, theme, SIZE, scale, box, pinyin, initials
    )


def _standing(versions: Iterable[Version]) -> tuple[Version, ...]:
    return tuple(sorted({version.code: version for version in versions}.values(), key=lambda version: version.code))


def _meet(one: Sequence[float], other: Box) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
