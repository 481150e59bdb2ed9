"""Rules about vertices and rings: spikes, vertices upon each other, pieces too small or too narrow to be real."""

from collections.abc import Iterator

import numpy as np

from entities.checks.batch import Batch, Flags, Floats, Paths, Places, tolerance
from entities.rules import Finding


def acute(batch: Batch) -> Iterator[Finding]:
    """`geom.acute`: a ring turns back on itself in a corner sharper than the tolerance."""
    paths = batch.areas
    into, out = _corners(paths)
    steps, lengths = paths.steps, paths.lengths
    dots = -(steps[into] * steps[out]).sum(axis=1)
    lengths = lengths[into] * lengths[out]
    sharp = dots > np.cos(np.radians(tolerance("geom.acute", "degrees"))) * lengths
    angles = np.degrees(np.arccos(np.clip(dots[sharp] / lengths[sharp], -1, 1)))
    for place, vertex, angle, count in _worst(paths, out[sharp], angles):
        yield batch.finding("geom.acute", place, paths.degrees[vertex], angle=round(angle, 1), count=count)


def vertex(batch: Batch) -> Iterator[Finding]:
    """`geom.vertex`: two vertices after each other lie closer together than the tolerance."""
    least = tolerance("geom.vertex", "metres")
    for paths in (batch.areas, batch.lines):
        close = np.flatnonzero(paths.lengths < least)
        for place, where, distance, count in _worst(paths, close, paths.lengths[close]):
            said = {"distance": round(distance, 4), "count": count, "least": least}
            yield batch.finding("geom.vertex", place, paths.degrees[where], **said)


def sliver(batch: Batch) -> Iterator[Finding]:
    """`geom.sliver`: a polygon is too small to be a thing."""
    areas, _, first = _measures(batch.areas)
    least = tolerance("geom.sliver", "square_metres")
    yield from _pieces(batch, "geom.sliver", first, areas < least, areas, least)


def narrow(batch: Batch) -> Iterator[Finding]:
    """`geom.narrow`: a polygon is so narrow that it is more likely a gap than a thing.

    Its width is that of the rectangle with the same area and perimeter; a small square is not narrow.
    """
    areas, perimeters, first = _measures(batch.areas)
    half = perimeters / 4
    widths = half - np.sqrt(np.clip(half**2 - areas, 0, None))
    least = tolerance("geom.narrow", "metres")
    yield from _pieces(batch, "geom.narrow", first, widths < least, widths, least)


def _corners(paths: Paths) -> tuple[Places, Places]:
    """The steps into and out of each corner of closed rings; a ring's first vertex is its last."""
    count = len(paths.ring)
    if not count:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    starts = np.flatnonzero(np.diff(paths.ring, prepend=-1))
    ends = np.append(starts[1:], count) - 2  # the last step of each ring
    into = np.arange(count - 1)
    out = into + 1
    out[ends] = starts
    inside = np.isfinite(paths.lengths)
    return into[inside], out[inside]


def _measures(paths: Paths) -> tuple[Floats, Floats, Places]:
    """The area and the perimeter of each polygon, and the number of its first vertex."""
    if not len(paths.ring):
        return np.empty(0), np.empty(0), np.empty(0, dtype=np.int64)
    x, y = paths.xy.T
    inside = np.diff(paths.ring) == 0
    crosses = np.where(inside, x[:-1] * y[1:] - x[1:] * y[:-1], 0)
    rings = np.flatnonzero(np.diff(paths.ring, prepend=-1))
    polygons = np.flatnonzero(np.diff(paths.piece, prepend=-1))
    by_ring = np.abs(np.bincount(paths.ring[:-1], crosses, len(rings))) / 2
    signs = np.where(np.isin(rings, polygons), 1, -1)  # the first ring of a polygon is its outside
    areas = np.bincount(paths.piece[rings], signs * by_ring, len(polygons)).astype(np.float64)
    perimeters = np.bincount(paths.piece[:-1], np.where(inside, paths.lengths, 0), len(polygons)).astype(np.float64)
    return areas, perimeters, polygons


def _pieces(batch: Batch, rule: str, first: Places, broken: Flags, sizes: Floats, least: float) -> Iterator[Finding]:
    """Say which features have pieces that are too small, at the smallest."""
    for place, where, size, count in _worst(batch.areas, first[broken], sizes[broken]):
        said = {"size": round(size, 3), "count": count, "least": least}
        yield batch.finding(rule, place, batch.areas.degrees[where], **said)


def _worst(paths: Paths, vertices: Places, sizes: Floats) -> Iterator[tuple[int, int, float, int]]:
    """For each feature among these vertices: its place, the vertex of the smallest size, that size, how many."""
    features = paths.feature[vertices]
    order = np.lexsort((vertices, sizes, features))
    found, first, count = np.unique(features[order], return_index=True, return_counts=True)
    worst = order[first]
    yield from zip(found.tolist(), vertices[worst].tolist(), sizes[worst].tolist(), count.tolist(), strict=True)
