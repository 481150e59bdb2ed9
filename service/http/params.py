"""Reads the parameters of a request at the edge, so that nothing further in meets text."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

from flask import Request

from entities.errors import BadQuery, Invalid
from entities.model import FOREVER, LATEST, Day, Moment, TransactionNumber, day_text, parse_day, today
from entities.store import Cursor
from entities.store.database import Box
from entities.store.history import VersionId

Arguments = Mapping[str, str]

DEEPEST: Final = 19
"""The last zoom level of the base map."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `start` up to and including `last`."""

    start: Day = -FOREVER
    last: Day = FOREVER


def read_box(args: Arguments) -> Box | None:
    """`bbox=west,south,east,north` in degrees (six numbers with heights are taken too); None where it is not given."""
    text = args.get("bbox", "")
    if not text:
        return None
    numbers = [_number(part, text) for part in text.split(",")]
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4:
        raise BadQuery.because("param.bbox", value=text, why="4 / 6")
    west, south, east, north = numbers
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BadQuery.because("param.bbox", value=text, why="-180 ≤ west ≤ east ≤ 180, -90 ≤ south ≤ north ≤ 90")
    return west, south, east, north


def _number(part: str, text: str) -> float:
    try:
        number = float(part)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadQuery.because("param.bbox", value=text, why=f"{part!r}")
    return number


def read_moment(args: Arguments) -> Moment:
    """`datetime=` (a day, today if not given) and `known-at=` (a transaction number, the last if not given)."""
    text = args.get("datetime", "")
    return Moment(_day(text, text) if text else today(), read_known_at(args))


def read_known_at(args: Arguments) -> TransactionNumber:
    """`known-at=` as a transaction number; the last one if not given."""
    text = args.get("known-at", "")
    if not text:
        return LATEST
    number = _whole(text)
    if number is None:
        raise BadQuery.because("param.known-at", value=text)
    return number


def read_span(args: Arguments) -> Span:
    """`datetime=` as a period `start/last` with `..` or nothing for an open end; one day is a period too."""
    text = args.get("datetime", "")
    if not text:
        return Span()
    first, slash, last = text.partition("/")
    start = -FOREVER if first in ("", "..") and slash else _day(first, text)
    end = start if not slash else FOREVER if last in ("", "..") else _day(last, text)
    if start > end:
        raise BadQuery.because("param.datetime", value=text, why=f"{first} > {last}")
    return Span(start, end)


def _day(part: str, text: str) -> Day:
    try:
        return parse_day(part)
    except Invalid:
        raise BadQuery.because("param.datetime", value=text, why=f"{part!r}") from None


def read_limit(args: Arguments, usual: int = 100, most: int = 10_000) -> int:
    """`limit=` as a number from 1 to `most`; larger ones become `most`, as OGC API Features says."""
    text = args.get("limit", "")
    if not text:
        return usual
    number = _whole(text)
    if not number:
        raise BadQuery.because("param.limit", value=text, most=most)
    return min(number, most)


def read_version_cursor(args: Arguments) -> tuple[str, Day]:
    """`cursor=code@day` of versions by entity and day; the beginning if not given."""
    text = args.get("cursor", "")
    code, _, day = text.partition("@")
    try:
        return code, parse_day(day) if text else -FOREVER
    except Invalid:
        raise BadQuery.because("param.cursor", value=text) from None


def version_cursor_text(code: str, day: Day) -> str:
    """Write a cursor of versions as it stands in an address."""
    return f"{code}@{day_text(day)}"


def read_version_id(args: Arguments) -> VersionId:
    """`cursor=day.number` of an entity's versions, the beginning if not given."""
    text = args.get("cursor", "")
    return VersionId.parse(text) if text else VersionId()


def asked_day(args: Arguments, accepted: str | None) -> Arguments:
    """The arguments, with the day of an `Accept-Datetime` header (RFC 7089) where `datetime` is not among them."""
    if args.get("datetime") or not accepted:
        return args
    try:
        moment = parsedate_to_datetime(accepted)
    except ValueError:
        raise BadQuery.because("param.datetime", value=accepted, why="Accept-Datetime") from None
    return {**args, "datetime": moment.isoformat()}


