"""The drawing process: takes jobs on its standard input and gives files on its standard output, drawn by mapnik.

Importing mapnik changes `PROJ_LIB`, `GDAL_DATA` and `ICU_DATA` of the whole process, so this module alone imports it
and runs as `python -m tiling.maps.worker FONT…`.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import mapnik
import shapely

from tiling.maps.finish import finished
from tiling.maps.jobs import Failure, Job, receive, send
from tiling.maps.page import Ink, Lettering, Page, Strokes, Words

SIDES = {"left": "right", "middle": "middle", "right": "left"}
"""mapnik names the side of the point on which words stand."""

VECTOR = 72 / 25.4
"""Pixels a millimetre of vector formats: mapnik takes a pixel for a point there."""

QUALITIES = (90, 82, 74, 66, 58, 50, 42, 34, 26)
"""Qualities of a jpg, the best first."""

BUFFER = 200
"""How far outside the page, in its unit, words may stand that reach into it."""

GROUND = "epsg:3857"
"""A projection that stands for plain coordinates: layers and map name the same one, so nothing is reprojected."""


def main(fonts: list[str]) -> None:
    """Register the fonts, then draw until the input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not stand among the answers
    for font in fonts:
        mapnik.FontEngine.register_font(font)
    while isinstance(job := receive(sys.stdin.buffer), Job):
        send(answers, answer(job))


def answer(job: Job) -> bytes | Failure:
    """Draw one job, or say why mapnik would not."""
    try:
        return finished(draw(job), job)
    except RuntimeError as fault:
        return Failure(str(fault))


def draw(job: Job) -> bytes:
    """Draw a page in its format, as mapnik gives it."""
    pixels = job.pixels if job.kind in ("png", "jpg") else VECTOR
    board = _board(job.page, pixels)
    if job.kind in ("png", "jpg"):
        image = mapnik.Image(board.width, board.height)
        mapnik.render(board, image)
        return _packed(image, job)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"page.{job.kind}"
        mapnik.render_to_file(board, str(path), job.kind)
        return path.read_bytes()


def _packed(image: Any, job: Job) -> bytes:
    if job.kind == "png":
        return bytes(image.to_string("png8:m=h:z=3"))
    tries = (bytes(image.to_string(f"jpeg{quality}")) for quality in QUALITIES)
    return next(tried for tried in tries if job.most_bytes is None or len(tried) <= job.most_bytes)


def _board(page: Page, pixels: float) -> Any:
    """A mapnik map of the page, one mapnik layer for each run of strokes or words of the same look."""
    board = mapnik.Map(round(page.width * pixels), round(page.height * pixels))
    runs = [(look, list(run)) for look, run in groupby(page.layers, _look)]
    styles = {look: f"s{number}" for number, look in enumerate(dict.fromkeys(look for look, _ in runs))}
    rules = "".join(_style(name, look, pixels, page.point) for look, name in styles.items())
    mapnik.load_map_from_string(board, f'<Map srs="{GROUND}">{rules}</Map>')
    for look, run in runs:
        board.layers.append(_layer(styles[look], run))
    board.buffer_size = round(BUFFER * pixels)
    board.zoom_to_box(mapnik.Box2d(0, 0, board.width / pixels, board.height / pixels))
    return board


Look = tuple[Ink | Lettering, str]


def _look(layer: Strokes | Words) -> Look:
    return (layer.ink, "") if isinstance(layer, Strokes) else (layer.lettering, layer.anchor)


def _layer(style: str, run: list[Strokes | Words]) -> Any:
    source, context = mapnik.MemoryDatasource(), mapnik.Context()
    context.push("text")
    for number, (shape, text) in enumerate(_features(run), 1):
        feature = mapnik.Feature(context, number)
        feature.geometry = mapnik.Geometry.from_wkb(shape)
        feature["text"] = text
        source.add_feature(feature)
    layer = mapnik.Layer(style, GROUND)
    layer.datasource = source
    layer.styles.append(style)
    return layer


def _features(run: list[Strokes | Words]) -> Iterator[tuple[bytes, str]]:
    for layer in run:
        if isinstance(layer, Strokes):
            yield from ((shape, "") for shape in layer.shapes)
        else:
            yield shapely.to_wkb(shapely.Point(layer.x, layer.y)), layer.text


def _style(name: str, look: Look, pixels: float, point: float) -> str:
    paint, anchor = look
    rule = _ink_rule(paint, pixels) if isinstance(paint, Ink) else _letter_rule(paint, anchor, pixels, point)
    return f'<Style name="{name}"><Rule>{rule}</Rule></Style>'


def _ink_rule(ink: Ink, pixels: float) -> str:
    fill = f"<PolygonSymbolizer {_said(fill=ink.fill)}/>" if ink.fill else ""
    if not ink.line:
        return fill
    dash = ",".join(f"{length * pixels:.4f}" for length in ink.dash)
    line = {"stroke": ink.line, "stroke-width": f"{ink.width * pixels:.4f}", "stroke-linecap": ink.cap}
    line |= {"stroke-linejoin": ink.join} | ({"stroke-dasharray": dash} if dash else {})
    return fill + f"<LineSymbolizer {_said(**line)}/>"


def _letter_rule(letters: Lettering, anchor: str, pixels: float, point: float) -> str:
    said = {
        "face-name": letters.face,
        "size": f"{letters.size * point * pixels:.4f}",
        "fill": letters.color,
        "character-spacing": f"{letters.spacing * pixels:.4f}",
        "horizontal-alignment": SIDES[anchor],
        "vertical-alignment": "middle",
        "placement": "point",
        "allow-overlap": "true",
    }
    if letters.halo:
        said |= {"halo-fill": letters.halo, "halo-radius": f"{letters.halo_width * pixels:.4f}"}
    return f"<TextSymbolizer {_said(**said)}>[text]</TextSymbolizer>"


def _said(**attributes: str | None) -> str:
    return " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items() if value is not None)


if __name__ == "__main__":
    main(sys.argv[1:])
