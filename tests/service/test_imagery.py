"""Imagery by HTTP: adopted, shown by its day, the newest and finest at each pixel, kept while a tile is the same."""

import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image

from entities.model import Period, parse_day
from service.holdings import Shelf
from service.holdings.adopting import Adopted, Adoption, adopt
from service.tiles import imagery
from tests.service.conftest import Base, rule_of
from tests.tiling.rasters import picture, plain
from tiling.mercator import REACH, projected

JSON = "/map/imagery/tiles.json"
RED, BLUE = (255, 0, 0), (0, 0, 255)


class Archive:
    """Pictures adopted into a base, and what a client sees of them."""

    def __init__(self, base: Base, client: FlaskClient, folder: Path) -> None:
        self.base, self.client, self.folder = base, client, folder

    def adopt(self, name: str, colour: tuple[int, ...], day: str, east: float = 0.0, pixel: float = 5.0) -> Adopted:
        path = picture(self.folder / f"{name}.tif", plain(colour), pixel, east)
        with closing(self.base.store()) as store:
            said = Adoption((path,), Period(parse_day(day)), kind="imagery")
            return adopt(self.base.config, store, said, lambda *_: None)

    def addresses(self, moment: str = "") -> str:
        """The addresses of tiles at a moment."""
        (found,) = self.client.get(JSON + moment).json["tiles"]
        return str(found).removeprefix("http://localhost")

    def tile(self, address: str, east: float = 160.0) -> Any:
        """The tile of zoom 16 so many metres east of where pictures begin, as png."""
        x, y = projected(np.array([[117.0112 + east / 89_000, 36.6575]]))[0]
        side = 2 * REACH / (1 << 16)
        place = {"z": 16, "x": int((x + REACH) / side), "y": int((REACH - y) / side)}
        return self.client.get(address.replace(".webp", ".png").format(**place))

    def colours(self, moment: str = "", east: float = 160.0) -> set[tuple[int, ...]]:
        pixels = np.array(Image.open(io.BytesIO(self.tile(self.addresses(moment), east).data)))
        return {tuple(one[:3].tolist()) for one in pixels.reshape(-1, 4) if one[3]}


@pytest.fixture
def archive(base: Base, client: FlaskClient, tmp_path: Path) -> Iterator[Archive]:
    return Archive(base, client, tmp_path)


def test_imagery_is_shown_by_its_day_and_the_newest_wins(archive: Archive) -> None:
    archive.adopt("old", RED, "2024-05-01")
    archive.adopt("new", BLUE, "2025-05-01")
    assert archive.colours() == {BLUE}
    assert archive.colours("?datetime=2024-12-31") == {RED}
    assert archive.colours("?datetime=2024-01-01") == set()
    assert archive.colours("?known-at=4") == {RED}


def test_of_one_day_the_finest_wins_and_the_other_fills_its_gaps(archive: Archive) -> None:
    archive.adopt("fine", BLUE, "2025-05-01", pixel=1.0)
    archive.adopt("coarse", RED, "2025-05-01")
    assert archive.colours(east=40) == {BLUE, RED}
    told = archive.client.get(JSON).json["holdings"]
    assert [(one["name"], one["resolution"]) for one in told] == [
        ("fine", pytest.approx(1, 0.01)),
        ("coarse", pytest.approx(5, 0.01)),
    ]


def test_a_state_is_told_again_and_its_tiles_never_change(archive: Archive) -> None:
    archive.adopt("old", RED, "2024-05-01")
    said = archive.client.get(JSON)
    assert said.headers["Cache-Control"] == "no-cache"
    assert archive.client.get(JSON, headers={"If-None-Match": said.headers["ETag"]}).status_code == 304
    assert said.json["bounds"] == pytest.approx([117.0112, 36.655, 117.0148, 36.658], abs=0.002)
    before = archive.addresses()
    first = archive.tile(before)
    assert (first.mimetype, "immutable" in first.headers["Cache-Control"]) == ("image/png", True)
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    archive.adopt("new", BLUE, "2025-05-01")
    assert archive.addresses() != before
    assert archive.tile(before).data == first.data


def test_a_tile_on_which_nothing_changed_is_not_drawn_again(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    archive.adopt("here", RED, "2024-05-01")
    first = archive.tile(archive.addresses())
    archive.adopt("there", BLUE, "2025-05-01", east=20_000)
    monkeypatch.setattr(imagery, "_drawn", lambda *_: b"drawn again")
    assert archive.tile(archive.addresses()).data == first.data
    assert archive.tile(archive.addresses()).headers["ETag"] == first.headers["ETag"]


def test_every_format_is_served(archive: Archive) -> None:
    archive.adopt("here", RED, "2024-05-01")
    address = archive.addresses().format(z=16, x=0, y=0)
    for form, name in (("webp", "WEBP"), ("png", "PNG"), ("jpg", "JPEG")):
        answer = archive.client.get(address.replace("webp", form))
        assert (answer.status_code, Image.open(io.BytesIO(answer.data)).format) == (200, name)


def test_what_was_thrown_away_is_no_longer_seen(archive: Archive) -> None:
    gone = archive.adopt("here", RED, "2024-05-01").holding
    address = archive.addresses()
    folder = Shelf.of(archive.base.config).folder("imagery", gone.hash)
    folder.rename(archive.folder / "elsewhere")
    assert Image.open(io.BytesIO(archive.tile(address).data)).getextrema()[3] == (0, 0)
    assert archive.client.get(JSON).json["holdings"] == []


@pytest.mark.parametrize(
    ("path", "status", "rule"),
    [
        ("/map/imagery/000000000000000000000000/1/0/0.png", 404, "imagery.state"),
        ("/map/imagery/x/1/0/0.png", 404, "imagery.state"),
        ("/map/imagery/x/1/2/0.png", 400, "param.tile"),
        ("/map/imagery/tiles.json?datetime=x", 400, "param.datetime"),
    ],
)
def test_what_there_is_not_is_refused(client: FlaskClient, path: str, status: int, rule: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, rule_of(answer)) == (status, rule)
