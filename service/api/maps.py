"""Standard maps: the catalogue, the sheets, and the base map under the viewer."""

from pathlib import Path
from typing import Final

from flask import Blueprint, Response, request

from service.api.tiles import FOR_EVER, fixed, tagged
from service.http.negotiate import respond
from service.http.params import check_tile, one_of, read_limit, read_moment
from service.maps.catalogue import FORMATS, Filters, Leaf
from service.maps.studio import THUMBNAIL, studio
from service.shapes.links import following
from service.shapes.maps import catalogue_json, sheet_page
from service.stores import store
from service.tiles.base_map import LANGUAGES
from service.tiles.kept import Made
from tiling.maps.divisions import LEVELS
from tiling.maps.sight import TileSight

blueprint: Final = Blueprint("maps", __name__)

PAGE: Final = 24
"""How many sheets a page of the catalogue shows."""

_KINDS: Final = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "svg": "image/svg+xml"}
_AGE: Final = "public, max-age=300"
"""How long the base map may be old before it is asked for again."""


@blueprint.get("/maps")
def maps() -> Response:
    """The catalogue, narrowed down by words and facets."""
    catalogue, filters, limit = studio().catalogue(), asked(), read_limit(request.args, PAGE, 200)
    found = after(filters.of(catalogue), request.args.get("cursor", ""))
    value = catalogue_json(catalogue, filters, found[:limit], studio())
    value["links"] += following(found[limit - 1].entry.code if len(found) > limit else None)
    return respond(value, "maps.html")


@blueprint.get("/maps/<division>")
def sheet(division: str) -> Response:
    """One sheet."""
    return respond(sheet_page(studio().catalogue().leaf(division), studio()), "map.html")


@blueprint.get("/maps/<division>.<extension>")
def file(division: str, extension: str) -> Response:
    """A sheet as a file."""
    path = studio().sheet(division, extension, asked_language())
    return picture(path, _KINDS[extension], f"{division}.{extension}")


@blueprint.get("/maps/<division>/thumbnail.jpg")
def thumbnail(division: str) -> Response:
    """A small picture of a sheet."""
    return picture(studio().sheet(division, THUMBNAIL, asked_language()), "image/jpeg")


@blueprint.get("/map/tiles/<int:z>/<int:x>/<int:y>.png")
def tile(z: int, x: int, y: int) -> Response:
    """A tile of the base map, now or at another moment; it may be kept for ever where both times are named."""
    check_tile(z, x, y)
    view = store().view(read_moment(request.args))
    return ground(studio().ground.picture(view, TileSight(z, x, y), asked_language()), "image/png", fixed())


@blueprint.get("/still.jpg")
def still() -> Response:
    """The picture shown before the globe."""
    return ground(studio().still(asked_language()), "image/jpeg")


def asked() -> Filters:
    """The filters of the catalogue that the request names."""
    args = request.args
    parent = args.get("parent") or None
    return Filters(
        args.get("q", "").strip() or None, one_of(args, "level", LEVELS), parent, one_of(args, "format", FORMATS)
    )


def asked_language() -> str:
    """The language of a map: Chinese unless `lang=en`."""
    return one_of(request.args, "lang", LANGUAGES) or "zh"


def after(leaves: list[Leaf], code: str) -> list[Leaf]:
    """The sheets that come after the one of a division; all of them where none is named."""
    codes = [leaf.entry.code for leaf in leaves]
    return leaves[codes.index(code) + 1 :] if code in codes else leaves


def picture(path: Path, kind: str, name: str | None = None) -> Response:
    """A sheet's file, kept under a name which says what is in it."""
    response = Response(path.read_bytes(), mimetype=kind)
    if name:
        response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Cache-Control"] = "no-cache"
    return tagged(response, f"{path.parent.name}-{path.name}")


def ground(made: Made, kind: str, for_ever: bool = False) -> Response:
    """A picture of the base map."""
    response = Response(made.data, mimetype=kind)
    response.headers["Cache-Control"] = FOR_EVER if for_ever else _AGE
    return tagged(response, made.name)
