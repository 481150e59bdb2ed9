"""Link files of features: GeoPackage, Shapefile and what else GDAL opens, their shapes taken into degrees."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from entities.crs import Projection, parse_crs
from entities.errors import Invalid
from entities.linking.options import LinkOptions
from entities.readers.geojson import GeoJsonSource
from entities.readers.package import open_package
from entities.readers.placing import Placer
from entities.readers.source import Chunk, Source
from entities.readers.tables import TableSource


class ShapeTable:
    """A file of features as rows: fields as columns, shapes in degrees."""

    def __init__(self, path: Path, scratch: Path, options: LinkOptions) -> None:
        package = open_package(path, scratch, options.limits, options.layer, options.crs is not None)
        geojson = package.format == "GeoJSON"
        self._source: Source = GeoJsonSource(package) if geojson else TableSource(package, options.layer)
        self.fields = [name for name, _ in self._source.fields]
        declared = options.crs or self._source.declared
        if declared is None:
            raise Invalid.because("crs.declared", name=path.name)
        self._placer = Placer(Projection.of(parse_crs(declared, path.name)), options.limits)

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Yield the features."""
        for chunk in self._source.chunks(size):
            shapes = np.empty(len(chunk), dtype=object)
            shapes[:] = list(self._placer.place(chunk).shapes)
            yield Chunk(chunk.first_row, chunk.columns, shapes)
