"""The catalogue counts right, sheets are what they say, and nothing is drawn twice."""

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image
from pypdf import PdfReader

from entities.model import Period, State, Version, day_text, parse_day
from service.http.params import DEEPEST
from tests.service.conftest import BUILDING, FIRST, SECOND, Base, county, rule_of, square
from tiling.maps.draw import SheetPainter
from tiling.maps.style import page_of

HOUSES = "/map/tiles/16/54103/25599.png"
"""The tile in which the building stood that ended."""


def divisions(answer: dict[str, object]) -> list[str]:
    return [sheet["division"] for sheet in answer["sheets"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["370000", "370100", "370102", "370103"]),
        ("level=county", ["370102", "370103"]),
        ("parent=370000", ["370100"]),
        ("parent=370100&level=county&format=pdf", ["370102", "370103"]),
        ("q=lixia", ["370102"]),
        ("q=济南", ["370100", "370102", "370103"]),
        ("q=济南&level=city", ["370100"]),
        ("q=lixia&level=city", []),
    ],
)
def test_filters_narrow_down(client: FlaskClient, query: str, found: list[str]) -> None:
    answer = client.get(f"/maps?{query}").json
    assert (divisions(answer), answer["total"]) == (found, len(found))


def test_every_count_is_what_its_link_gives(client: FlaskClient) -> None:
    for query in ("", "level=county", "q=区"):
        facets = client.get(f"/maps?{query}").json["facets"]
        for value in (value for values in facets.values() for value in values):
            total = client.get(value["href"]).json["total"]
            assert value["chosen"] or total == value["count"], value


def test_nothing_found_says_what_to_drop(client: FlaskClient) -> None:
    answer = client.get("/maps?q=lixia&level=city").json
    assert [(one["titles"]["zh"], one["count"]) for one in answer["relaxed"]] == [("lixia", 1), ("市", 1)]
    assert [client.get(one["href"]).json["total"] for one in answer["relaxed"]] == [1, 1]


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_pages_of_any_size_add_up_to_the_whole(client: FlaskClient, limit: int) -> None:
    found: list[str] = []
    address = f"/maps?limit={limit}"
    while address:
        page = client.get(address).json
        found += divisions(page)
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    assert found == ["370000", "370100", "370102", "370103"]


def test_a_sheet_tells_what_is_around_it(client: FlaskClient) -> None:
    sheet = client.get("/maps/370102").json
    assert sheet["parent"]["division"] == "370100"
    assert [one["division"] for one in sheet["neighbours"]] == ["370103"]
    assert [one["division"] for one in client.get("/maps/370100").json["children"]] == ["370102", "370103"]


def test_a_sheet_is_a_file_of_each_format(client: FlaskClient) -> None:
    printed = client.get("/maps/370102.pdf")
    assert printed.mimetype == "application/pdf"
    assert len(PdfReader(BytesIO(printed.data)).pages) == 1
    picture = client.get("/maps/370102.png")
    assert Image.open(BytesIO(picture.data)).format == "PNG"
    small = client.get("/maps/370102/thumbnail.jpg")
    assert Image.open(BytesIO(small.data)).size[0] == 560
    assert client.get("/maps/370102.svg").mimetype == "image/svg+xml"
    sizes = {file["format"]: file["bytes"] for file in client.get("/maps/370102").json["formats"]}
    assert sizes == {"pdf": len(printed.data), "png": len(picture.data), "jpg": None, "svg": sizes["svg"]}
    again = client.get("/maps/370102.pdf", headers={"If-None-Match": printed.headers["ETag"]})
    assert again.status_code == 304


def test_a_sheet_is_drawn_again_only_when_something_on_it_changed(client: FlaskClient, base: Base) -> None:
    before = {code: client.get(f"/maps/{code}").json["version"] for code in ("370102", "370103")}
    state = county("370103", "市中新区", 118.0)
    code = next(one.code for one in base.store().view().versions("divisions") if one.state.name == "市中区")
    with base.store().transaction("province", "renamed", "x.gpkg") as transaction:
        transaction.put([Version(code, Period(parse_day("2025-01-01")), state)])
    sheet = client.get("/maps/370103").json
    assert sheet["version"] != before["370103"]
    assert (sheet["name"], sheet["transaction"], sheet["day"]) == ("市中新区", 4, "2025-01-01")


