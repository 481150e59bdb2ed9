"""The service that is followed, as seen over HTTP."""

import gzip
import io
import json
import shutil
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import IO, Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from entities.errors import Conflict, Invalid, NotFound, Unauthorized
from entities.replication.page import Wanted

PATIENCE: Final = 60.0
"""Seconds without a byte after which a source counts as down."""

_ABSENT: Final = MappingProxyType(
    {"picture.unknown": "picture.unknown", "holding.elsewhere": "holding.elsewhere", "tiles.blob": "holding.elsewhere"}
)
"""What a source answers that has not itself what is asked for by a hash, and what that is here."""


@dataclass(frozen=True, slots=True)
class Source:
    """A service to follow: its address and the token of a department there.

    `Conflict` (`follow.down`) where it does not answer; `Unauthorized` (`follow.token`); `Invalid` (`follow.stranger`).
    """

    url: str
    token: str = field(default="", repr=False)

    @contextmanager
    def page(self, wanted: Wanted, wait: float = 0) -> Iterator["Spool"]:
        """Fetch a page whole before anything is done with it, so that no lock is held while the network is slow."""
        asked = {"after": wanted.after, "limit": wanted.limit, "own": wanted.own, "wait": round(wait)}
        with TemporaryFile() as file:
            with self._answer(f"replication?{urlencode(asked)}", wait) as answer:
                packed = answer.headers.get("Content-Encoding") == "gzip"
                with _cuts():
                    shutil.copyfileobj(answer, file, 1 << 20)
                if answer.length:  # http.client says nothing of bytes that were promised and did not come
                    raise Invalid.because("follow.cut")
            yield Spool(file, packed, file.tell())

    def digests(self) -> Mapping[str, Any]:
        """The digests of the source's base."""
        with self._answer("replication/digest", 0) as answer:
            try:
                found: Mapping[str, Any] = json.load(answer)
            except ValueError as error:
                raise Invalid.because("follow.stranger", why="JSON") from error
            return found

    def picture(self, digest: str, path: Path) -> None:
        """Fetch a picture into a file. `NotFound` (`picture.unknown`) where the source has none such."""
        self._fetch(f"pictures/{digest}", path)

    def holding(self, kind: str, digest: str, name: str, path: Path) -> None:
        """Fetch a file of a holding into a file. `NotFound` (`holding.elsewhere`) where it is not there."""
        self._fetch(f"replication/holdings/{kind}/{digest}/{quote(name)}", path)

    def _fetch(self, asked: str, path: Path) -> None:
        with self._answer(asked, 0) as answer, path.open("wb") as file, _cuts():
            shutil.copyfileobj(answer, file, 1 << 20)
            if answer.length:
                raise Invalid.because("follow.cut")

    @contextmanager
    def _answer(self, path: str, wait: float) -> Iterator[Any]:
        headers = {"Accept": "application/x-ndjson, application/json, image/*", "Accept-Encoding": "gzip"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            request = Request(f"{self.url.rstrip('/')}/{path}", headers=headers)
            answer = _opener().open(request, timeout=wait + PATIENCE)
        except HTTPError as error:
            with error:
                raise self._refusal(error) from error
        except (URLError, OSError, HTTPException, ValueError) as error:
            raise self._down(getattr(error, "reason", error)) from error
        with answer:
            yield answer

    def _refusal(self, error: HTTPError) -> Exception:
        if error.code in (401, 403):
            return Unauthorized.because("follow.token", url=self.url)
        if error.code >= 500 or error.code == 429:
            return self._down(f"HTTP {error.code}")
        rule = _rule(error)
        if rule and rule in _ABSENT:
            return NotFound.because(_ABSENT[rule], hash=error.url.rpartition("/")[2])
        if rule == "follow.future":
            return Conflict.because("follow.source", base=self.url, number="…", last="…")
        return Invalid.because("follow.stranger", why=f"HTTP {error.code}")

    def _down(self, why: object) -> Conflict:
        return Conflict.because("follow.down", url=self.url, why=why)


@dataclass(frozen=True, slots=True)
class Spool:
    """A page on disk, to be read more than once."""

    file: IO[bytes]
    packed: bool
    size: int  # bytes that came over the network

    def lines(self) -> Iterator[bytes]:
        """The lines of the page. `Invalid` (`follow.cut`) where it was cut while it was packed."""
        self.file.seek(0)
        with _cuts():
            yield from io.BufferedReader(gzip.GzipFile(fileobj=self.file), 1 << 20) if self.packed else self.file


@contextmanager
def _cuts() -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error, OSError, HTTPException) as error:
        raise Invalid.because("follow.cut") from error


class _NoDetours(HTTPRedirectHandler):
    """Goes nowhere else: a token is for the service that it was given for."""

    def redirect_request(self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str) -> None:
        return None


def _opener() -> OpenerDirector:
    return build_opener(_NoDetours)


def _rule(error: HTTPError) -> str | None:
    try:
        found = json.load(error)
    except ValueError:
        return None
    return found.get("rule") if isinstance(found, dict) else None
