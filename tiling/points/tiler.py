"""All that needs the compiled loops: points that are read are placed, divided and written as tiles."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from entities.crs import COARSE, Projection, otherwise, parse_crs
from entities.errors import Invalid
from entities.model import Scalar
from entities.rules import Finding
from tiling.ecef import Frame
from tiling.holdings import Order, Prepared, Progress
from tiling.points.choosing import Plan
from tiling.points.codes import Codes
from tiling.points.glb import Look
from tiling.points.ground import Ground
from tiling.points.intake import Astray, Intake, Read, Survey, Taken, box_of, scanned
from tiling.points.lattice import Lattice
from tiling.points.layout import ABSENT
from tiling.points.octree import Octree, Tile
from tiling.points.placing import CLOSE, Way, units_of
from tiling.points.placing import MOST as WIDEST
from tiling.points.prepare import Grain
from tiling.points.reading import Reading
from tiling.points.source import Cloud
from tiling.points.tileset import GENERATOR, Said, files

Floats = NDArray[np.float64]

_DEEPEST: Final = 14
_EIGHT: Final = 255


def tile(reading: Reading, read: Read, folder: Path, order: Order, tell: Progress, grain: Grain) -> Prepared:
    """Fill the folder with the tiles of some files, which `read` has begun to read."""
    surveys = _surveys(reading.clouds, order)
    work = _Work(surveys, folder, order, tell, grain)
    try:
        if all(one.trusted() for one in surveys):
            with suppress(Astray):
                return work.done([one.cloud.bounds for one in surveys], read)
        with reading.begun() as again:
            bounds = scanned(surveys, again)
        with reading.begun() as again:
            return work.done(bounds, again)
    finally:
        shutil.rmtree(work.aside, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class _Work:
    """One cloud on its way to tiles."""

    surveys: Sequence[Survey]
    folder: Path
    order: Order
    tell: Progress
    grain: Grain

    @property
    def aside(self) -> Path:
        return self.folder / "aside"

    def done(self, bounds: Sequence[Floats], read: Read) -> Prepared:
        """Write all that is read, the files' points lying in these boxes."""
        for part in ("aside", "c"):
            (self.folder / part).mkdir(exist_ok=True)
        lattice = self._lattice(bounds)
        ways = {one.cloud.path: one.way for one in self.surveys}
        codes = Codes() if any(one.cloud.layout.code != ABSENT for one in self.surveys) else None
        intake = Intake(ways, lattice, self.aside, codes, self.order.workers, self.grain.held)
        taken = intake.take(read, self._total, self.tell)
        look = Look(lattice, _colour_bits(self.surveys, taken), codes.texts if codes else None, GENERATOR)
        plan = Plan(self.grain.across, self.grain.leaf, self.grain.few, min(_DEEPEST, lattice.bits - 8))
        octree = Octree(look, plan, self.folder / "c", self.aside, self.order.workers, self.grain.cube)
        tiles = self._counted(octree.tiles(taken.runs))
        for name, data in files(tiles, lattice, plan, self._said(lattice, tiles)):
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_bytes(data)
        return self._prepared(lattice, taken)

    def _lattice(self, bounds: Sequence[Floats]) -> Lattice:
        """The frame and the cube around all files."""
        corners = [
            np.column_stack(one.way.on_earth(box_of(box))) for one, box in zip(self.surveys, bounds, strict=True)
        ]
        placed = np.concatenate(corners)
        frame = Frame.at(*((placed.min(axis=0) + placed.max(axis=0)) / 2)[:2])
        for one in self.surveys:
            one.way.lead_to(frame)
        boxes = np.stack([one.local(box) for one, box in zip(self.surveys, bounds, strict=True)])
        low, high = boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)
        if (high - low).max() > WIDEST:
            raise Invalid.because("points.wide", name=self.surveys[0].cloud.path.name, most=round(WIDEST / 1000))
        return Lattice.around(frame, low, high)

    def _counted(self, found: Iterable[Tile]) -> list[Tile]:
        """All tiles; `RuntimeError` where a point is lost or doubled, which is a fault of ours."""
        total, done, tiles = self._total, 0, []
        for tile in found:
            tiles.append(tile)
            done += tile.points
            self.tell("tile", done, total)
        if done != total:
            raise RuntimeError(f"{done} of {total} points are in the tiles")
        return tiles

    @property
    def _total(self) -> int:
        return sum(one.cloud.count for one in self.surveys)

    @property
    def _systems(self) -> str:
        """The coordinate systems of the files."""
        return ", ".join(dict.fromkeys(one.way.projection.name for one in self.surveys))

    def _said(self, lattice: Lattice, tiles: Sequence[Tile]) -> list[Said]:
        anomaly = self.order.anomaly
        return [
            Said("points", "How many points the tiles have in all", self._total),
            Said("surveyed_crs", "Coordinate system of the files", self._systems),
            Said("horizontal_datum", "Datum of the base's positions", "CGCS2000 (EPSG:4490)"),
            Said("height_datum", "Datum of the base's heights", "1985 (EPSG:5737)"),
            Said("height_anomaly", "What was added to reach the ellipsoid", anomaly.value),
            Said("height_anomaly_source", "Who says so", anomaly.source),
            Said("vertex_error", "How far a point may be moved by rounding, in metres", round(lattice.error, 6)),
            Said("position_error", "How far a place may be off from where PROJ puts it, in metres", CLOSE),
        ]

    def _prepared(self, lattice: Lattice, taken: Taken) -> Prepared:
        ground = Ground.of(taken.occupied, lattice, self._total)
        attributes: dict[str, Scalar] = {
            "crs": self._systems,
            "points": self._total,
            "resolution": float(f"{ground.apart:.3g}"),
            "colours": bool(_colour_bits(self.surveys, taken)),
        }
        return Prepared(
            ground.on_earth(lattice), taken.low, taken.high, attributes, tuple(_warnings(self.surveys, self.order.crs))
        )


def _surveys(clouds: Sequence[Cloud], order: Order) -> list[Survey]:
    """The files, each with its way; those of one coordinate system have one."""
    ways: dict[str, Way] = {}
    found = []
    for cloud in clouds:
        crs = cloud.crs or (parse_crs(order.crs, cloud.path.name) if order.crs else None)
        if crs is None:
            raise Invalid.because("points.crs", name=cloud.path.name)
        name = crs.to_wkt()
        if name not in ways:
            ways[name] = Way(Projection.of(crs), *units_of(crs), order.anomaly)
        found.append(Survey(cloud, ways[name]))
    return found


def _colour_bits(surveys: Sequence[Survey], taken: Taken) -> int:
    """How many bits colours are stored in: 16, or 8 as many programs leave them; 0 where there are none."""
    if not taken.brightest or not any(one.cloud.layout.colour != ABSENT for one in surveys):
        return 0
    return 16 if taken.brightest > _EIGHT else 8


def _warnings(surveys: Sequence[Survey], given: str | None) -> Iterator[Finding]:
    """What a person should know of the coordinate systems."""
    for cloud in (one.cloud for one in surveys):
        if cloud.crs is not None:
            yield from otherwise(cloud.path.name, cloud.crs, given, cloud.crs)
    for projection in {one.way.projection.name: one.way.projection for one in surveys}.values():
        if projection.accuracy > COARSE:
            yield Finding("crs.accuracy", {"crs": projection.name, "accuracy": projection.accuracy})
        if projection.vertical is None:
            yield Finding("crs.vertical")
        elif projection.vertical != "EPSG:5737":
            yield Finding("crs.height", {"vertical": projection.vertical})
