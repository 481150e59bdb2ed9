"""The parts of a Shapefile looked at before GDAL does: whether they are whole, and what encoding their text has."""

import codecs
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from entities.errors import Invalid
from entities.rules import Finding

_ENOUGH: Final = 50_000  # texts looked at to tell an encoding
_CHINESE: Final = {"gbk", "gb2312", "gb18030", "cp936"}
_LANGUAGE_DRIVERS: Final = {0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "big5", 0x78: "big5"}  # byte 29 of a DBF's header


@dataclass(frozen=True, slots=True)
class _Field:
    name: bytes
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class _Table:
    """What the header of a DBF says."""

    path: Path
    records: int
    header: int
    width: int
    language: int
    texts: Sequence[_Field]


def check_parts(path: Path) -> int:
    """Return how many features a Shapefile has; `Invalid` (`pkg.truncated`) where a part is shorter than it says."""
    table = _table(_part(path, ".dbf"))
    lengths = {suffix: _declared_length(_part(path, suffix)) for suffix in (".shp", ".shx")}
    shapes = (lengths[".shx"] - 100) // 8
    if shapes != table.records:
        raise Invalid.because("pkg.truncated", name=path.name, why=f".shx {shapes} ≠ .dbf {table.records}")
    if table.path.stat().st_size < table.header + table.records * table.width:
        raise Invalid.because("pkg.truncated", name=table.path.name, why=f"{table.records} × {table.width} bytes")
    return table.records - _deleted(table)


def _deleted(table: _Table) -> int:
    """How many records are marked as deleted; they are kept in the file and never read."""
    if not table.records:
        return 0
    records = np.memmap(table.path, np.uint8, "r", table.header, (table.records, table.width))
    return int((records[:, 0] == ord("*")).sum())


def text_encoding(path: Path) -> tuple[str, Finding | None]:
    """The encoding of a Shapefile's text, and a warning where nothing declares it and it was told by the text.

    Raises `Invalid` (`attr.encoding.declared`) where it is not in the encoding declared, or in none of UTF-8 and GBK.
    """
    table = _table(_part(path, ".dbf"))
    declared = _declared_encoding(path, table)
    texts = list(_texts(table))
    if declared is not None:
        _check_declared(texts, declared, path.name)
        return _iconv_name(declared), None
    if not texts:
        return "UTF-8", None
    for encoding in ("utf-8", "gb18030"):
        if _first_unreadable(texts, encoding) is None:
            said = "UTF-8" if encoding == "utf-8" else "GBK"
            return _iconv_name(encoding), Finding("pkg.encoding", {"name": path.name, "encoding": said})
    row, name, _ = _first_unreadable(texts, "gb18030") or texts[0]
    raise Invalid.because("attr.encoding.declared", row=row or None, field=name, encoding="UTF-8 / GBK")


def _part(path: Path, suffix: str) -> Path:
    return next(part for part in path.parent.iterdir() if part.stem == path.stem and part.suffix.lower() == suffix)


def _declared_length(path: Path) -> int:
    """The length that the header of a .shp or .shx declares, in bytes."""
    with path.open("rb") as file:
        head = file.read(100)
    if len(head) < 100:
        raise Invalid.because("pkg.truncated", name=path.name, why=f"{len(head)} < 100 bytes")
    (words,) = struct.unpack(">i", head[24:28])
    if path.stat().st_size < 2 * words:
        raise Invalid.because("pkg.truncated", name=path.name, why=f"{path.stat().st_size} < {2 * words} bytes")
    return int(2 * words)


def _table(path: Path) -> _Table:
    with path.open("rb") as file:
        head = file.read(32)
        if len(head) < 32:
            raise Invalid.because("pkg.truncated", name=path.name, why=f"{len(head)} < 32 bytes")
        records, header, width = struct.unpack("<IHH", head[4:12])
        fields = file.read(max(0, header - 32))
    return _Table(path, records, header, width, head[29], list(_text_fields(fields)))


def _text_fields(descriptors: bytes) -> Iterator[_Field]:
    start = 1  # the first byte of a record says whether it is deleted
    for offset in range(0, len(descriptors) - 31, 32):
        entry = descriptors[offset : offset + 32]
        if entry[0] == 0x0D:
            return
        if entry[11:12] == b"C":
            yield _Field(entry[:11].split(b"\0")[0], start, entry[16])
        start += entry[16]


def _declared_encoding(path: Path, table: _Table) -> str | None:
    """What the .cpg says, else the language driver of the DBF where it names one encoding; a codec's name."""
    pages = [part for part in path.parent.iterdir() if part.stem == path.stem and part.suffix.lower() == ".cpg"]
    if not pages:
        return _LANGUAGE_DRIVERS.get(table.language)
    name = (
        pages[0].read_bytes()[:64].decode("ascii", "replace").strip().lower().removeprefix("ansi ").removeprefix("oem ")
    )
    name = {"65001": "utf-8", "utf8": "utf-8", "88591": "latin-1"}.get(name, name)
    for spelling in (name, f"cp{name}"):
        try:
            return codecs.lookup(spelling).name
        except LookupError:
            continue
    return None


def _iconv_name(codec: str) -> str:
    """The name GDAL knows an encoding by; GB18030 holds all of GBK and GB 2312."""
    return "GB18030" if codec in _CHINESE else codec.upper()


_Text = tuple[int, str, bytes]  # row (0 for a field's name), field, bytes


def _texts(table: _Table) -> Iterator[_Text]:
    """Texts of a DBF that are not plain ASCII, the names of its fields first."""
    for field in table.texts:
        if not field.name.isascii():
            yield 0, repr(field.name), field.name
    if not table.texts or not table.records:
        return
    records = np.memmap(table.path, np.uint8, "r", table.header, (table.records, table.width))
    left = _ENOUGH
    for field in table.texts:
        block = records[:, field.start : field.start + field.width]
        for row in np.flatnonzero((block >= 0x80).any(axis=1))[:left].tolist():
            yield row + 1, field.name.decode("ascii", "replace"), block[row].tobytes().rstrip(b"\0 ")
            left -= 1


def _first_unreadable(texts: Sequence[_Text], encoding: str) -> _Text | None:
    """The first text that is not in this encoding; one cut off within its last character is."""
    decoder = codecs.getincrementaldecoder(encoding)
    for text in texts:
        try:
            decoder().decode(text[2])
        except UnicodeDecodeError:
            return text
    return None


def _check_declared(texts: Sequence[_Text], declared: str, name: str) -> None:
    wrong = _first_unreadable(texts, declared)
    if wrong is not None:
        raise Invalid.because("attr.encoding.declared", row=wrong[0] or None, field=wrong[1], encoding=declared.upper())
    if declared in _CHINESE and len(texts) >= 3 and _first_unreadable(texts, "utf-8") is None:
        raise Invalid.because("attr.encoding.declared", field=name, encoding=f"{declared.upper()} (≠ UTF-8)")
