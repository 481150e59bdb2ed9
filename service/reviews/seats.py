"""Who sits at the review desk: a department, the officer's name where one was given, and a mark of their browser."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from flask import Request, Response

from service.auth import Guard
from service.departments import Department

COOKIE: Final = "officer"
LONGEST: Final = 40
_YEAR: Final = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Seat:
    """One place at the desk; two browsers of one department are two seats."""

    department: Department
    officer: str = ""
    mark: str = ""

    @property
    def author(self) -> str:
        """How decisions name who made them: `licheng` or `licheng · 张工`."""
        return f"{self.department.name} · {self.officer}" if self.officer else self.department.name

    @property
    def shown(self) -> str:
        """How colleagues see who holds a case."""
        return self.officer or self.department.title


def seat_of(request: Request, guard: Guard, department: Department) -> Seat:
    """The seat from which a request comes."""
    officer = tidy(unquote(request.cookies.get(COOKIE, "")))
    mark = "api" if "Authorization" in request.headers else guard.form_word(request)[:16]
    return Seat(department, officer, f"{department.name}:{mark}")


def keep_name(response: Response, name: str) -> None:
    """Keep the officer's name in their browser for a year; an empty one forgets it."""
    if tidy(name):
        response.set_cookie(COOKIE, quote(tidy(name)), max_age=_YEAR, samesite="Lax", path="/reviews")
    else:
        response.delete_cookie(COOKIE, path="/reviews")


def tidy(name: str) -> str:
    """A name as it is kept: one line, printable, not long."""
    return "".join(letter for letter in " ".join(name.split()) if letter.isprintable())[:LONGEST]
