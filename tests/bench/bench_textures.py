"""A tile of photographed houses: taken in from a zip, then drawn with its pictures and without.

`python -m tests.bench textures` prints the figures, of one process. There is no peer: of the tilers that we know
those that show the pictures of CityGML keep each as it is, so a tile has as many as its houses.
"""

import json
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from entities.intake import IntakeOptions, load
from entities.pictures import Pictures
from entities.profiles import shipped
from entities.store import Store
from tests.bench.bench_tiles import DAY, SETTINGS
from tests.entities.readers.textured import CORNERS, FACES, KINDS
from tiling.building.blocks import blocks_of
from tiling.building.source import LAST_KEY
from tiling.building.store_source import StoreSource
from tiling.encoding.gltf import unpacked
from tiling.grid import Tile
from tiling.layers.buildings import content

HOUSES, PICTURES, PIXELS = 400, 50, 512


def bench(folder: Path) -> Iterator[str]:
    """Take a zip of houses in, and draw them."""
    pictures = Pictures(folder / "pictures")
    archive = _archive(folder / "houses.zip")
    with closing(Store.open(f"sqlite:///{folder}/base.sqlite")) as store:
        began, spent = time.perf_counter(), time.process_time()
        options = IntakeOptions("bench", "photographs", DAY, profile=shipped()["city-model"], pictures=pictures)
        report = load(store, archive, options)
        assert report.accepted and report.outcomes["new"] == HOUSES, report.findings
        wall, cpu = time.perf_counter() - began, time.process_time() - spent
        yield f"{'photographed houses taken in':44}{HOUSES / cpu:10,.0f}/s of processor time, {HOUSES / wall:,.0f}/s"
        source = StoreSource(store, "buildings", store.view(valid_at=DAY).moment)
        versions = source.versions(0, LAST_KEY)
        tile = Tile.holding(int(source.index().keys[0]), 13)
    for name, settings in (("with pictures", replace(SETTINGS, pictures=pictures)), ("without", SETTINGS)):
        began, spent = time.perf_counter(), time.process_time()
        data = content(versions, tile, settings, {}).glb
        wall, cpu = time.perf_counter() - began, time.process_time() - spent
        yield (
            f"{f'a tile of {HOUSES} photographed houses {name}':44}{HOUSES / cpu:10,.0f}/s of processor time, "
            f"{HOUSES / wall:,.0f}/s, {len(data) / 1e6:.1f} MB, {len(unpacked(data)[0].get('images', ()))} pictures"
        )
    began, spent = time.perf_counter(), time.process_time()
    shown = blocks_of(versions, replace(SETTINGS, pictures=pictures))["shown"]
    wall, cpu = time.perf_counter() - began, time.process_time() - spent
    assert (shown > 0).all()
    yield f"{'their mean colours for far views':44}{HOUSES / cpu:10,.0f}/s of processor time, {HOUSES / wall:,.0f}/s"


def _archive(path: Path) -> Path:
    """A CityJSON of houses in rows, each with its own part of a photograph on every wall and on its roof."""
    random = np.random.default_rng(5)
    vertices: list[list[float]] = []
    objects: dict[str, Any] = {}
    for house in range(HOUSES):
        start, east, north = len(vertices), house % 20 * 25, house // 20 * 25
        vertices += [[x + east, y + north, z] for x, y, z in CORNERS]
        left = house % (HOUSES // PICTURES) * 40
        looks = [[[house % PICTURES, *(left + 4 * face + place for place in range(4))]] for face in range(len(FACES))]
        objects[f"H{house:04d}"] = {"type": "Building", "geometry": [_geometry(start, looks)]}
    corners = [[x, y] for left in np.linspace(0, 0.9, 80).tolist() for x, y in _square(left, random)]
    model = {
        "type": "CityJSON", "version": "2.0", "vertices": vertices, "CityObjects": objects,
        "transform": {"scale": [1, 1, 1], "translate": [500_000, 4_060_000, 30]},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/4549"},
        "appearance": {
            "textures": [{"type": "JPG", "image": f"{number}.jpg"} for number in range(PICTURES)],
            "vertices-texture": corners,
        },
    }  # fmt: skip
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("houses.city.json", json.dumps(model))
        for number in range(PICTURES):
            pixels = random.normal(random.uniform(80, 200, 3), 20, (PIXELS, PIXELS, 3)).clip(0, 255).astype(np.uint8)
            file = BytesIO()
            Image.fromarray(pixels).save(file, "JPEG", quality=85)
            archive.writestr(f"{number}.jpg", file.getvalue())
    return path


def _square(left: float, random: np.random.Generator) -> list[tuple[float, float]]:
    low = random.uniform(0, 0.7)
    return [(left, low), (left + 0.1, low), (left + 0.1, low + 0.3), (left, low + 0.3)]


def _geometry(start: int, looks: list[Any]) -> dict[str, Any]:
    semantics = {"surfaces": [{"type": kind} for kind in KINDS], "values": list(range(len(FACES)))}
    faces = [[[start + corner for corner in face]] for face in FACES]
    texture = {"photographs": {"values": looks}}
    return {"type": "MultiSurface", "lod": "2", "boundaries": faces, "semantics": semantics, "texture": texture}
