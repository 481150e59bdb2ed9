"""What format a file is in, told by its first bytes and never by its name."""

import io
import re
from pathlib import Path
from typing import Final

from entities.errors import Invalid
from entities.readers.json_stream import JsonStream, open_json

_MAGIC: Final = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"SQLite format 3\x00", "GeoPackage"),
    (b"fgb\x03fgb", "FlatGeobuf"),
    (b"PAR1", "GeoParquet"),
    (b"\x00\x00\x27\x0a", "Shapefile"),
    (b"AutoCAD Binary DXF\r\n\x1a\x00", "DXF"),
)
_DXF: Final = re.compile(rb"^(\s*999\s*\n[^\n]*\n)*\s*0\s*\r?\n\s*SECTION\s*\r?\n")
_AGS: Final = re.compile(rb'^(\xef\xbb\xbf)?\s*"(GROUP","|\*\*)[A-Z]')  # up to edition 3 `"**PROJ"`: refused when read
_XML: Final = re.compile(rb"^(\xef\xbb\xbf)?\s*<(\?xml|!|[A-Za-z])")
_GEOJSON: Final = {"FeatureCollection", "Feature"}


def format_of(path: Path) -> str | None:
    """Name the format of a file, or None for one that is none of ours."""
    with path.open("rb") as file:
        head = file.read(4096)
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if _DXF.match(head):
        return "DXF"
    if _AGS.match(head):
        return "AGS4"
    if _XML.match(head) or head.startswith((b"\xff\xfe<", b"\xfe\xff\x00<")):
        return "CityGML"
    return _json_format(path) if head.lstrip(b"\xef\xbb\xbf\x1e \t\r\n")[:1] == b"{" else None


def _json_format(path: Path) -> str | None:
    """Tell GeoJSON, CityJSON and CityJSONSeq apart by the members of the first object."""
    with open_json(path) as file:
        stream = JsonStream(file, path.name)
        for name, value in stream.members(streamed=("features", "CityObjects", "vertices")):
            if name == "type":
                return _by_type(path, value)
            if name in ("features", "CityObjects"):
                return "GeoJSON" if name == "features" else "CityJSON"
    return None


def _by_type(path: Path, kind: object) -> str | None:
    if kind in _GEOJSON:
        return "GeoJSON"
    if kind == "CityJSON":
        return "CityJSONSeq" if _goes_on(path) else "CityJSON"
    return None


def _goes_on(path: Path) -> bool:
    """Tell whether a second object stands on the second line: then the file is a sequence of objects."""
    with open_json(path) as file:
        first = file.readline(1 << 24)
        if not first.endswith("\n"):
            return False
        try:
            JsonStream(io.StringIO(first), path.name).value()
        except Invalid:
            return False
        return file.readline(64).lstrip().startswith("{")