@pytest.mark.parametrize(
    ("path", "status", "rule"),
    [
        ("/maps/999999", 404, "map.division"),
        ("/maps/370102.gif", 406, "map.format"),
        ("/maps/999999.png", 404, "map.division"),
        ("/maps?level=village", 400, "param.value"),
        ("/maps/370102.png?lang=fr", 400, "param.value"),
        ("/map/tiles/2/4/0.png", 400, "param.tile"),
    ],
)
def test_what_there_is_not_is_refused(client: FlaskClient, path: str, status: int, rule: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, rule_of(answer)) == (status, rule)


def test_the_base_map_and_the_still_picture(client: FlaskClient) -> None:
    tile = client.get("/map/tiles/6/52/24.png")
    assert Image.open(BytesIO(tile.data)).size == (256, 256)
    assert tile.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/map/tiles/6/52/24.png", headers={"If-None-Match": tile.headers["ETag"]}).status_code == 304
    still = client.get("/still.jpg")
    assert (still.mimetype, len(still.data) <= 60_000) == ("image/jpeg", True)


def test_the_base_map_of_any_moment(client: FlaskClient, base: Base) -> None:
    now = client.get(HOUSES)
    assert day_tile(client, FIRST - 1) != day_tile(client, FIRST) == client.get(f"{HOUSES}?known-at=2").data
    assert day_tile(client, SECOND) == now.data != day_tile(client, SECOND - 1)
    assert day_tile(client, -20_000) != day_tile(client, 0) == day_tile(client, FIRST - 1)  # before any division was
    for known, fixed in (("", False), ("&known-at=3", True), ("&known-at=9", False)):
        answer = client.get(f"{HOUSES}?lang=en&datetime=2025-06-01{known}")
        assert (answer.status_code, "immutable" in answer.headers["Cache-Control"]) == (200, fixed)
    assert client.get(f"{HOUSES}?datetime=later").status_code == 400
    assert client.get(f"{HOUSES}?known-at=-1").status_code == 400


def day_tile(client: FlaskClient, day: int) -> bytes:
    return client.get(f"{HOUSES}?datetime={day_text(day)}").data


def test_a_picture_is_drawn_once_whatever_happens_elsewhere(
    client: FlaskClient, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, still = client.get(HOUSES), client.get("/still.jpg")
    with (store := base.store()).transaction("lixia", "far away", "x.gpkg") as transaction:
        state = State(BUILDING, square(117.3, 36.5), "新楼", 12.0, 30.0)
        transaction.put([Version(transaction.issue([state])[0], Period(SECOND), state)])
    store.close()

    def never(*_: object) -> bytes:
        raise AssertionError("drawn again")

    monkeypatch.setattr(SheetPainter, "draw_job", never)
    for answer in (client.get(HOUSES), client.get(f"{HOUSES}?datetime={day_text(SECOND + 9)}")):
        assert (answer.data, answer.headers["ETag"]) == (before.data, before.headers["ETag"])
    assert client.get("/still.jpg").data == still.data


def test_an_empty_base_has_an_empty_catalogue(client: FlaskClient, base: Base) -> None:
    store = base.store()
    with store.transaction("province", "all wrong", "x") as transaction:
        transaction.retract([one.code for one in store.view().versions("divisions")])
    answer = client.get("/maps").json
    assert (answer["total"], answer["sheets"], answer["relaxed"]) == (0, [], [])


def test_the_deepest_tile_is_the_deepest_that_is_drawn(client: FlaskClient) -> None:
    assert page_of("tiles")["deepest"] == DEEPEST
    assert client.get(f"/map/tiles/{DEEPEST}/432000/203000.png").status_code == 200
