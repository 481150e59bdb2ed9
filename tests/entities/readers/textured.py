"""A made house with pictures on its walls, as CityJSON and as CityGML, and the pictures themselves."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

WALL, ROOF = "looks/wall.png", "looks/roof.jpg"

CORNERS = [[x, y, z] for z in (0, 6) for y in (0, 8) for x in (0, 10)]
"""The corners of a block of 10 x 8 x 6 m."""

FACES = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [1, 3, 7, 5], [3, 2, 6, 7], [2, 0, 4, 6]]
"""Its floor, its roof, and its walls in the south, east, north and west, each from the lower left seen from outside."""

KINDS = ("GroundSurface", "RoofSurface", *["WallSurface"] * 4)
ONCE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
OFTEN = [[0.0, 0.0], [2.5, 0.0], [2.5, 1.0], [0.0, 1.0]]
"""Places on a picture that is shown once, and two and a half times."""

SHOWN = {1: (1, ONCE), 2: (0, ONCE), 3: (0, OFTEN)}
"""Which picture some of the faces show, and where on it each corner is."""


def facade(colour: tuple[int, int, int] = (200, 60, 40), size: int = 32) -> Image.Image:
    """A wall of one colour, blue at its foot and with a white window in its upper left."""
    pixels = np.full((size, size, 3), colour, np.uint8)
    pixels[size * 3 // 4 :] = (20, 40, 200)
    pixels[size // 8 : size // 2, size // 8 : size // 2] = 255
    return Image.fromarray(pixels)


def pictures(folder: Path, colour: tuple[int, int, int] = (200, 60, 40)) -> None:
    """Write the pictures where the models name them."""
    (folder / "looks").mkdir(parents=True, exist_ok=True)
    facade(colour).save(folder / WALL)
    Image.new("RGB", (40, 24), (90, 90, 90)).save(folder / ROOF, quality=95)


def cityjson(folder: Path, **changes: Any) -> Path:
    """Write the house as CityJSON; `changes` are members of its appearance, or `texture`, what its geometry says."""
    rings = [[[None]] for _ in FACES]
    for face, (number, _) in SHOWN.items():
        rings[face] = [[number, *(range(4) if face != 3 else range(4, 8))]]
    texture = changes.pop("texture", {"photos": {"values": [rings]}})
    appearance: Mapping[str, Any] = {
        "textures": [{"type": "PNG", "image": WALL}, {"type": "JPG", "image": ROOF}],
        "vertices-texture": [*ONCE, *OFTEN],
        "default-theme-texture": "photos",
        **changes,
    }
    semantics = {"surfaces": [{"type": kind} for kind in KINDS], "values": [list(range(6))]}
    geometry = {"type": "Solid", "lod": "2", "boundaries": [[[face] for face in FACES]], "semantics": semantics}
    model = {
        "type": "CityJSON", "version": "2.0", "transform": {"scale": [1, 1, 1], "translate": [500_000, 4_060_000, 30]},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/4549"}, "appearance": appearance,
        "CityObjects": {"B1": {"type": "Building", "geometry": [geometry | {"texture": texture}]}}, "vertices": CORNERS,
    }  # fmt: skip
    return _written(folder / "house.city.json", json.dumps(model))


def citygml(folder: Path, material: str = "", wall: str = "", first: bool = False) -> Path:
    """Write the house as CityGML 2; `material` is an X3DMaterial, `wall` other places on the picture of the south."""
    surfaces = "".join(_surface(number) for number in range(len(FACES)))
    looks = "".join(_texture(number, uri, wall) for number, uri in enumerate((WALL, ROOF)))
    appearance = (
        "<app:appearanceMember><app:Appearance><app:theme>photos</app:theme>"
        f"{looks}{material}</app:Appearance></app:appearanceMember>"
    )
    building = f'<core:cityObjectMember><bldg:Building gml:id="B1">{surfaces}</bldg:Building></core:cityObjectMember>'
    text = (
        '<core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0" xmlns:gml="http://www.opengis.net/gml" '
        'xmlns:bldg="http://www.opengis.net/citygml/building/2.0" '
        'xmlns:app="http://www.opengis.net/citygml/appearance/2.0"><gml:boundedBy><gml:Envelope srsName="EPSG:4549" '
        'srsDimension="3"/></gml:boundedBy>'
        f"{appearance if first else ''}{building}{'' if first else appearance}</core:CityModel>"
    )
    return _written(folder / "house.gml", text)


def citygml_3(folder: Path, **said: Any) -> Path:
    """Write the house as CityGML 3, which has other names for much and lists rings beside their places."""
    path = citygml(folder, **said)
    text = re.sub(
        r'(<app:textureCoordinates) ring="(.*?)"(.*?</app:textureCoordinates>)', _RING, path.read_text("utf-8")
    )
    text = re.sub(r'<app:target uri="(.*?)">(.*?)</app:target>', _ASSOCIATION, text)
    for old, new in _NEWER.items():
        text = text.replace(old, new)
    return _written(path, text)


_RING = r"\1\3<app:ring>\2</app:ring>"
_ASSOCIATION = (
    r"<app:textureParameterization><app:TextureAssociation><app:target>\1</app:target><app:textureParameterization>\2"
    "</app:textureParameterization></app:TextureAssociation></app:textureParameterization>"
)
_NEWER = {
    "opengis.net/gml": "opengis.net/gml/3.2",
    "/2.0": "/3.0",
    "xmlns:app": 'xmlns:con="http://www.opengis.net/citygml/construction/3.0" xmlns:app',
    "app:appearanceMember": "core:appearanceMember",
    "app:surfaceDataMember": "app:surfaceData",
    "bldg:boundedBy": "core:boundary",
    "bldg:lod2": "core:lod2",
    **{f"bldg:{kind}": f"con:{kind}" for kind in KINDS},
}


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _surface(number: int) -> str:
    """A face as the surface of its kind."""
    ring = [CORNERS[corner] for corner in (*FACES[number], FACES[number][0])]
    points = " ".join(f"{500_000 + x} {4_060_000 + y} {30 + z}" for x, y, z in ring)
    return (
        f'<bldg:boundedBy><bldg:{KINDS[number]}><bldg:lod2MultiSurface><gml:MultiSurface gml:id="M{number}">'
        f'<gml:surfaceMember><gml:Polygon gml:id="P{number}"><gml:exterior><gml:LinearRing gml:id="R{number}">'
        f"<gml:posList>{points}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>"
        f"</gml:MultiSurface></bldg:lod2MultiSurface></bldg:{KINDS[number]}></bldg:boundedBy>"
    )


def _texture(number: int, uri: str, wall: str) -> str:
    targets = ""
    for face, (picture, places) in SHOWN.items():
        text = " ".join(f"{u} {v}" for u, v in [*places, places[0]])
        if picture == number:
            targets += (
                f'<app:target uri="#P{face}"><app:TexCoordList><app:textureCoordinates ring="#R{face}">'
                f"{(wall if face == 2 else '') or text}</app:textureCoordinates></app:TexCoordList></app:target>"
            )
    return (
        f"<app:surfaceDataMember><app:ParameterizedTexture><app:imageURI>{uri}</app:imageURI>{targets}"
        "</app:ParameterizedTexture></app:surfaceDataMember>"
    )
