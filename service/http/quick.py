"""Answers the commonest question of programs, a code's card as JSON, before the machinery for pages is set going.

The answer is the one that the blueprint `codes` gives, byte for byte; whatever is not quite plain (a page, a moment, a
code of several entities or of none, a condition) is passed on to it. Lookups take turns within a process: threads that
take turns answer twice as many as threads that fight for the interpreter.
"""

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any, Final

from flask import Flask

from entities.errors import Refusal
from entities.model import Moment, today
from service.http.headers import common
from service.http.negotiate import JSON_HEADERS, json_bytes, tag
from service.shapes.entities import card
from service.shapes.links import hosted
from service.stores import Doors

Environ = dict[str, Any]
Start = Callable[..., Any]

_PREFIX: Final = "/codes/"
_CONDITIONS: Final = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH", "HTTP_RANGE", "HTTP_IF_MODIFIED_SINCE")


def register(app: Flask) -> None:
    """Let the application answer plain lookups itself."""
    setattr(app, "wsgi_app", Quick(app.wsgi_app, app.extensions["doors"]))  # noqa: B010 (mypy: assigning to a method)


class Quick:
    """A WSGI application before another."""

    def __init__(self, rest: Callable[[Environ, Start], Iterable[bytes]], doors: Doors) -> None:
        self._rest = rest
        self._doors = doors
        self._turn = Lock()

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        body = self._looked_up(environ) if _is_plain(environ) else None
        if body is None:
            return self._rest(environ, start)
        start("200 OK", [*JSON_HEADERS, *common("GET", environ["PATH_INFO"]), *_about(body)])
        return [body]

    def _looked_up(self, environ: Environ) -> bytes | None:
        """The card as JSON; None where the whole application has to answer."""
        code = environ["PATH_INFO"].removeprefix(_PREFIX).encode("latin-1").decode("utf-8", "replace")
        with self._turn, hosted(self._doors.config.public_url or _host(environ)):
            store = self._doors.store()
            try:
                view = store.view(Moment(today()))
                found = store.resolve(code, view.moment)
                return json_bytes(card(found[0], store, view, code)) if len(found) == 1 else None
            except Refusal:
                return None
            finally:
                self._doors.let_go()


def _is_plain(environ: Environ) -> bool:
    return (
        environ["PATH_INFO"].startswith(_PREFIX)
        and environ["REQUEST_METHOD"] == "GET"
        and not environ.get("QUERY_STRING")
        and "html" not in environ.get("HTTP_ACCEPT", "")
        and not any(name in environ for name in _CONDITIONS)
    )


def _host(environ: Environ) -> str:
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{environ['wsgi.url_scheme']}://{host}"


def _about(body: bytes) -> list[tuple[str, str]]:
    return [("ETag", f'"{tag(body)}"'), ("Content-Length", str(len(body)))]
