"""CityJSON 1.1 and 2.0 and CityJSONSeq: one candidate a Building, its parts folded into it, or a plant."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

import numpy as np

from entities.errors import Invalid
from entities.painting import COLOURS, TEXTURES
from entities.readers.album import Album
from entities.readers.cityjson_objects import Building, Grouping, Meanings, points_of
from entities.readers.cityjson_paints import Members, Paints
from entities.readers.cityjson_templates import Templates
from entities.readers.json_stream import JsonStream, open_json
from entities.readers.package import Package
from entities.readers.plants import kinds_told
from entities.readers.solids import MOST_SOLIDS, looks_columns
from entities.readers.source import Chunk, Declared, columns_of, fields_of
from entities.rules import Finding

_SAMPLE: Final = 200
_VERSIONS: Final = ("1.0", "1.1", "2.0")


class CityJsonSource:
    """A CityJSON file or a sequence of CityJSONFeatures."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._scale, self._translate = np.ones(3), np.zeros(3)
        self._points = np.empty((0, 3))
        self._paints, self._templates = Paints(), Templates()
        self._album = Album(package)
        self._others: Counter[str] = Counter()
        self.findings: list[Finding] = []
        self.total: int | None = None
        self.declared: Declared = None
        self.geometry_types = frozenset({"Solid"})
        if package.format == "CityJSON":
            self._read_header()
        first = list(islice(self._buildings(), _SAMPLE))
        self.fields = fields_of(columns_of([building.read()[0] for building in first]) | kinds_told(package))
        paints = [building.meanings.paints for building in first]
        for name, said in ((COLOURS, "colours"), (TEXTURES, "pictures")):
            if any(getattr(one, said) for one in paints):
                self.fields.append((name, "text"))

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Yield the buildings and plants; other objects are counted and said in a warning."""
        row = 1
        buildings = self._buildings()
        while batch := list(islice(buildings, min(size, MOST_SOLIDS))):
            told, solids, faults = zip(*(building.read() for building in batch), strict=True)
            chunk = Chunk(row, columns_of(told) | looks_columns(solids), ids=[building.id for building in batch])
            chunk.solids, chunk.pictures = solids, self._album.found
            chunk.faults = {index: fault for index, fault in enumerate(faults) if fault}
            yield chunk
            row += len(batch)
        for kind, count in sorted(self._others.items()):
            self.findings.append(Finding("pkg.skipped", {"name": self._package.name, "kind": kind, "count": count}))
        self.findings += self._album.findings()

    def _read_header(self) -> None:
        """First pass over a CityJSON: all but the objects, since the vertices they need may stand behind them."""
        vertices, appearance = array("d"), dict[str, object]()
        with open_json(self._package.path) as file:
            stream = JsonStream(file, self._package.name)
            for name, value in stream.members(streamed=("CityObjects", "vertices", "appearance")):
                if name == "vertices":
                    self._add_vertex(vertices, value)
                elif name == "appearance":
                    appearance |= dict([value]) if isinstance(value, tuple) else {}
                else:
                    self._header_member(name, value)
        self._paints = Paints.read(appearance, self._album)
        self._points = points_of(vertices, self._scale, self._translate)

    def _add_vertex(self, vertices: "array[float]", value: object) -> None:
        if not isinstance(value, list) or len(value) != 3 or not all(isinstance(part, int | float) for part in value):
            raise self._malformed("vertices")
        vertices.extend(value)

    def _header_member(self, name: str, value: object) -> None:
        if name == "version" and not str(value).startswith(_VERSIONS):
            raise self._malformed(f"version {value}")
        if name == "transform":
            self._read_transform(value)
        if name == "geometry-templates":
            self._read_templates(value)
        if name == "metadata" and isinstance(value, dict):
            declared = value.get("referenceSystem")
            self.declared = declared if isinstance(declared, str) else None

    def _read_transform(self, value: object) -> None:
        try:
            members = dict(value) if isinstance(value, Mapping) else {}
            self._scale = np.array(members["scale"], dtype=np.float64).reshape(3)
            self._translate = np.array(members["translate"], dtype=np.float64).reshape(3)
        except (KeyError, TypeError, ValueError):
            raise self._malformed("transform") from None

    def _read_templates(self, value: object) -> None:
        try:
            self._templates = Templates.read(value)
        except (IndexError, TypeError, ValueError):
            raise self._malformed("geometry-templates") from None

    def _buildings(self) -> Iterator[Building]:
        self._others = Counter()
        with open_json(self._package.path) as file:
            stream = JsonStream(file, self._package.name)
            if self._package.format == "CityJSON":
                pieces = (piece for name, piece in stream.members(streamed=("CityObjects",)) if name == "CityObjects")
                yield from self._grouped(pieces, Grouping(Meanings(self._points, self._paints, self._templates)))
                return
            while not stream.ended():
                yield from self._of_line(stream.value())

    def _of_line(self, value: object) -> Iterator[Building]:
        """The buildings of one line of a sequence; its first line is the header of all."""
        members = value if isinstance(value, dict) else {}
        if members.get("type") == "CityJSON":
            for name in ("version", "transform", "metadata", "geometry-templates"):
                if name in members:
                    self._header_member(name, members[name])
            return
        objects = members.get("CityObjects")
        if members.get("type") != "CityJSONFeature" or not isinstance(objects, dict):
            raise self._malformed("CityJSONFeature")
        try:
            points = points_of(members.get("vertices", []), self._scale, self._translate)
        except (TypeError, ValueError):
            raise self._malformed("vertices") from None
        meanings = Meanings(points, Paints.read(members.get("appearance"), self._album), self._templates)
        yield from self._grouped(objects.items(), Grouping(meanings))

    def _grouped(self, objects: Iterable[object], grouping: Grouping) -> Iterator[Building]:
        for identifier, members in map(self._pair, objects):
            yield from grouping.take(identifier, members)
        yield from grouping.rest()
        self._others += grouping.others

    def _pair(self, piece: object) -> tuple[str, Members]:
        if isinstance(piece, tuple) and isinstance(piece[1], dict):
            return str(piece[0]), piece[1]
        raise self._malformed("CityObjects")

    def _malformed(self, why: str) -> Invalid:
        return Invalid.because("pkg.format", name=self._package.name, why=f"{self._package.format}: {why}")
