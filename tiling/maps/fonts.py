"""The Chinese font: where its files are, and how wide words in it are."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

from entities.errors import Conflict
from tiling.maps.page import POINT, Lettering
from tiling.maps.style import page_of


@dataclass(frozen=True, slots=True)
class Face:
    """Advance widths of one face, in units of its em."""

    em: int
    advances: Mapping[int, int]

    def advance(self, text: str) -> float:
        """The width of a text in ems; a character the face lacks counts as one em, as its box is drawn."""
        return sum(self.advances.get(ord(letter), self.em) for letter in text) / self.em


@dataclass(frozen=True, slots=True)
class Fonts:
    """The faces of one font folder, laid out as npm `@expo-google-fonts/noto-sans-sc` does."""

    folder: Path

    def files(self) -> list[Path]:
        """The files of all faces. Raises `Conflict` (`map.font`) where one is missing."""
        found = [self.folder / face["file"] for face in page_of("styles")["faces"].values()]
        for path in found:
            if not path.is_file():
                raise Conflict.because("map.font", folder=self.folder, file=path.name)
        return found

    def width(self, text: str, lettering: Lettering, point: float = POINT) -> float:
        """The width of a text as written, in the page's unit; `point` is the length of a point in it."""
        advance = _face(self.folder, lettering.face).advance(text)
        return advance * lettering.size * point + lettering.spacing * max(len(text) - 1, 0)


def height(lettering: Lettering, point: float = POINT) -> float:
    """The height of a line of words in the page's unit: Chinese characters fill their em but for a little."""
    return lettering.size * point


@cache
def _face(folder: Path, name: str) -> Face:
    path = folder / next(str(face["file"]) for face in page_of("styles")["faces"].values() if face["name"] == name)
    if not path.is_file():
        raise Conflict.because("map.font", folder=folder, file=path.name)
    with TTFont(path, lazy=True) as font:
        metrics = font["hmtx"].metrics
        advances = {letter: metrics[glyph][0] for letter, glyph in font.getBestCmap().items()}
        return Face(int(font["head"].unitsPerEm), advances)
