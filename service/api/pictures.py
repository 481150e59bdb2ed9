"""Pictures that surfaces show, by the SHA-256 of their bytes."""

from typing import Final

from flask import Blueprint, Response

from entities.errors import NotFound
from entities.pictures import media_of
from service.api.tiles import FOR_EVER, tagged
from service.pictures import pictures_of
from service.stores import settings

blueprint: Final = Blueprint("pictures", __name__)


@blueprint.get("/pictures/<digest>")
def picture(digest: str) -> Response:
    """A picture as it came; its address says what is in it, so it may be kept for ever."""
    data = pictures_of(settings()).read(digest)
    if data is None:
        raise NotFound.because("picture.unknown", hash=digest)
    response = Response(data, mimetype=media_of(data))
    response.headers["Cache-Control"] = FOR_EVER
    return tagged(response, digest)
