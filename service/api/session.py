"""Signing in: a department gives its token once and its browser gets a cookie."""

from typing import Final

from flask import Blueprint, Response, request

from service import departments
from service.auth import COOKIE, check_same_host
from service.http.guards import guard
from service.http.negotiate import respond
from service.stores import desk, settings
from service.web.preferences import local_path

blueprint: Final = Blueprint("session", __name__)


@blueprint.get("/sign-in")
def sign_in_form() -> Response:
    """The form that asks for the token."""
    return respond({"next": local_path(request.args.get("next", "/submissions"))}, "sign-in.html")


@blueprint.post("/sign-in")
def sign_in() -> Response:
    """Check the token and let the browser keep who it is. `Unauthorized` (`auth.token`)."""
    check_same_host(request)
    department = departments.with_token(desk(), request.form.get("token", ""))
    response = Response(status=303, headers={"Location": local_path(request.form.get("next", "/submissions"))})
    guard().sign_in(response, department, is_secure())
    return response


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """Let the browser forget who it is."""
    check_same_host(request)
    response = Response(status=303, headers={"Location": "/"})
    response.delete_cookie(COOKIE, path="/")
    return response


def is_secure() -> bool:
    """Whether people reach the service by HTTPS, here or at the proxy before it."""
    return request.is_secure or (settings().public_url or "").startswith("https:")
