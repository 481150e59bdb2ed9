"""Every page, made by the running service from a real base, in every language, is whole and well formed."""

import warnings

import html5lib
import pytest
from flask.testing import FlaskClient

from service.tiles.tilesets import build_layer
from service.work import worker
from tests.service.conftest import Base
from tests.service.test_auth import PAGE, sign_in
from tests.service.test_submissions import houses, send

OPEN = [
    "/",
    "/about",
    "/maps",
    "/maps?q=lixia&level=city",
    "/maps?level=county&parent=370100",
    "/maps/370102",
    "/search",
    "/search?q=齐鲁",
    "/search?q=没有",
    "/search?q=117.1,36.5",
    "/changes",
    "/changes?transaction=3",
    "/transactions/3",
    "/collections",
    "/collections/buildings",
    "/collections/buildings/items?f=html",
    "/sign-in",
]


@pytest.fixture
def page(client: FlaskClient, base: Base) -> FlaskClient:
    build_layer(base.config, base.store(), "buildings")
    return client


def check(client: FlaskClient, path: str, language: str, status: int = 200) -> str:
    """Ask for a page and hold it to what every page must be."""
    answer = client.get(path, query_string=None, headers={**PAGE, "Accept-Language": language})
    assert (answer.status_code, answer.mimetype) == (status, "text/html"), (path, answer.text[:500])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        html5lib.HTMLParser(strict=True).parse(answer.text)
    assert answer.text.count("<h1") == 1
    assert "None" not in answer.text.replace("none", "")
    return answer.text


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("path", OPEN)
def test_open_pages(page: FlaskClient, path: str, language: str) -> None:
    check(page, path, language)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_pages_of_an_entity(page: FlaskClient, base: Base, language: str) -> None:
    assert "齐鲁大厦" in check(page, f"/codes/{base.standing}", language)
    check(page, f"/codes/{base.ended}", language, 410)
    check(page, f"/codes/{base.ended}?datetime=2024-06-01", language)
    check(page, "/codes/nothing", language, 404)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_pages_of_the_desk_in_every_state(page: FlaskClient, base: Base, language: str) -> None:
    away = page.get("/submissions", headers={"Accept": "text/html"})
    assert (away.status_code, away.location) == (303, "/sign-in?next=/submissions")
    sign_in(page, base)
    check(page, "/submissions", language)
    sent = {
        "done": send(page, base),
        "refused": send(page, base, houses((117.3, 36.3, -3.0), (117.31, 36.3, 8.0))),
        "unread": send(page, base, b"{"),
        "confirm": send(page, base, houses((117.3, 36.3, 12.0), kind=None), profile=""),
    }
    for answer in sent.values():
        check(page, answer.headers["Location"], language)
    worker.run(base.config, once=True)
    for state, answer in sent.items():
        check(page, answer.headers["Location"], language)
        if state != "confirm":
            check(page, answer.headers["Location"] + "/report", language)
    check(page, sent["refused"].headers["Location"] + "/report?rule=model.tall", language)
    check(page, sent["confirm"].headers["Location"] + "/report", language, 409)
    check(page, "/submissions", language)
    check(page, "/submissions/none", language, 404)
