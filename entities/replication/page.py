"""A page of the replication stream: JSON lines that say whose base it is, its next transactions, and where it ends.

    {"replication": 1, "layout": 2, "base": id, "after": n, "chain": chain at n, "last": number of the last transaction}
    {"transaction": record, "whole": true}  [kind, rows] …  {"end": number}    for each
    {"next": number, "hash": of all lines before}

Geometries are WKB in hexadecimal. A transaction that began at the base that asks comes without its parts.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from hashlib import blake2b
from typing import Any, Final

import orjson

from entities.errors import Conflict, Invalid
from entities.model import TransactionNumber
from entities.replication.bundle import INTRODUCED, Part, Teller
from entities.store import Store
from entities.store.changes import Record
from entities.store.schema import LAYOUT
from entities.store.sealing import base_id
from entities.store.view import now_known

FORM: Final = 1
"""The version of this form; another one is refused."""

_END: Final = b'{"end"'
_NEXT: Final = b'{"next"'


Origin = tuple[str, TransactionNumber]
"""Whose transaction it is: the id of the base that said it first, and its number there."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a page says of its base: its id, where the page begins, the chain there, and the last transaction."""

    base: str
    after: TransactionNumber
    chain: str
    last: TransactionNumber


@dataclass(frozen=True, slots=True)
class Bundle:
    """A transaction of the source on its way: its record there and its parts; none where it began at this base.

    `origins` says whose transaction each of the source's numbers is, as far as the page has introduced them.
    """

    record: Record
    whole: bool
    parts: Iterator[Part]
    origins: Mapping[TransactionNumber, Origin]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The page asked for: what comes after a number, at most so many transactions, and about so many bytes."""

    after: TransactionNumber
    limit: int = 1_000
    size: int = 64 << 20
    own: str = ""  # the id of the base that asks


def write_page(store: Store, wanted: Wanted) -> Iterator[bytes]:
    """The lines of a page. `Conflict` (`follow.future`) where it would begin after the last transaction."""
    last = now_known(store.database)
    if wanted.after > last:
        raise Conflict.because("follow.future", number=wanted.after, last=last)
    return _page(store, wanted, last)


def _page(store: Store, wanted: Wanted, last: TransactionNumber) -> Iterator[bytes]:
    digest, number = blake2b(digest_size=16), wanted.after
    chain = "".join(record.chain for record in store.transactions(wanted.after - 1, 1) if wanted.after)
    header = Header(base_id(store.database), wanted.after, chain, last)
    for line in _bundles(store, wanted, header):
        digest.update(line)
        yield line
        if line.startswith(_END):
            number = int(orjson.loads(line)["end"])
    yield _line({"next": number, "hash": digest.hexdigest()})


def _bundles(store: Store, wanted: Wanted, header: Header) -> Iterator[bytes]:
    """The header and the bundles, as many as are wanted; at least one."""
    teller, sent = Teller(store.database), 0
    yield _line({"replication": FORM, "layout": LAYOUT, **asdict(header)})
    for record in store.transactions(wanted.after, min(wanted.limit, header.last - wanted.after)):
        if sent >= wanted.size:
            return
        for part in _told(teller, record, record.origin != wanted.own):
            line = _line(part)
            sent += len(line)
            yield line
        yield _line({"end": record.number})


def _told(teller: Teller, record: Record, whole: bool) -> Iterator[object]:
    reverted = [int(record.reverts.partition(".")[0])] if record.reverts else []
    yield from teller.introduce(reverted)
    yield {"transaction": asdict(record), "whole": whole}
    if whole:
        yield from teller.parts(record.number)


def check_page(lines: Iterable[bytes]) -> None:
    """Refuse a page that is not as it was sent, before anything of it is written.

    `Invalid`: `follow.stranger` for what is no page, `follow.cut` for one that ends too early, `follow.altered`.
    """
    digest, source = blake2b(digest_size=16), iter(lines)
    line = next(source, b"")
    _header(line)
    for following in source:
        digest.update(line)
        line = following
    last = _read(line) if line.startswith(_NEXT) and line.endswith(b"\n") else None
    if last is None:
        raise Invalid.because("follow.cut")
    if last.get("hash") != digest.hexdigest():
        raise Invalid.because("follow.altered")


class Page:
    """A page that was checked, as it is read: its header, then its bundles, each read to its end before the next."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = iter(lines)
        self._origins: dict[TransactionNumber, Origin] = {}
        self.header = _header(next(self._lines, b""))
        self.next = self.header.after

    def bundles(self) -> Iterator[Bundle]:
        """The bundles of the page."""
        for value in self._values():
            if "next" in value:
                self.next = int(value["next"])
                return
            record, parts = _record(value), self._parts()
            self._origins[record.number] = (record.origin, record.origin_number)
            yield Bundle(record, value["whole"] is True, parts, self._origins)
            for _ in parts:  # what nobody wanted is passed over
                pass

    def _parts(self) -> Iterator[Part]:
        for value in self._values():
            if not isinstance(value, list):
                return
            yield value[0], value[1]

    def _values(self) -> Iterator[Any]:
        """What the lines say; introductions are kept on the way."""
        for value in map(_read, self._lines):
            if isinstance(value, list) and value[0] == INTRODUCED:
                self._origins |= {number: (origin, theirs) for number, origin, theirs in value[1]}
            else:
                yield value


def _header(line: bytes) -> Header:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, Mapping) or value.get("replication") != FORM:
        raise Invalid.because("follow.stranger", why="JSON lines")
    if value.get("layout") != LAYOUT:
        raise Conflict.because("follow.layout", found=value.get("layout"), wanted=LAYOUT)
    return Header(*(value[field.name] for field in fields(Header)))


def _record(value: Mapping[str, Any]) -> Record:
    try:
        return Record(**value["transaction"])
    except (KeyError, TypeError) as error:
        raise Invalid.because("follow.altered") from error


def _read(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise Invalid.because("follow.altered") from error


def _line(value: object) -> bytes:
    return orjson.dumps(value, _hexed, orjson.OPT_APPEND_NEWLINE)


def _hexed(value: object) -> str:
    """Bytes as hexadecimal digits; they come as bytes or as memoryview, depending on the database."""
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    raise TypeError(f"no part of a bundle: {value!r}")
