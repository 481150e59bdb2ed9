"""Link files as streams of rows: CSV in any usual encoding, and Excel workbooks."""

import codecs
import csv
import re
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final, Protocol

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from entities.errors import Invalid
from entities.model import Scalar
from entities.readers.limits import Limits
from entities.readers.source import Chunk, scalar
from entities.readers.unpacking import check_zip

Row = Sequence[Scalar]

_BOMS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BLOCK: Final = 1 << 20
_SEPARATORS: Final = ",\t;，|"
_ZEROS: Final = re.compile(r"0+")
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"


class Table(Protocol):
    """A file of rows with named columns."""

    fields: list[str]

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Yield the rows, some at a time; may be asked for again."""
        ...


class CsvTable:
    """Text with separators. A value is what stands there, without what spreadsheets put around codes: `="…"`, `'…`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._encoding = _encoding(path)
        with self._opened() as file:
            head = file.readline(_BLOCK)
            self._separator = max(_SEPARATORS, key=head.count) if head.strip() else ","
            file.seek(0)
            self.fields = _names(next(csv.reader(file, delimiter=self._separator), []), path)

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Yield the rows."""
        with self._opened() as file:
            rows = csv.reader(file, delimiter=self._separator)
            next(rows, None)
            try:
                yield from _chunks(([_cell(text) for text in row] for row in rows), self.fields, size)
            except (csv.Error, UnicodeError) as error:
                raise Invalid.because("pkg.truncated", name=self._path.name, why=str(error)) from None

    def _opened(self) -> IO[str]:
        return self._path.open(encoding=self._encoding, newline="")


class ExcelTable:
    """The first sheet of a workbook, or the one named. Numbers stay numbers: what Excel made of a code has to show."""

    def __init__(self, path: Path, sheet: str | None, limits: Limits) -> None:
        check_zip(path, limits)
        self._path, self._sheet = path, sheet
        self.fields = _names([_said(cell) for cell in next(self._rows(), ())], path)

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Yield the rows."""
        cells = islice(self._rows(), 1, None)
        yield from _chunks(([_value(cell) for cell in row] for row in cells), self.fields, size)

    def _rows(self) -> Iterator[Sequence[Any]]:
        try:
            book = openpyxl.load_workbook(self._path, read_only=True, data_only=True)
        except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError) as error:
            raise Invalid.because("pkg.truncated", name=self._path.name, why=str(error)) from None
        try:
            if self._sheet is not None and self._sheet not in book.sheetnames:
                raise Invalid.because("pkg.layer", name=self._path.name, layers=", ".join(book.sheetnames))
            yield from book[self._sheet or book.sheetnames[0]].iter_rows()
        finally:
            book.close()


def is_workbook(path: Path) -> bool:
    """Tell whether a file is an Excel workbook. `Invalid` (`link.excel`) for one of before 2007."""
    with path.open("rb") as file:
        if file.read(4) == _OLD_EXCEL:
            raise Invalid.because("link.excel", name=path.name)
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return "xl/workbook.xml" in archive.namelist()


def is_text(path: Path) -> bool:
    """Tell whether a file is text, by its first bytes."""
    with path.open("rb") as file:
        head = file.read(_BLOCK)
    other = b"\0" in head or head.lstrip()[:1] in (b"{", b"<", b"[")
    return head.startswith(tuple(bom for bom, _ in _BOMS)) or not other


def _encoding(path: Path) -> str:
    """The encoding of a text: as its first bytes say, else UTF-8 if all of it is, else GB 18030 (GBK)."""
    with path.open("rb") as file:
        head = file.read(4)
        for bom, name in _BOMS:
            if head.startswith(bom):
                return name
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "gb18030"
    return "utf-8"


def _names(cells: Sequence[str], path: Path) -> list[str]:
    names = [_cell(cell).strip() for cell in cells]
    if not any(names):
        raise Invalid.because("pkg.empty", name=path.name)
    return [name or f"#{place}" for place, name in enumerate(names, 1)]


def _chunks(rows: Iterator[Row], fields: Sequence[str], size: int) -> Iterator[Chunk]:
    """Rows as columns; rows shorter than the head are filled up, empty ones kept so that row numbers agree."""
    first = 1
    while batch := list(islice(rows, size)):
        filled = ([*row[: len(fields)], *[None] * (len(fields) - len(row))] for row in batch)
        columns = zip(*filled, strict=True)
        yield Chunk(first, {name: list(column) for name, column in zip(fields, columns, strict=True)})
        first += len(batch)


def _cell(text: str) -> str:
    inner = text.strip()
    if inner.startswith('="') and inner.endswith('"') and len(inner) > 2:
        return inner[2:-1]
    return inner[1:] if inner.startswith("'") else inner


def _said(cell: Any) -> str:
    return "" if cell.value is None else str(cell.value)


def _value(cell: Any) -> Scalar:
    """A cell's value; a number shown with leading zeros (format 000000) is the text that is shown."""
    value = scalar(cell.value)
    if isinstance(value, int) and not isinstance(value, bool) and _ZEROS.fullmatch(str(cell.number_format)):
        return str(value).zfill(len(str(cell.number_format)))
    return _cell(value) if isinstance(value, str) else value
