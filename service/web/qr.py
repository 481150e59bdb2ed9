"""QR codes, drawn into the page: the public address of what a printed card is about."""

import io
from functools import lru_cache

import segno
from markupsafe import Markup


@lru_cache(maxsize=256)
def qr(address: str) -> Markup:
    """A QR code of an address as inline SVG, black on white in any theme, a quarter of it spare (level Q)."""
    page = io.BytesIO()
    code = segno.make(address, error="q", micro=False)
    code.save(page, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=4, dark="#000", light="#fff")
    svg = page.getvalue().decode().replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
    return Markup(svg)
