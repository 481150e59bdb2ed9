"""What a request to the review desk says: the filters of a queue, a verdict, the cases of a batch."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Request

from entities.codes import parse_code
from entities.errors import BadQuery
from entities.reviews.judging import Verdict, parse_cut
from service.reviews.queue import Filters

ANSWERS: Final = ("verdict", "codes", "cut", "note", "beyond", "seen", "csrf", "filters")
LONGEST_NOTE: Final = 500


def read_filters(args: Mapping[str, str]) -> Filters:
    """`department=`, `class=`, `band=` and `parked=yes` of a queue."""
    department, class_code, band = (args.get(name) or None for name in ("department", "class", "band"))
    return Filters(department, class_code, band, args.get("parked") == "yes")


@dataclass(frozen=True, slots=True)
class Answer:
    """One verdict, and the state of the case that it was made about."""

    verdict: Verdict
    seen: str


def read_answer(request: Request) -> Answer:
    """A verdict sent as a form or as JSON; what was seen may stand in `If-Match` too."""
    said = _said(request)
    codes = said.get("codes") or []
    listed = codes if isinstance(codes, list) else re.split(r"[\s,，、;；]+", str(codes).strip())
    kind = str(said.get("verdict") or "")
    if not any(listed) and kind in ("same", "split"):
        listed = [said.get("candidate")]  # the one that a page shows beside the feature
    named = tuple(parse_code(str(code)) for code in listed if code)
    note = " ".join(str(said.get("note") or "").split())[:LONGEST_NOTE]
    beyond, replaces = (_yes(said.get(name)) for name in ("beyond", "replaces"))
    if replaces and kind == "new" and not named and said.get("candidate"):
        named = (parse_code(str(said["candidate"])),)
    cut = parse_cut(str(said.get("cut") or ""))
    verdict = Verdict(kind, named, cut, note, beyond, replaces and kind == "new" and not named)
    seen = request.headers.get("If-Match", "").strip().strip('"') or str(said.get("seen") or "")
    return Answer(verdict, seen)


def read_batch(request: Request) -> tuple[list[tuple[int, str]], Verdict]:
    """The cases of a batch, each with what was seen of it, and the verdict: `case=12:key` repeated, or JSON."""
    said = _said(request)
    note = " ".join(str(said.get("note") or "").split())[:LONGEST_NOTE]
    listed = said.get("cases") if request.is_json else [_pair(text) for text in request.form.getlist("case")]
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise BadQuery.because("request.form", why="cases: [{id, seen}]")
    pairs = {_number(one.get("id")): str(one.get("seen") or "") for one in listed}
    kind = str(said.get("verdict") or "")
    return list(pairs.items()), Verdict(kind, note=note, replaces=kind == "new" and _yes(said.get("replaces")))


def _yes(value: object) -> bool:
    return str(value or "").lower() in ("yes", "true", "1", "on")


def _pair(text: str) -> dict[str, str]:
    review, _, seen = text.partition(":")
    return {"id": review, "seen": seen}


def _number(value: object) -> int:
    if not re.fullmatch(r"\d{1,15}", str(value)):
        raise BadQuery.because("request.form", why=f"id: {value}"[:60])
    return int(str(value))


def _said(request: Request) -> dict[str, Any]:
    """The fields of a form, or the JSON object sent in its place."""
    if not request.is_json:
        return dict(request.form)
    sent = request.get_json()
    if not isinstance(sent, dict):
        raise BadQuery.because("request.form", why="{…}")
    return sent
