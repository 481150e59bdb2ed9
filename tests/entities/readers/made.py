"""Files made for the tests, as other programs write them, and what they hold."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pyogrio.raw
import pyproj
import shapely

from entities.model import Candidate
from entities.readers import Reading, open_reading

CRS = "EPSG:4549"
NAMES = ["山东大厦", "泉城<b>广场</b>", "Plain", "趵突泉北路6号"]
HEIGHTS = [12.5, 30.25, 6.0, 99.999]
FLOORS = [4, 10, 2, 33]


def squares(count: int = 4, x: float = 500_000.0, y: float = 4_060_000.0) -> Any:
    """Squares of 20 m in a row, in metres of CGCS2000 / 3-degree Gauss-Kruger CM 120E."""
    west = x + 50.0 * np.arange(count)
    return shapely.box(west, y, west + 20, y + 20)


def columns(count: int = 4) -> dict[str, Any]:
    """Fields as a department of surveying would name them."""
    turns = range(count)
    return {
        "NAME": np.array([NAMES[i % 4] for i in turns], dtype=object),
        "JZGD": np.array([HEIGHTS[i % 4] for i in turns]),
        "CS": np.array([FLOORS[i % 4] for i in turns], dtype=np.int32),
        "FEATID": np.array([f"B{i:05d}" for i in turns], dtype=object),
        "ELEMSTIME": np.array(["2024-05-20"] * count, dtype=object),
    }


def write(
    path: Path,
    shapes: Any = None,
    fields: Mapping[str, Any] | None = None,
    crs: str | None = CRS,
    kind: str = "Polygon",
    **options: Any,
) -> Path:
    """Write shapes and fields with GDAL in the format of the file's name."""
    shapes = squares() if shapes is None else np.array(shapes, dtype=object)
    fields = columns(len(shapes)) if fields is None else fields
    words = np.array(shapely.to_wkb(shapes), dtype=object)
    pyogrio.raw.write(path, words, list(fields.values()), list(fields), geometry_type=kind, crs=crs, **options)
    return path


def write_parquet(
    path: Path, crs: object = "declared", shapes: Any = None, fields: Mapping[str, Any] | None = None, **changes: object
) -> Path:
    """Write shapes, or the squares, as GeoParquet by hand; `crs` goes into the metadata as it is."""
    shapes, fields = (squares(), columns()) if shapes is None else (shapes, fields or {})
    column = {"encoding": "WKB", "geometry_types": ["Polygon"], **changes}
    if crs != "absent":
        column["crs"] = pyproj.CRS(CRS).to_json_dict() if crs == "declared" else crs
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    table = pa.table({"geometry": pa.array(shapely.to_wkb(shapes).tolist(), pa.binary()), **fields})
    pa.parquet.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    return path


def zipped(path: Path, *parts: Path, prefix: str = "") -> Path:
    """Put files, or whole folders, into a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            if part.is_dir():
                for inner in sorted(part.iterdir()):
                    archive.write(inner, f"{prefix}{part.name}/{inner.name}")
            else:
                archive.write(part, f"{prefix}{part.name}")
    return path


def shapefile(folder: Path, name: str = "houses", encoding: str = "UTF-8", **options: Any) -> list[Path]:
    """Write a Shapefile and return its parts."""
    write(folder / f"{name}.shp", encoding=encoding, **options)
    return sorted(folder.glob(f"{name}.*"))


def geojson(path: Path, geometries: Sequence[object], crs: str | None = None, **properties: Any) -> Path:
    """Write GeoJSON text as it is given, faults and all."""
    features = [{"type": "Feature", "properties": properties, "geometry": geometry} for geometry in geometries]
    whole: dict[str, Any] = {"type": "FeatureCollection"}
    if crs:
        whole["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(whole | {"features": features}, ensure_ascii=False), encoding="utf-8")
    return path


def read(path: Path, **options: Any) -> tuple[list[Candidate], Reading]:
    """Read a whole file."""
    with open_reading(path, **options) as reading:
        return [candidate for batch in reading.batches() for candidate in batch], reading


def rules(reading: Reading) -> list[str]:
    """The rules of a reading's findings."""
    return [finding.rule for finding in reading.findings]
