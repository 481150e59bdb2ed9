"""Finishing files: exact paper size, title and language inside, and the same bytes for the same page every time."""

import re
import zlib
from io import BytesIO
from typing import Final
from xml.sax.saxutils import escape

from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, RectangleObject, StreamObject, TextStringObject

from tiling.maps.jobs import Job
from tiling.maps.page import Page

LONG: Final = re.compile(rb"\d+\.\d{3,}")
"""A number of many decimals."""

STRINGS: Final = re.compile(rb"(\((?:\\.|[^\\)])*\))")
"""A string in the content of a PDF."""

INCH: Final = 25.4


def finished(data: bytes, job: Job) -> bytes:
    """Finish a file that mapnik drew."""
    if job.kind == "pdf":
        return _pdf(data, job.page)
    if job.kind == "svg":
        return _svg(LONG.sub(_rounded, data).decode(), job.page).encode()
    return _png(data, job) if job.kind == "png" else _jpg(data, job)


def _pdf(data: bytes, page: Page) -> bytes:
    """Give a PDF its exact size, title and language, and take cairo's clock and last decimals out."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(data)))
    writer.pdf_header = "%PDF-1.7"
    sheet = writer.pages[0]
    sheet.mediabox = RectangleObject((0, 0, round(page.width / INCH * 72, 3), round(page.height / INCH * 72, 3)))
    content = sheet["/Contents"].get_object()
    if isinstance(content, StreamObject):
        content.set_data(b"".join(map(_shortened, STRINGS.split(content.get_data()))))
    writer.root_object[NameObject("/Lang")] = TextStringObject("zh-CN" if page.language == "zh" else page.language)
    writer.metadata = {"/Title": page.title, "/Creator": "Shikong", "/Producer": "mapnik, cairo, pypdf"}
    result = BytesIO()
    writer.write(result)
    return result.getvalue()


def _shortened(part: bytes) -> bytes:
    return part if part[:1] == b"(" else LONG.sub(_rounded, part)


def _rounded(found: re.Match[bytes]) -> bytes:
    """Round a number to two decimals: the last ones that cairo writes differ from run to run."""
    return (b"%.2f" % float(found.group())).rstrip(b"0").rstrip(b".")


def _svg(text: str, page: Page) -> str:
    """Give an SVG its size in millimetres, a title and a language."""
    size = f'width="{page.width:g}mm" height="{page.height:g}mm" xml:lang="{page.language}" role="img"'
    text = re.sub(r'(<svg[^>]*?) width="\d+" height="\d+"', rf"\1 {size}", text, count=1)
    said = f"<title>{escape(page.title)}</title>\n<desc>{escape(' '.join(word.text for word in page.words))}</desc>\n"
    return re.sub(r"(<svg[^>]*>\n?)", lambda found: found.group() + said, text, count=1)


def _png(data: bytes, job: Job) -> bytes:
    """Put the title and the number of pixels a metre into a PNG, before its pixels."""
    per_metre = round(job.pixels * 1000).to_bytes(4, "big")
    title = b"Title\0\0\0\0\0" + job.page.title.encode()
    chunks = (_chunk(b"pHYs", per_metre * 2 + b"\1"), _chunk(b"iTXt", title)) if job.page.point != 1 else ()
    head = 8 + 25  # the signature and IHDR
    return data[:head] + b"".join(chunks) + data[head:]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def _jpg(data: bytes, job: Job) -> bytes:
    """Write the number of pixels an inch into the head (JFIF) of a JPG."""
    per_inch = round(job.pixels * INCH).to_bytes(2, "big") if job.page.point != 1 else b"\0\x48"
    if data[6:11] != b"JFIF\0":
        return data
    return data[:13] + b"\1" + per_inch * 2 + data[18:]
