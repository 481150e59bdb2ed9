"""The pages a person meets outside the globe: their words, their looks, and the few routes that are theirs alone."""

from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, Flask, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from entities.errors import BadQuery
from entities.model import day_text, today
from service.http.guards import guard
from service.http.negotiate import json_response
from service.maps.studio import studio
from service.stores import desk, settings, store
from service.web import assets, cards, comparison, drawing, journal, packing, preferences, viewer, writing
from service.web import sample as sample_at
from service.web.index_map import plan_of
from service.web.lifeline import lifeline
from service.web.preferences import preferences_of
from service.web.qr import qr
from service.web.words import LANGUAGES, TAGS, has_words, number_text, pattern_of, say, words_under

blueprint: Final = Blueprint("web", __name__)

SYSTEMS: Final = (
    ("EPSG:4490", "CGCS2000 (EPSG:4490)"),
    *((f"EPSG:{4488 + zone}", f"CGCS2000 / 3° GK {zone} (EPSG:{4488 + zone})") for zone in (38, 39, 40, 41)),
    *((f"EPSG:{4509 + zone}", f"CGCS2000 / 3° GK {zone * 3}°E (EPSG:{4509 + zone})") for zone in (38, 39, 40, 41)),
)
"""The coordinate systems offered where a file states none."""


def register(app: Flask) -> None:
    """Give the application its pages and everything its templates may say."""
    for part in (blueprint, assets.blueprint, viewer.blueprint, cards.blueprint):
        app.register_blueprint(part)
    packing.register(app)
    app.context_processor(_speech)
    app.jinja_env.globals.update(
        asset=assets.asset, icon=writing.icon, has_words=has_words, whose=writing.whose, systems=SYSTEMS
    )
    app.jinja_env.globals.update(sketch=drawing.sketch, qr=qr)
    app.jinja_env.globals.update(
        comparison=comparison.comparison,
        thumbnail=comparison.thumbnail,
        shares=comparison.shares,
        scene=comparison.scene,
    )
    app.jinja_env.filters.update(
        camera=writing.camera,
        chinese=writing.chinese,
        code=writing.code,
        data=writing.data,
        day=writing.day,
        local=writing.local,
        moment=writing.moment,
        number=number_text,
        seconds=writing.duration,
        size=writing.size,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _speech() -> dict[str, Any]:
    """What a template can say, in the language of whoever asked."""
    wishes = preferences_of(request)
    language = wishes.language
    return {
        "wishes": wishes,
        "lang_tag": TAGS[language],
        "themes": preferences.THEMES,
        "sizes": preferences.SIZES,
        "t": lambda word, **values: say(language, word, **values),
        "pattern": lambda word: pattern_of(language, word),
        "words_under": lambda *prefixes: words_under(language, *prefixes),
        "said": lambda text: writing.said(text, language),
        "long_day": lambda day: writing.long_day(day, language),
        "lifeline": lambda history: lifeline(history, day_text(today())),
        "index_map": lambda code: plan_of(studio().catalogue().divisions, code, "zh" if language == "zh" else "en"),
        "outline": _outline,
        "latest": lambda count: journal.latest(store(), count),
        "address_with": lambda **changes: preferences.address_with(request, **changes),
    }


def _outline(extent: Sequence[float], division: str) -> drawing.Outline:
    """An upload's extent over the territory of a division, which may be unknown to the base."""
    found = studio().catalogue().divisions.by_code.get(division)
    return drawing.outline(extent, found.shape if found else None)


@blueprint.after_app_request
def _keep_language(response: Response) -> Response:
    """Keep the language chosen by a link, and tell caches what a page depends on."""
    if response.mimetype == "text/html":
        response.vary.update(("Cookie", "Accept-Language"))
        if (asked := request.args.get("lang")) in LANGUAGES:
            preferences.keep(response, "lang", str(asked))
    return response


@blueprint.post("/preferences")
def choose() -> Response:
    """Keep the choice of theme or letter size and go back to the page it was made on."""
    response = Response(status=303, headers={"Location": preferences.local_path(request.form.get("back"))})
    for name, known in {"theme": preferences.THEMES, "size": preferences.SIZES}.items():
        if (value := request.form.get(name)) is not None:
            if value not in known:
                raise BadQuery.because("request.form", why=f"{name}: {', '.join(known)}")
            preferences.keep(response, name, value)
    return response


@blueprint.get("/about")
def about() -> str:
    """What the service is, what it may be used for, and how to reach it by machine."""
    return render_template("about.html")


@blueprint.get("/sample.geojson")
def sample() -> Response:
    """A small survey to try a submission with, in the territory of whoever asks."""
    department = guard().asker(request, desk())
    divisions, home = studio().catalogue().divisions, settings().viewer.home
    place = sample_at.middle_of(divisions, department.division if department else settings().province)
    survey = sample_at.sample_survey(*(place or (home.lon, home.lat)))
    response = json_response(survey, "application/geo+json")
    response.headers["Content-Disposition"] = 'attachment; filename="sample.geojson"'
    return response


@blueprint.get("/favicon.ico")
def favicon() -> AnyResponse:
    """Send browsers that ask for it by its old name to the mark."""
    return redirect(assets.asset("icon.svg"))
