"""What a client must know of the imagery of a moment, as TileJSON 3.0 writes it."""

from collections.abc import Mapping, Sequence

from entities.model import day_text
from service.holdings import Holding
from service.shapes.links import address
from tiling.imagery.prepare import read_index
from tiling.imagery.tile import FINEST
from tiling.mercator import LATITUDE


def tilejson(state: str, holdings: Sequence[Holding], titles: Mapping[str, str]) -> dict[str, object]:
    """The description of the tiles of a state; below their address everything may be cached for ever."""
    zooms = [picture.zoom for one in holdings for picture in read_index(one.folder)]
    found: dict[str, object] = {
        "tilejson": "3.0.0",
        "scheme": "xyz",
        "name": f"{titles['zh']} {titles['en']}",
        "tiles": [address(f"/map/imagery/{state}/{{z}}/{{x}}/{{y}}.webp")],
        "minzoom": 0,
        "maxzoom": min(max(zooms, default=0), FINEST),
        "state": state,
        "holdings": [_told(one) for one in holdings],
    }
    if holdings:
        sides = list(zip(*(one.footprint.bounds for one in holdings), strict=True))
        south, north = max(min(sides[1]), -LATITUDE), min(max(sides[3]), LATITUDE)
        found["bounds"] = [min(sides[0]), south, max(sides[2]), north]
    return found


def _told(one: Holding) -> dict[str, object]:
    name, start = one.version.state.name, day_text(one.version.period.start)
    return {"code": one.code, "name": name, "valid_from": start, "resolution": one.resolution}
