"""A small application with every page but no base behind it, and a stand-in for the built scripts."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient

from service import web
from service.web import assets
from service.web.drawing import outline
from service.web.index_map import Plan
from tests.service.web.values import DEPARTMENT, PAGES

HOME = Path(web.__file__).parent
SCRIPTS = ("review.js", "reviews.css", "pages.js", "drop.js", "progress.js", "pages.css", "icon.svg")

Read = Callable[[str, str], str]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that looks as if the scripts had been built."""
    entries = {name: {"file": name.replace(".", "-1234."), "bytes": 1, "br": 1} for name in SCRIPTS}
    folder = tmp_path_factory.mktemp("built")
    (folder / "manifest.json").write_text(json.dumps(entries), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assets, "BUILT", folder)
        yield folder


@pytest.fixture(scope="module")
def app(built: Path) -> Flask:
    """The pages, each at its name: `/page/maps` is `maps.html` with the example value of that name."""
    app = Flask("pages", static_folder=None, root_path=str(HOME), template_folder="templates", instance_path=str(built))
    web.register(app)
    app.context_processor(
        lambda: {
            "department": DEPARTMENT,
            "csrf": "c5f",
            "index_map": lambda code: PLAN,
            "latest": lambda count: [],
            "outline": lambda extent, division: outline(extent, None),
        }
    )

    @app.get("/page/<name>", defaults={"layer": "buildings"})
    def page(name: str, layer: str) -> str:
        template, value = PAGES[name]
        return render_template(template, it=value)

    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def read(app: Flask) -> Read:
    """The HTML of a page by its name and language."""

    @cache
    def html(name: str, language: str) -> str:
        answer = app.test_client().get(f"/page/{name}?lang={language}")
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    return html


PLAN = Plan("370000", "山东省", 400, 257, (), None)
