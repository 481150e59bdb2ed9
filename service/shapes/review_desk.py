"""What the pages of the review desk show: the queue with its filters, one case in it, a batch, the last decisions."""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any, Final

from entities.errors import BadQuery
from entities.model import Version
from entities.report import said
from entities.reviews.cases import ReviewCase
from entities.reviews.judging import WORDS, band_words
from entities.reviews.reviewing import Standing, look
from entities.store.reviews import judgements_of
from entities.text import Text
from service.desk import now
from service.reviews import holds
from service.reviews.deciding import IN_BATCH, MOST, Bench, Decided
from service.reviews.holds import Hold, Park
from service.reviews.queue import COLUMNS, Place, Queue
from service.reviews.taking_back import Decision
from service.shapes.features import instant
from service.shapes.links import address
from service.shapes.reviews import brief_json, case_json, class_json, neighbours_json

AROUND: Final = 60
"""How many neighbours are drawn around a case."""

_GROUND: Final = 0.0002  # degrees around a case within which neighbours are drawn: about 20 m


def queue_page(bench: Bench, queue: Queue, limit: int) -> dict[str, Any]:
    """The queue: how many cases there are, what hides others, the filters with their counts, and the first cases."""
    shown = bench.cases([one.id for one in queue.shown[:limit]])
    parked, held = holds.parked(bench.desk), holds.of_others(bench.desk, bench.seat)
    return {
        **counts_json(queue),
        "officer": bench.seat.officer,
        "filters": queue.filters.given,
        "facets": {name: facet(bench, queue, name) for name in COLUMNS},
        "first": queue.shown[0].id if queue.shown else None,
        "reviews": [brief_json(case, _department(bench, case.department), bench.store.meaning) for case in shown],
        "parked": [park_json(parked[one]) for one in sorted(parked.keys() & queue.parked)],
        "held": [hold_json(held[one]) for one in sorted(held.keys() & queue.held)],  # some may have ended since
        "batches": [batch_json(bench, band, code, count) for (band, code), count in batches(queue)],
    }


def counts_json(queue: Queue) -> dict[str, Any]:
    """How many cases a seat sees, and how many it does not see for which reason."""
    hidden = {"filters": queue.hidden, "held": len(queue.held), "parked": len(queue.parked), "own": queue.sent}
    return {"total": len(queue.shown), "all": len(queue.mine), "hidden": hidden}


def facet(bench: Bench, queue: Queue, name: str) -> list[dict[str, Any]]:
    """The values of one filter, each with how many cases it would leave, and the address that sets or drops it."""
    given = queue.filters.given
    return [
        {
            "value": value,
            "titles": said(_title(bench, name, value)),
            "count": count,
            "chosen": given.get(name) == value,
            "href": address("/reviews", **{**given, name: None if given.get(name) == value else value}),
        }
        for value, count in sorted(queue.counts(name).items())
    ]


def _title(bench: Bench, name: str, value: str) -> Text:
    if name == "band":
        return band_words(value)
    if name == "class":
        return bench.store.meaning.classes.get(value).name
    return Text(title := _department(bench, value), title)


def _department(bench: Bench, name: str) -> str:
    """What a department is called."""
    return next((one.title for one in bench.jury.departments if one.name == name), name)


def batches(queue: Queue) -> list[tuple[tuple[str, str], int]]:
    """The kinds of which there are several cases, so that they may be decided together, the most frequent first."""
    counts: dict[tuple[str, str], int] = {}
    for one in queue.shown:
        counts[one.band, one.class_code] = counts.get((one.band, one.class_code), 0) + 1
    return sorted(((kind, count) for kind, count in counts.items() if count > 1), key=lambda kind: -kind[1])


def batch_json(bench: Bench, band: str, class_code: str, count: int) -> dict[str, Any]:
    """One kind of cases that may be decided together."""
    return {
        "band": {"id": band, **said(band_words(band))},
        "class": class_json(class_code, bench.store.meaning),
        "count": count,
        "href": address("/reviews/batch", band=band, **{"class": class_code}),
    }


