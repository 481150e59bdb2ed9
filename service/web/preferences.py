"""How a reader wants the pages: language, light or dark, letter size; kept in cookies that say nothing else."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from flask import Request, Response, current_app, has_app_context

from service.web.words import LANGUAGES, PSEUDO

THEMES: Final = ("auto", "light", "dark")
SIZES: Final = ("normal", "large")
_YEAR: Final = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Preferences:
    """One reader's choices, each one of the lists above."""

    language: str
    theme: str
    size: str


def preferences_of(request: Request) -> Preferences:
    """Read the choices of whoever sent this request; Chinese where nothing else is asked for."""
    return Preferences(
        language_of(request),
        _one_of(THEMES, request.cookies.get("theme")),
        _one_of(SIZES, request.cookies.get("size")),
    )


def language_of(request: Request) -> str:
    """The language to answer in: `?lang=`, else the cookie, else what the browser accepts, else the settings'."""
    if request.args.get("lang") == PSEUDO:
        return PSEUDO
    for asked in (request.args.get("lang"), request.cookies.get("lang")):
        if asked in LANGUAGES:
            return asked
    settings = current_app.extensions.get("settings") if has_app_context() else None
    return request.accept_languages.best_match(LANGUAGES) or (settings.language if settings else LANGUAGES[0])


def keep(response: Response, name: str, value: str) -> None:
    """Keep a choice in the reader's browser for a year."""
    response.set_cookie(name, value, max_age=_YEAR, samesite="Lax", path="/")


def local_path(asked: str | None) -> str:
    """The page to go back to: a path of this service, never another host's address."""
    path = asked or "/"
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"


def address_with(request: Request, **changes: str | None) -> str:
    """This page's address with some parameters changed, or dropped where None; the order is kept."""
    pairs = [(name, value) for name, value in request.args.items(multi=True) if name not in changes]
    pairs += [(name, value) for name, value in changes.items() if value is not None]
    return request.path + ("?" + urlencode(pairs) if pairs else "")


def _one_of(known: tuple[str, ...], asked: str | None) -> str:
    return asked if asked in known else known[0]
