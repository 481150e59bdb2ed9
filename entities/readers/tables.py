"""GeoPackage, Shapefile, FileGDB, FlatGeobuf and DXF, read by GDAL (pyogrio) as a stream of Arrow batches."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from entities.errors import Invalid
from entities.readers import shapefile
from entities.readers.package import Package
from entities.readers.source import Chunk, Declared, Fault, Shapes, field_type, plain_type, scalars
from entities.rules import Finding

DRIVERS: Final = {
    "GeoPackage": "GPKG",
    "Shapefile": "ESRI Shapefile",
    "FileGDB": "OpenFileGDB",
    "FlatGeobuf": "FlatGeobuf",
    "DXF": "DXF",
}
"""The one driver of GDAL that may open each format."""

_FAULTS: Final = (
    DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError, pa.ArrowException, OSError, UnicodeError,
)  # fmt: skip
_GEOPACKAGE: Final = (b"GPKG", b"GP10", b"GP11")  # the application id in the header of a SQLite file
_ARCS: Final = {8, 9, 10, 11, 12}  # CircularString, CompoundCurve, CurvePolygon, MultiCurve, MultiSurface in WKB
_DXF_END: Final = b"EOF"

pyogrio.set_gdal_config_options(
    {
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "none",  # nothing is fetched from anywhere
        "PROJ_NETWORK": "OFF",
        "SHAPE_RESTORE_SHX": "NO",
        "OGR_SQLITE_ALLOW_EXTERNAL_ACCESS": "NO",
        "GDAL_NUM_THREADS": "1",
    }
)


class TableSource:
    """One layer of a file that GDAL reads."""

    def __init__(self, package: Package, layer: str | None) -> None:
        self._package = package
        self._encoding: str | None = None
        self.findings: list[Finding] = []
        expected = self._look_at_parts()
        self._layer = self._choose_layer(layer)
        information = self._information()
        count = int(information["features"])
        self.total: int | None = expected if expected is not None else (count if count >= 0 else None)
        self.declared: Declared = information["crs"] or None
        self.geometry_types = frozenset({plain_type(information["geometry_type"])})
        with self._stream(1) as (meta, reader):
            self._geometry = meta["geometry_name"] or "wkb_geometry"
            schema = reader.schema
        self.fields = [
            (name, field_type(schema.field(name).type))
            for name in schema.names
            if name != self._geometry and not pa.types.is_binary(schema.field(name).type)
        ]

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Yield the features; `Invalid` (`pkg.truncated`) where fewer come than the file says it has."""
        row = 1
        try:
            with self._stream(size) as (_, reader):
                for batch in reader:
                    yield self._chunk(batch, row)
                    row += batch.num_rows
        except _FAULTS as error:
            raise self._unreadable(error) from None
        counted = self._package.format != "GeoPackage"  # whose count other programs forget to renew
        if counted and self.total is not None and row - 1 != self.total:
            raise Invalid.because("pkg.truncated", name=self._package.name, why=f"{row - 1} / {self.total}")

    def _chunk(self, batch: pa.RecordBatch, row: int) -> Chunk:
        words = batch.column(self._geometry).to_numpy(zero_copy_only=False)
        if has_arcs(words):
            words = self._without_arcs(row, len(words))
        shapes, faults = shapes_of_wkb(words)
        columns = {name: scalars(batch.column(name)) for name, _ in self.fields}
        return Chunk(row, columns, shapes, faults=faults)

    def _without_arcs(self, row: int, count: int) -> Shapes:
        """The geometries of some rows with arcs made into lines, as GDAL does where it is not asked for Arrow."""
        words: Shapes = pyogrio.raw.read(
            self._package.path, self._layer, columns=[], skip_features=row - 1, max_features=count
        )[2]
        return words

    def _stream(self, size: int) -> pyogrio.raw.open_arrow:
        return pyogrio.raw.open_arrow(
            self._package.path, self._layer, encoding=self._encoding, batch_size=size, use_pyarrow=True
        )

    def _look_at_parts(self) -> int | None:
        """Check what GDAL would pass over in silence; the number of features where the header tells it."""
        path = self._package.path
        if self._package.format == "Shapefile":
            expected = shapefile.check_parts(path)
            self._encoding, warning = shapefile.text_encoding(path)
            self.findings += [warning] if warning else []
            return expected
        if self._package.format == "GeoPackage":
            check_sqlite(self._package)
        if self._package.format == "DXF" and not _ends_dxf(self._package):
            raise Invalid.because("pkg.truncated", name=self._package.name, why="DXF: EOF")
        return None

    def _choose_layer(self, wanted: str | None) -> str:
        try:
            found = pyogrio.list_layers(self._package.path)
        except _FAULTS as error:
            if self._package.format == "GeoPackage" and _holds_pictures(self._package.path):
                raise Invalid.because("holding.pyramid", name=self._package.name) from None
            raise self._unreadable(error) from None
        names = [str(name) for name, kind in found if kind is not None]
        if wanted in names:
            return wanted
        listed = ", ".join(names)
        own = wanted in (None, self._package.path.stem, self._package.path.name)
        if not names:
            raise Invalid.because("pkg.empty", name=self._package.name)
        if len(names) > 1 or not own:
            raise Invalid.because("pkg.layer", name=self._package.name, layers=listed)
        return names[0]

    def _information(self) -> Mapping[str, str]:
        try:
            information: Mapping[str, str] = pyogrio.read_info(
                self._package.path, self._layer, encoding=self._encoding, force_feature_count=True
            )
        except _FAULTS as error:
            raise self._unreadable(error) from None
        if information["driver"] != DRIVERS[self._package.format]:
            raise Invalid.because("pkg.format", name=self._package.name, why=information["driver"])
        return information

    def _unreadable(self, error: Exception) -> Invalid:
        rule = "attr.encoding" if isinstance(error, UnicodeError) else "pkg.truncated"
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        said = said.replace(str(self._package.path), self._package.name)
        return Invalid.because(rule, name=self._package.name, why=said[:200], field=self._package.name, value=said[:80])


