"""GeoJSON (RFC 7946, and the older `crs` member) and sequences of it, read feature by feature.

It is read here and not by GDAL since GDAL closes open rings in silence, and what is wrong with a file must be said.
"""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

from entities.errors import Invalid
from entities.readers.json_geometry import shapes_of
from entities.readers.json_stream import JsonStream, open_json
from entities.readers.package import Package
from entities.readers.source import Chunk, Declared, columns_of, fields_of, flatten, plain_type
from entities.rules import Finding

_CRS84: Final = "OGC:CRS84"  # what RFC 7946 says every file has that names none
_SAMPLE: Final = 1000
_TAIL: Final = 4096
_LATE_CRS: Final = re.compile(r'\]\s*,(?:\s*"\w+"\s*:\s*(?:"[^"]*"|[-\d.eE+]+|\[[^\[\]]*\])\s*,)*\s*"crs"\s*:\s*')

Feature = Mapping[str, object]


class GeoJsonSource:
    """A GeoJSON file: a FeatureCollection, one Feature, or Features one after the other."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._met: dict[str, Declared] = {}  # the crs member, once it has been met
        self.findings: list[Finding] = []
        self.total: int | None = None
        first = list(islice(self._features(), _SAMPLE))
        self.declared: Declared = (self._met or self._late_crs()).get("crs", _CRS84)
        self.fields = fields_of(columns_of([_properties(feature) for feature in first]))
        self.geometry_types = frozenset(plain_type(_kind(feature)) for feature in first)

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Yield the features; `Invalid` (`crs.late`) where the file names its system too late to be heeded."""
        row = 1
        features = self._features()
        while batch := list(islice(features, size)):
            yield _chunk(batch, row)
            row += len(batch)
        if self._met.get("crs", self.declared) != self.declared:
            raise Invalid.because("crs.late", name=self._package.name, crs=self._met["crs"])

    def _features(self) -> Iterator[Feature]:
        with open_json(self._package.path) as file:
            stream = JsonStream(file, self._package.name)
            while not stream.ended():
                yield from self._of_object(stream)

    def _of_object(self, stream: JsonStream) -> Iterator[Feature]:
        """Features of the next object, which is a FeatureCollection or itself a Feature."""
        single: dict[str, object] = {}
        for name, value in stream.members(streamed=("features",)):
            if name == "crs":
                self._met["crs"] = _crs_member(value)
            elif name == "features":
                yield self._feature(value)
            else:
                single[name] = value
        if single.get("type") == "Feature":
            yield self._feature(single)

    def _feature(self, value: object) -> Feature:
        if not isinstance(value, dict) or value.get("type") != "Feature":
            raise Invalid.because("pkg.format", name=self._package.name, why="GeoJSON: Feature")
        return value

    def _late_crs(self) -> dict[str, Declared]:
        """The `crs` member where it stands behind the features, as some programs write it."""
        with self._package.path.open("rb") as file:
            file.seek(max(0, self._package.path.stat().st_size - _TAIL))
            tail = file.read().decode("utf-8", "replace")
        found = _LATE_CRS.search(tail)
        if found is None:
            return {}
        try:
            return {"crs": _crs_member(json.JSONDecoder().raw_decode(tail, found.end())[0])}
        except json.JSONDecodeError:
            return {}


def _chunk(features: list[Feature], row: int) -> Chunk:
    shapes, faults = shapes_of([feature.get("geometry") for feature in features])
    ids = [None if feature.get("id") is None else str(feature["id"]) for feature in features]
    columns = columns_of([_properties(feature) for feature in features])
    return Chunk(row, columns, shapes, ids=ids, faults=faults)


def _crs_member(value: object) -> Declared:
    """The system that a `crs` member names; None for null, which says that none can be assumed."""
    properties = value.get("properties") if isinstance(value, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else None


def _properties(feature: Feature) -> dict[str, str | int | float | bool | None]:
    properties = feature.get("properties")
    return dict(flatten(properties)) if isinstance(properties, dict) else {}


def _kind(feature: Feature) -> str:
    geometry = feature.get("geometry")
    return str(geometry.get("type")) if isinstance(geometry, dict) else "Unknown"
