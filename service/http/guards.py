"""The guard of the running application, and what pages know of who is signed in."""

from typing import Any

from flask import Flask, current_app, request

from service.auth import COOKIE, Guard, secret
from service.config import Config
from service.departments import Department
from service.stores import desk


def register(app: Flask, config: Config) -> None:
    """Give the application its guard, and its templates `department` and `csrf`."""
    app.extensions["guard"] = Guard(secret(config.secret_file))
    app.context_processor(_signed_in)


def guard() -> Guard:
    """The guard of the application that answers this request."""
    found: Guard = current_app.extensions["guard"]
    return found


def asking() -> Department:
    """The department that sends this request. `Unauthorized` where none does."""
    return guard().department(request, desk())


def asker() -> Department | None:
    """The department that sends this request, or None where nobody is signed in."""
    return guard().asker(request, desk())


def writing() -> Department:
    """The department that sends this request to change something; a page's form must be ours."""
    return guard().writer(request, desk())


def _signed_in() -> dict[str, Any]:
    known = COOKIE in request.cookies or "Authorization" in request.headers
    department = guard().asker(request, desk()) if known else None
    return {"department": department, "csrf": guard().form_word(request) if department else ""}