def case_page(bench: Bench, queue: Queue, case: ReviewCase, candidate: str | None) -> dict[str, Any]:
    """One case in its queue: both its sides, who may decide, who holds it, and what was decided."""
    found = look(bench.store, case, bench.policy)
    codes = [code for code in found.case.codes if code in found.bases]
    chosen = candidate if candidate in codes else next(iter(codes), None)
    held, parked = holds.of_others(bench.desk, bench.seat), holds.parked(bench.desk)
    judged = judgements_of(bench.store.database, [case.id]).get(case.id)
    return {
        **case_json(found, chosen, bench.store.meaning, bench.policy),
        "department_title": _department(bench, case.department),
        "may": bool(bench.jury.may(bench.seat.department, [case])[0]),
        "who": [{"name": one.name, "title": one.title} for one in bench.jury.who(case)],
        "need_names": [{"code": code, "name": _name(bench, code)} for code in case.needs],
        "held": hold_json(held[case.id]) if case.id in held else None,
        "parked": park_json(parked[case.id]) if case.id in parked else None,
        "judgement": None
        if judged is None
        else {
            **_judged(judged.verdict),
            "author": judged.author,
            "note": judged.note,
            "transaction": judged.number,
            "codes": list(judged.codes),
        },
        "neighbours": neighbours_json(_around(bench, found)),
        "queue": queue_json(queue, place_in_queue(case)),
        "officer": bench.seat.officer,
    }


def queue_json(queue: Queue, place: Place) -> dict[str, Any]:
    """Where a case stands in a queue, and its neighbours there."""
    beside = {"next": queue.beside(place, 1), "previous": queue.beside(place, -1)}
    return {**counts_json(queue), "place": queue.place(place[2]), **beside, "filters": queue.filters.given}


def place_in_queue(case: ReviewCase) -> Place:
    """Where a case stands in the order of queues, decided or not."""
    return case.band, case.candidate.state.class_code, case.id


def _name(bench: Bench, code: str) -> str:
    return next((one.name for one in bench.jury.divisions.all if one.code == code), code)


def _judged(verdict: str) -> dict[str, Any]:
    return {"verdict": verdict, "titles": said(WORDS[verdict])}


def _around(bench: Bench, found: Standing) -> list[Version]:
    """What stands around a case on the day of its survey, of the same layer."""
    state = found.case.candidate.state
    west, south, east, north = state.geometry.bounds
    box = (west - _GROUND, south - _GROUND, east + _GROUND, north + _GROUND)
    layer = bench.store.meaning.layer_of(state.class_code)
    around = bench.store.view(valid_at=found.case.day).within(box, [layer])
    return [one for one in around if one.code not in found.bases][:AROUND]


def batch_page(bench: Bench, queue: Queue) -> dict[str, Any]:
    """The cases of one kind, those that differ most from the others first; `BadQuery` where no kind is named."""
    band, class_code = queue.filters.band, queue.filters.class_code
    if not band or not class_code:
        raise BadQuery.because("param.value", name="band, class", value="–", names="band=…&class=…")
    shown = [look(bench.store, case, bench.policy) for case in bench.cases([one.id for one in queue.shown[:MOST]])]
    ranked = outliers_first([found for found in shown if found.bases and not found.moved])
    return {
        **counts_json(queue),
        "band": {"id": band, **said(band_words(band))},
        "class": class_json(class_code, bench.store.meaning),
        "filters": queue.filters.given,
        "most": MOST,
        "verdicts": [_judged(kind) for kind in IN_BATCH],
        "cases": [case_json(found, None, bench.store.meaning, bench.policy) for found in ranked],
    }


def outliers_first(found: Sequence[Standing]) -> list[Standing]:
    """Cases by how far their best overlap lies from the usual one of the batch, the farthest first."""
    usual = median([_overlap(one) for one in found]) if found else 0.0
    return sorted(found, key=lambda one: (-abs(_overlap(one) - usual), one.case.id))


def _overlap(found: Standing) -> float:
    return max((float(cover["iou"]) for cover in found.case.covers), default=0.0)


def decided_page(decisions: Iterable[Decision]) -> dict[str, Any]:
    """The last decisions of a department, the newest first."""
    return {"decisions": [_decision(one) for one in decisions]}


def _decision(one: Decision) -> dict[str, Any]:
    first = one.judgements[0]
    return {
        "transaction": one.record.number,
        "known_at": instant(one.record.known_at),
        "author": first.author,
        "note": first.note,
        **_judged(first.verdict),
        "reviews": [judged.review for judged in one.judgements],
    }


def decision_json(made: Decided) -> dict[str, Any]:
    """What came of a decision."""
    applied = [
        {"review": review, "outcome": one.outcome, "codes": list(one.codes)} for review, one in made.applied.items()
    ]
    return {"transaction": made.number, **_judged(made.verdict), "applied": applied}


def hold_json(one: Hold) -> dict[str, Any]:
    """Who holds a case, and for how many minutes."""
    held = {"review": one.review, "department": one.department, "who": one.officer}
    return {**held, "minutes": one.minutes(now())}


def park_json(one: Park) -> dict[str, Any]:
    """Who put a case aside, for whom, and why."""
    return {"review": one.review, "by": one.officer, "colleague": one.colleague, "note": one.note}
