"""Sends a message to an address: never longer than it may take, never into our own network unless that is allowed."""

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv6Address, ip_address
from typing import Final
from urllib.parse import quote, urlsplit

from entities.errors import Invalid

_WRITTEN: Final = "/%:@!$&'()*+,;=?"  # what stays as it is in the path and query of an address
_LONGEST: Final = 2_000  # characters of an address


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a sending: the status of the answer, or None with the fault where there was none."""

    status: int | None
    fault: str = ""
    wait: float = 0.0  # seconds the receiver asked us to wait

    @property
    def received(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Address:
    """Where messages go: an http or https URL. `Invalid` (`subscription.url`) for any other."""

    url: str

    def __post_init__(self) -> None:
        try:
            split = urlsplit(self.url)
            sound = split.scheme in ("http", "https") and split.hostname and split.port != 0
            (split.hostname or "").encode("idna")
        except ValueError:
            sound = False
        if (
            not sound
            or "@" in split.netloc
            or len(self.url) > _LONGEST
            or not self.url.isprintable()
            or " " in self.url
        ):
            raise Invalid.because("subscription.url", url=self.url[:200])

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def secure(self) -> bool:
        return urlsplit(self.url).scheme == "https"

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or (443 if self.secure else 80)

    @property
    def path(self) -> str:
        split = urlsplit(self.url)
        return quote(split.path or "/", _WRITTEN) + (f"?{quote(split.query, _WRITTEN)}" if split.query else "")

    def place(self, private: bool) -> str:
        """The IP address to connect to. `Invalid` (`subscription.private`) for one of ours, unless that is allowed.

        All that the name stands for are looked at, and the one given is the one connected to: a name cannot change its
        meaning in between.
        """
        found = [info[4][0] for info in socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)]
        if not private and not all(map(_is_public, map(str, found))):
            raise Invalid.because("subscription.private", host=self.host)
        return str(found[0])


def post(address: Address, headers: Mapping[str, str], body: bytes, seconds: float, private: bool) -> Answer:
    """Send a message and wait for the status of the answer; what the answer says besides is not read."""
    try:
        connection = _Connection(address, address.place(private), seconds)
        with connection.limited(seconds):
            connection.request("POST", address.path, body, dict(headers))
            response = connection.getresponse()
            wait = response.headers.get("Retry-After", "")
            return Answer(response.status, response.reason, float(wait) if wait.isdecimal() else 0.0)
    except Invalid as refused:
        return Answer(None, refused.findings[0].sentence.en)
    except (OSError, HTTPException) as error:
        return Answer(None, f"{type(error).__name__}: {error}"[:200])


class _Connection(HTTPConnection):
    """A connection to a certain IP address in the name of a host, cut when its time is over."""

    def __init__(self, address: Address, place: str, seconds: float) -> None:
        self.default_port = 443 if address.secure else 80
        super().__init__(address.host, address.port, timeout=seconds)
        self._address, self._place = address, place

    def connect(self) -> None:
        self.sock = socket.create_connection((self._place, self._address.port), self.timeout)
        if self._address.secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self._address.host)

    @contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        """Cut the connection after so many seconds, however slowly the receiver goes on answering."""
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self.close()

    def _cut(self) -> None:
        if self.sock is not None:
            with suppress(OSError):  # the other side has closed it just now
                self.sock.shutdown(socket.SHUT_RDWR)


def _is_public(text: str) -> bool:
    place = ip_address(text.partition("%")[0])
    if isinstance(place, IPv6Address) and place.ipv4_mapped:
        place = place.ipv4_mapped
    return place.is_global and not place.is_multicast
