"""Many codes at once: read from a list or line by line, resolved in batches, told in the order they came."""

import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, Any, Final, TypeVar

import orjson

from entities.errors import BadQuery
from entities.store import Store

Item = TypeVar("Item")

BATCH: Final = 5_000
MOST: Final = 100_000
"""The most codes of one list; more of them are sent line by line, and answered so."""

LONGEST: Final = 400
"""The most bytes of a line: a code with its scheme, or a unified identifier."""


def read_list(sent: object) -> list[str]:
    """The codes of a JSON list, or of `{"codes": [...]}`. `BadQuery` (`codes.list`)."""
    listed = sent.get("codes") if isinstance(sent, dict) else sent
    if not isinstance(listed, list) or len(listed) > MOST or not all(isinstance(one, str) for one in listed):
        raise BadQuery.because("codes.list", most=MOST)
    return [str(one) for one in listed]


def read_lines(stream: IO[bytes]) -> Iterator[str]:
    """The codes of a text, one a line, plain or as JSON; empty lines are passed over. `BadQuery` (`codes.list`)."""
    buffered = io.BufferedReader(stream)  # type: ignore[type-var]
    while line := buffered.readline(LONGEST):
        text = line.strip()
        if len(line) == LONGEST:
            raise BadQuery.because("codes.list", most=MOST)
        if text:
            yield _text(text)


def resolved(store: Store, codes: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Each code with the entities it leads to, as known now; none where it leads nowhere."""
    for batch in _batches(codes):
        found = store.resolve_all(batch)
        yield from ({"code": code, "entities": found.get(code, [])} for code in batch)


def lines(store: Store, codes: Iterable[str]) -> Iterator[bytes]:
    """The same as JSON lines, many a piece."""
    for batch in _batches(resolved(store, codes)):
        yield b"\n".join(map(orjson.dumps, batch)) + b"\n"
    store.database.rollback()  # what reading has left open


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    source = iter(items)
    while batch := list(islice(source, BATCH)):
        yield batch


def _text(line: bytes) -> str:
    try:
        read = orjson.loads(line) if line.startswith(b'"') else line.decode()
    except (orjson.JSONDecodeError, UnicodeDecodeError):
        raise BadQuery.because("codes.list", most=MOST) from None
    return str(read)
