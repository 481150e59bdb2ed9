"""Who is asking: a department's token in the Authorization header, or the signed cookie of a page."""

import hmac
import os
import secrets
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from flask import Request, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer

from entities.errors import Forbidden, NotFound, Unauthorized
from service import departments
from service.departments import Department
from service.desk import Desk

COOKIE: Final = "department"
HOURS: Final = 12
"""How long a person stays signed in."""


class Guard:
    """Tells who sends a request; `key` signs the cookies."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._signer = URLSafeTimedSerializer(key, salt="sign-in", signer_kwargs={"digest_method": sha256})

    def department(self, request: Request, desk: Desk) -> Department:
        """The department that sends the request. `Unauthorized` (`auth.*`) where none does."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return departments.with_token(desk, token)
        return self._of_cookie(request, desk)

    def asker(self, request: Request, desk: Desk) -> Department | None:
        """The department that sends the request, or None."""
        try:
            return self.department(request, desk)
        except Unauthorized:
            return None

    def writer(self, request: Request, desk: Desk) -> Department:
        """The department that sends a request which changes something; a page must send its form's `csrf` too."""
        department = self.department(request, desk)
        if "Authorization" not in request.headers:
            sent = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
            if not hmac.compare_digest(sent.encode(), self.form_word(request).encode()):
                raise Forbidden.because("auth.form")
        return department

    def form_word(self, request: Request) -> str:
        """The word that a signed-in page's forms send back; another host's page cannot know it."""
        return hmac.new(self._key, request.cookies.get(COOKIE, "").encode(), sha256).hexdigest()

    def sign_in(self, response: Response, department: Department, secure: bool) -> None:
        """Let the response carry the cookie that says who this is."""
        value = str(self._signer.dumps([department.name, department.token_hash[:16]]))
        response.set_cookie(COOKIE, value, HOURS * 3600, path="/", secure=secure, httponly=True, samesite="Strict")

    def _of_cookie(self, request: Request, desk: Desk) -> Department:
        try:
            name, hashed = self._signer.loads(request.cookies.get(COOKIE, ""), max_age=HOURS * 3600)
            department = departments.named(desk, name)
        except (BadSignature, NotFound):
            raise Unauthorized.because("auth.needed") from None
        if not department.token_hash.startswith(hashed):
            raise Unauthorized.because("auth.token")
        return department


def check_same_host(request: Request) -> None:
    """Refuse a form sent by another host's page, as browsers tell us. `Forbidden` (`auth.form`)."""
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        raise Forbidden.because("auth.form")


@cache
def secret(path: Path) -> bytes:
    """The key that signs cookies, made when the file is missing and readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_hex(32).encode())
    return path.read_bytes()