def read_edit_day(args: Arguments, header: str | None) -> Day:
    """The day from which an edit is so: `valid-from=`, else that of the header `OGC-Mutation-Datetime`, else today."""
    text = args.get("valid-from") or header or ""
    return _day(text, text) if text else today()


def read_flag(args: Arguments, name: str) -> bool:
    """A parameter that is `true` or `false`; false where it is not given."""
    return one_of(args, name, ("true", "false")) == "true"


def read_row(args: Arguments) -> int:
    """`cursor=` of a report: the number of the last feature seen."""
    text = args.get("cursor", "0")
    row = _whole(text)
    if row is None:
        raise BadQuery.because("param.cursor", value=text)
    return row


def read_feed_cursor(args: Arguments) -> Cursor:
    """`cursor=number.ordinal` of the feed; the beginning if not given."""
    text = args.get("cursor", "")
    if not text:
        return Cursor()
    number, ordinal = (_whole(part) for part in (text.partition(".")[0], text.partition(".")[2].removeprefix("-")))
    if number is None or ordinal is None:
        raise BadQuery.because("param.cursor", value=text)
    return Cursor(number, -ordinal if ".-" in text else ordinal)


def read_transaction(args: Arguments) -> TransactionNumber | None:
    """`transaction=`: the number of one transaction, or None where it is not given."""
    text = args.get("transaction", "")
    if not text:
        return None
    number = _whole(text)
    if not number:
        raise BadQuery.because("param.value", name="transaction", value=text, names="1, 2, 3 …")
    return number


def feed_cursor_text(cursor: Cursor) -> str:
    """Write a feed's cursor as it stands in an address."""
    return f"{cursor.number}.{cursor.ordinal}"


def read_words(args: Arguments) -> str:
    """`q=`: what is searched for; `BadQuery` (`param.query`) for nothing."""
    words = args.get("q", "").strip()
    if not words:
        raise BadQuery.because("param.query")
    return words[:200]


def read_names(args: Arguments, name: str) -> list[str]:
    """A parameter that is one word or several, `a,b,c`, each once. `BadQuery` (`param.value`) for none."""
    words = list(dict.fromkeys(word for word in args.get(name, "").split(",") if word))
    if not words:
        raise BadQuery.because("param.value", name=name, value="", names="a,b,c …")
    return words


def one_of(args: Arguments, name: str, known: Collection[str]) -> str | None:
    """A parameter that must be one of some words, or None where it is not given."""
    value = args.get(name) or None
    if value is not None and value not in known:
        raise BadQuery.because("param.value", name=name, value=value, names=", ".join(known))
    return value


def read_count(text: str, name: str) -> int:
    """A header's text as the whole number it must be. `BadQuery` (`param.value`)."""
    number = _whole(text)
    if number is None:
        raise BadQuery.because("param.value", name=name, value=text, names="0, 1, 2 …")
    return number


def read_metres(args: Arguments, name: str) -> float | None:
    """A parameter that is a length of more than nothing, in metres; None where it is not given."""
    text = args.get(name, "")
    if not text:
        return None
    try:
        metres = float(text)
    except ValueError:
        metres = math.nan
    if not 0 < metres < math.inf:
        raise BadQuery.because("param.value", name=name, value=text, names="> 0")
    return metres


def read_answers(request: Request) -> dict[str, str]:
    """The fields of a form, or of a JSON object sent in its place."""
    if not request.is_json:
        return dict(request.form)
    sent = request.get_json()
    if not isinstance(sent, dict):
        raise BadQuery.because("request.form", why="{…}")
    return {str(name): "" if value is None else str(value) for name, value in sent.items()}


def check_tile(z: int, x: int, y: int, deepest: int = DEEPEST) -> None:
    """Refuse tile numbers that do not exist."""
    if z > deepest or x >= 1 << z or y >= 1 << z:
        raise BadQuery.because("param.tile", z=z, x=x, y=y, most=deepest)


def _whole(text: str) -> int | None:
    """A whole number from 0 to `LATEST`, or None for anything else."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 17 else LATEST + 1
    return number if number <= LATEST else None