def has_arcs(words: Shapes) -> bool:
    """Tell whether some WKB has arcs, which shapely cannot read: types 8 to 12, or in the types made of others."""
    return any(word is not None and _type_of(word) in _ARCS for word in words)


def _type_of(word: bytes) -> int:
    """The type of a WKB geometry without what says that it has Z or M."""
    code = int.from_bytes(word[1:5], "little" if word[0] else "big")
    return (code & 0x0FFFFFFF) % 1000


def shapes_of_wkb(words: Shapes) -> tuple[Shapes, dict[int, Fault]]:
    """Geometries of WKB; those that are not well formed are None and said by their index."""
    with np.errstate(invalid="ignore"):  # what is no number is found and said later
        shapes: Shapes = shapely.from_wkb(words, on_invalid="ignore")
    lost = np.flatnonzero(shapely.is_missing(shapes) & np.array([word is not None for word in words]))
    return shapes, {int(index): _fault(words[index]) for index in lost}


def _fault(word: bytes) -> Fault:
    """Why a geometry cannot be made of its bytes: an open ring, vertices that are no numbers, an unknown type."""
    with np.errstate(invalid="ignore"):
        mended = shapely.from_wkb(word, on_invalid="fix")
    if mended is not None and not np.isfinite(shapely.get_coordinates(mended)).all():
        return Fault("geom.finite", "NaN / Infinity")
    try:
        shapely.from_wkb(word)
    except shapely.errors.GEOSException as error:
        unclosed = "closed" in str(error) and mended is not None
        return Fault("geom.form.open", _ends(mended)) if unclosed else Fault("geom.form", str(error))
    return Fault("geom.form", "WKB")


def _ends(mended: shapely.Geometry) -> str:
    """Where the first ring that had to be closed began and ended: it got its first point once more at the end."""
    for ring in shapely.get_rings(shapely.get_parts(mended)):
        points = shapely.get_coordinates(ring).tolist()
        if points[-2] != points[0]:
            return f"{points[0]} ≠ {points[-2]}"
    return "WKB"


def check_sqlite(package: Package) -> None:
    """Compare the size a SQLite file has with the pages its header counts."""
    with package.path.open("rb") as file:
        head = file.read(100)
    page = int.from_bytes(head[16:18], "big")
    pages = int.from_bytes(head[28:32], "big")
    counted = head[24:28] == head[92:96]  # the count is valid only where the two change counters agree
    size = package.path.stat().st_size
    wanted = pages * (65536 if page == 1 else page)
    if len(head) < 100 or (counted and size < wanted):
        raise Invalid.because("pkg.truncated", name=package.name, why=f"{size} < {wanted} bytes")
    if head[68:72] not in _GEOPACKAGE:
        raise Invalid.because("pkg.format", name=package.name, why=f"SQLite ≠ GeoPackage ({head[68:72]!r})")


def _holds_pictures(path: Path) -> bool:
    """Tell whether a GeoPackage says that it holds pictures cut into tiles."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
        try:
            return file.execute("SELECT 1 FROM gpkg_contents WHERE data_type = 'tiles'").fetchone() is not None
        except sqlite3.DatabaseError:  # then it is damaged, which GDAL has said already
            return False


def _ends_dxf(package: Package) -> bool:
    with package.path.open("rb") as file:
        file.seek(max(0, package.path.stat().st_size - 256))
        return _DXF_END in file.read()
