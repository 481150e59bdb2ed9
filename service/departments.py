"""The departments that may write: who they are, where, and the hash of the token each signs in with."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from entities.errors import Conflict, Invalid, NotFound, Unauthorized
from entities.store.database import Row
from service.desk import Desk, now

_COLUMNS: Final = "name, title, division, everywhere, token"


@dataclass(frozen=True, slots=True)
class Department:
    """A department: its short `name`, what it is called, its division code, and whether it may write everywhere.

    `also` are the codes of further divisions that it may write in.
    """

    name: str
    title: str
    division: str
    everywhere: bool = False
    token_hash: str = ""
    also: tuple[str, ...] = ()

    @property
    def divisions(self) -> tuple[str, ...]:
        """Every division of its territory, the main one first."""
        return (self.division, *self.also)


def add(desk: Desk, department: Department) -> str:
    """Add a department and return its token, which is never shown again. `Conflict` for a name already there."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", department.name):
        raise Invalid.because("user.name", name=department.name)
    for division in department.divisions:
        if not re.fullmatch(r"\d{6}", division):
            raise Invalid.because("user.division", division=division)
    if desk.rows("SELECT 1 FROM department WHERE name = ?", department.name):
        raise Conflict.because("user.twice", name=department.name)
    token, hashed = new_token()
    who = {"name": department.name, "title": department.title or department.name, "division": department.division}
    with desk.writing() as database:
        row = {**who, "everywhere": int(department.everywhere), "token": hashed, "created": now()}
        database.insert("department", list(row), [list(row.values())])
        more = [(department.name, division) for division in dict.fromkeys(department.also)]
        database.insert("territory", ("department", "division"), more)
    return token


def renew(desk: Desk, name: str) -> str:
    """Give a department a new token, which ends the old one. `NotFound` (`user.unknown`)."""
    token, hashed = new_token()
    if not desk.change("department", ("name", name), token=hashed):
        raise NotFound.because("user.unknown", name=name)
    return token


def remove(desk: Desk, name: str) -> None:
    """Take a department away; what it said stays in the base. `NotFound` (`user.unknown`)."""
    with desk.writing() as database:
        if not database.run("DELETE FROM department WHERE name = ?", [name]):
            raise NotFound.because("user.unknown", name=name)
        database.run("DELETE FROM territory WHERE department = ?", [name])


def listed(desk: Desk) -> list[Department]:
    """Every department, by name."""
    more = _more(desk)
    return [_department(row, more) for row in desk.rows(f"SELECT {_COLUMNS} FROM department ORDER BY name")]


def named(desk: Desk, name: str) -> Department:
    """The department of this name. `NotFound` (`user.unknown`)."""
    rows = desk.rows(f"SELECT {_COLUMNS} FROM department WHERE name = ?", name)
    if not rows:
        raise NotFound.because("user.unknown", name=name)
    return _department(rows[0], _more(desk))


def with_token(desk: Desk, token: str) -> Department:
    """The department whose token this is. `Unauthorized` (`auth.token`)."""
    rows = desk.rows(f"SELECT {_COLUMNS} FROM department WHERE token = ?", hash_of(token))
    if not rows:
        raise Unauthorized.because("auth.token")
    return _department(rows[0], _more(desk))


def new_token() -> tuple[str, str]:
    """A token of 32 random bytes, and its hash."""
    token = secrets.token_urlsafe(32)
    return token, hash_of(token)


def hash_of(token: str) -> str:
    """SHA-256 of a token; enough, since a token of 32 random bytes cannot be guessed."""
    return sha256(token.strip().encode()).hexdigest()


def _more(desk: Desk) -> dict[str, tuple[str, ...]]:
    """The further divisions of every department that has some, by its name; few have, so all are read at once."""
    more: dict[str, tuple[str, ...]] = {}
    for name, division in desk.rows("SELECT department, division FROM territory ORDER BY id"):
        more[name] = (*more.get(name, ()), division)
    return more


def _department(row: Row, more: Mapping[str, tuple[str, ...]]) -> Department:
    name, title, division, everywhere, token = row
    return Department(name, title, division, bool(everywhere), token, more.get(name, ()))
