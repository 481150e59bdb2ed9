"""The review desk as JSON: a case with both its sides, the queue it stands in, and the decisions made."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import shapely

from entities.codes import code_text
from entities.errors import Refusal
from entities.matching import MatchPolicy
from entities.matching.sides import local_metres
from entities.model import State, Version, day_text
from entities.painting import LOOKS
from entities.report import said
from entities.reviews.cases import ReviewCase
from entities.reviews.dividing import Piece
from entities.reviews.judging import band_words
from entities.reviews.reviewing import Standing, compared, divided
from entities.store import Meaning
from service.shapes.links import link


def case_json(found: Standing, chosen: str | None, meaning: Meaning, policy: MatchPolicy) -> dict[str, Any]:
    """A case as it stands now; `chosen` is the candidate that it is set beside."""
    case = found.case
    state = case.candidate.state
    base = found.bases.get(chosen or "")
    return {
        "id": case.id,
        "state": case.state,
        "band": {"id": case.band, **said(band_words(case.band))},
        "class": class_json(state.class_code, meaning),
        "layer": meaning.layer_of(state.class_code),
        "department": case.department,
        "source": case.source,
        "row": case.candidate.row,
        "feature_id": case.candidate.source_id,
        "change": case.candidate.change,
        "day": day_text(case.day),
        "transaction": case.number,
        "reasons": [said(reason) for reason in case.reasons],
        "needs": list(case.needs),
        "seen": found.key,
        "moved": found.moved,
        "outcome": found.outcome,
        "resource_codes": [{"scheme": scheme, "value": value} for scheme, value in case.candidate.resource_codes],
        "feature": side_json(state),
        "candidates": [_candidate(found, code, meaning) for code in case.codes if code in found.bases],
        "chosen": base.code if base else None,
        "rows": list(rows(found, base, meaning, policy)),
        "split": split_json(found, base),
        "links": [link("self", f"/reviews/{case.id}"), link("decide", f"/reviews/{case.id}/decide")],
    }


def class_json(code: str, meaning: Meaning) -> dict[str, str]:
    """A class with its name."""
    return {"code": code, **said(meaning.classes.get(code).name)}


def side_json(state: State) -> dict[str, Any]:
    """One of the two states that are compared: its shape, and how high it is."""
    return {
        "geometry": shapely.geometry.mapping(state.geometry),
        "surfaces": shapely.geometry.mapping(state.surfaces.polygons) if state.surfaces else None,
        "height": state.height,
        "base": state.base,
        "name": state.name,
    }


def _candidate(found: Standing, code: str, meaning: Meaning) -> dict[str, Any]:
    version = found.bases[code]
    covers = next((cover for cover in found.case.covers if cover["code"] == code), {})
    return {
        "code": code,
        "text": code_text(code),
        "class": class_json(version.state.class_code, meaning),
        "valid_from": day_text(version.period.start),
        "of_feature": covers.get("of_feature"),
        "of_entity": covers.get("of_entity"),
        "iou": covers.get("iou"),
        **side_json(version.state),
    }


def rows(found: Standing, base: Version | None, meaning: Meaning, policy: MatchPolicy) -> Iterator[dict[str, Any]]:
    """What both sides say, field by field; `kept` marks what the survey's file cannot say, so that it would stay."""
    case = found.case
    new = case.candidate.state
    whole = compared(case.candidate, base, policy, case.spoken)[1].state if base else new
    kinds = (_class_words(base.state if base else None, meaning), _class_words(new, meaning))
    yield _row("class_code", *kinds, kept=False)
    for field in ("name", "height", "base"):
        before = getattr(base.state, field) if base else None
        after, own = getattr(whole, field), getattr(new, field)
        yield _row(field, before, after, base is not None and own is None and after is not None)
    yield _row("size", _size(base.state) if base else None, _size(new), False)
    names = sorted({*(base.state.attributes if base else ()), *whole.attributes} - LOOKS)  # they are long, and drawn
    for name in names:
        before = base.state.attributes.get(name) if base else None
        yield _row(name, before, whole.attributes.get(name), bool(base) and name not in new.attributes, own=True)


def _row(field: str, before: object, after: object, kept: bool, own: bool = False) -> dict[str, Any]:
    before, after = (int(one) if isinstance(one, float) and one.is_integer() else one for one in (before, after))
    return {"field": field, "own": own, "before": before, "after": after, "differs": before != after, "kept": kept}


def _class_words(state: State | None, meaning: Meaning) -> dict[str, str] | None:
    if state is None:
        return None
    name, code = meaning.classes.get(state.class_code).name, state.class_code
    return {"zh": f"{name.zh} {code}", "en": f"{name.en} {code}"}


def _size(state: State) -> float | None:
    """The area of a state in square metres, or its length in metres; None for a point."""
    [shape] = local_metres([state])(shapely.force_2d([state.geometry]))
    measure = {2: shape.area, 1: shape.length}.get(shapely.get_dimensions(shape))
    return None if measure is None else round(float(measure), 1)


def split_json(found: Standing, base: Version | None) -> dict[str, Any] | None:
    """The parts that the survey itself divides an entity into, or the rule by which it does not."""
    if base is None:
        return None
    try:
        return {"parts": pieces_json(divided(base, [found.case.candidate], None)), "rule": None}
    except Refusal as refusal:
        return {"parts": [], "rule": refusal.rule}


def pieces_json(pieces: Sequence[Piece]) -> list[dict[str, Any]]:
    """The parts of a divided outline with their shares of it."""
    return [
        {
            "share": round(piece.share, 4),
            "surveyed": piece.surveyed is not None,
            "geometry": shapely.geometry.mapping(shapely.force_2d(piece.shape)),
        }
        for piece in pieces
    ]


def neighbours_json(versions: Sequence[Version]) -> list[Mapping[str, Any]]:
    """The outlines of what stands around a case."""
    return [shapely.geometry.mapping(shapely.force_2d(one.state.geometry)) for one in versions]


def brief_json(case: ReviewCase, title: str, meaning: Meaning) -> dict[str, Any]:
    """What a list says of a case."""
    state = case.candidate.state
    return {
        "id": case.id,
        "band": {"id": case.band, **said(band_words(case.band))},
        "class": class_json(state.class_code, meaning),
        "department": case.department,
        "department_title": title,
        "day": day_text(case.day),
        "row": case.candidate.row,
        "feature_id": case.candidate.source_id,
        "name": state.name,
        "codes": list(case.codes),
        "reasons": [said(reason) for reason in case.reasons],
        "links": [link("self", f"/reviews/{case.id}")],
    }
