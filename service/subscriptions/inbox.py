"""Inboxes: where another base tells us that it has news. Only that is kept; what the news is is read from its feed."""

import re
from collections.abc import Mapping
from hashlib import sha256

from entities.errors import Forbidden, Invalid, NotFound
from service.desk import Desk, now
from service.subscriptions.signing import TIMESTAMP, TOLERANCE, check_secret, new_secret, verify

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def set_up(desk: Desk, name: str, secret: str = "") -> str:
    """Make an inbox, or give it another secret; returns the secret, a new one if none was given."""
    if not _NAME.fullmatch(name):
        raise Invalid.because("inbox.name", name=name)
    chosen = check_secret(secret) if secret else new_secret()
    if not desk.change("inbox", ("name", name), secret=chosen):
        desk.add("inbox", name=name, secret=chosen, created=now(), news=0)
    return chosen


def take_away(desk: Desk, name: str) -> None:
    """Take an inbox away. `NotFound` (`inbox.unknown`)."""
    with desk.writing() as database:
        if not database.run("DELETE FROM inbox WHERE name = ?", [name]):
            raise NotFound.because("inbox.unknown", name=name)


def receive(desk: Desk, name: str, headers: Mapping[str, str], body: bytes) -> None:
    """Note that there is news, if whoever says so knows the secret.

    `Unauthorized` (`signature.*`); `Forbidden` (`signature.replayed`) for a message that came before, word for word.
    """
    rows = desk.rows("SELECT secret FROM inbox WHERE name = ?", name)
    if not rows:
        raise NotFound.because("inbox.unknown", name=name)
    message = verify(headers, body, str(rows[0][0]))
    moment, signature = now(), sha256(f"{name} {message} {headers[TIMESTAMP]}".encode()).hexdigest()
    with desk.writing() as database:
        database.run("DELETE FROM heard WHERE heard < ?", [moment - 2 * TOLERANCE * 1_000_000])
        fresh = database.run(
            "INSERT INTO heard (signature, inbox, heard) VALUES (?, ?, ?) ON CONFLICT (signature) DO NOTHING",
            [signature, name, moment],
        )
        if not fresh:
            raise Forbidden.because("signature.replayed")
        database.run("UPDATE inbox SET news = ? WHERE name = ?", [moment, name])


def news(desk: Desk, name: str) -> int:
    """When news last came in, in microseconds since 1970; 0 for never. `NotFound` (`inbox.unknown`)."""
    rows = desk.rows("SELECT news FROM inbox WHERE name = ?", name)
    if not rows:
        raise NotFound.because("inbox.unknown", name=name)
    return int(rows[0][0])
