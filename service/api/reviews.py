"""The review desk: the queue, a case with both its sides, deciding alone and in batches, and taking it back."""

from typing import Any, Final

from flask import Blueprint, Response, current_app, request

from entities.errors import Invalid
from entities.model import TransactionNumber
from entities.reviews.judging import parse_cut
from entities.reviews.reviewing import divided, look
from entities.store.reviews import waiting
from service import departments
from service.http.guards import asking, guard, writing
from service.http.negotiate import json_response, respond, wants_html
from service.http.params import read_answers, read_limit
from service.reviews import holds, seats, taking_back
from service.reviews.asked import read_answer, read_batch, read_filters
from service.reviews.deciding import Bench, Decided, one_case
from service.reviews.jury import Borders, Jury
from service.reviews.queue import Queue
from service.reviews.seats import Seat
from service.shapes.links import address
from service.shapes.review_desk import (
    batch_page,
    case_page,
    decided_page,
    decision_json,
    hold_json,
    place_in_queue,
    queue_page,
)
from service.shapes.reviews import pieces_json
from service.stores import desk, settings, store

blueprint: Final = Blueprint("reviews", __name__)


@blueprint.get("/reviews")
def queue() -> Response:
    """The cases that the department which asks may decide about."""
    bench = bench_of(seat())
    return respond(queue_page(bench, queue_of(bench), read_limit(request.args, 50, 500)), "reviews.html")


@blueprint.get("/reviews/<int:review>")
def case(review: int) -> Response:
    """A case beside the entities that it may be, as these stand now."""
    bench = bench_of(seat())
    value = case_page(bench, queue_of(bench), one_case(store(), review), request.args.get("candidate"))
    response = respond(value, "review.html")
    response.set_etag(value["seen"])
    return response


@blueprint.get("/reviews/<int:review>/cut")
def cut(review: int) -> Response:
    """The parts into which a line divides a candidate, with their shares."""
    bench = bench_of(seat())
    found = look(store(), one_case(store(), review), bench.policy)
    base = found.bases.get(request.args.get("candidate") or next(iter(found.bases), ""))
    line = parse_cut(request.args.get("line", ""))
    if base is None or line is None:
        raise Invalid.because("review.cut")
    return json_response({"parts": pieces_json(divided(base, [found.case.candidate], line))})


@blueprint.post("/reviews/<int:review>/decide")
def decide(review: int) -> Response:
    """Decide about a case as it was seen."""
    bench, answer = bench_of(writing_seat()), read_answer(request)
    return shown(bench, bench.decide(review, answer.verdict, answer.seen), review)


@blueprint.get("/reviews/batch")
def batch() -> Response:
    """The cases of one band and class that may be decided alike, those that differ most from the others first."""
    bench = bench_of(seat())
    return respond(batch_page(bench, queue_of(bench)), "review-batch.html")


@blueprint.post("/reviews/batch")
def decide_batch() -> Response:
    """Decide alike about several cases of one band and class, as one transaction."""
    bench = bench_of(writing_seat())
    cases, verdict = read_batch(request)
    return shown(bench, bench.decide_batch(cases, verdict), None)


@blueprint.get("/reviews/decided")
def decided() -> Response:
    """The last decisions of the department, each with what can be taken back."""
    bench = bench_of(seat())
    return respond(decided_page(taking_back.recent(store(), bench.seat.department.name)), "reviews-decided.html")


@blueprint.post("/reviews/undo")
def undo() -> Response:
    """Take back a decision, the last one where none is named; its cases wait again."""
    bench = bench_of(writing_seat())
    number, reviews = taking_back.take_back(bench, read_number(read_answers(request).get("transaction", "")))
    if wants_html():
        return Response(status=303, headers={"Location": f"/reviews/{reviews[0]}" if reviews else "/reviews"})
    return json_response({"transaction": number, "reviews": list(reviews)})


@blueprint.post("/reviews/<int:review>/hold")
def hold(review: int) -> Response:
    """Hold a case while it is looked at, or say who holds it."""
    sitting = writing_seat()
    other = holds.hold(desk(), one_case(store(), review).id, sitting)
    return json_response({"held": None if other is None else hold_json(other)})


@blueprint.post("/reviews/<int:review>/release")
def release(review: int) -> Response:
    """Let go of a case."""
    holds.release(desk(), [review], writing_seat())
    return json_response({"held": None})


@blueprint.post("/reviews/<int:review>/park")
def park(review: int) -> Response:
    """Put a case aside for a colleague with a note; without either, put it back into the queue."""
    sitting, said = writing_seat(), read_answers(request)
    note, colleague = said.get("note", "").strip(), said.get("colleague", "").strip()
    holds.set_aside(desk(), one_case(store(), review).id, sitting, colleague, note)
    bench = bench_of(sitting)
    return turned(bench, review, {"parked": bool(note or colleague)})


@blueprint.post("/reviews/officer")
def officer() -> Response:
    """Keep the name of the officer at this desk, as colleagues and decisions show it."""
    writing()
    response = Response(status=303, headers={"Location": "/reviews"}) if wants_html() else json_response({})
    seats.keep_name(response, read_answers(request).get("officer", ""))
    return response


def seat() -> Seat:
    """The seat that asks. `Unauthorized` where none does."""
    return seats.seat_of(request, guard(), asking())


def writing_seat() -> Seat:
    """The seat that changes something."""
    return seats.seat_of(request, guard(), writing())


def bench_of(sitting: Seat) -> Bench:
    """What a seat decides with."""
    borders: Borders = current_app.extensions.setdefault("borders", Borders())
    jury = Jury(departments.listed(desk()), borders.of(store().view()))
    return Bench(settings(), store(), desk(), jury, sitting)


def queue_of(bench: Bench) -> Queue:
    """The queue of a seat, as the request narrows it."""
    held, parked = holds.of_others(desk(), bench.seat), holds.parked(desk())
    filters = read_filters(request.values)
    return Queue.of(waiting(store().database), bench.jury, bench.seat.department, filters, held, parked)


def shown(bench: Bench, made: Decided, review: int | None) -> Response:
    """Answer with what came of a decision and which case is next; send a person there."""
    return turned(bench, review, decision_json(made), made.number)


def turned(bench: Bench, review: int | None, value: dict[str, Any], done: TransactionNumber | None = None) -> Response:
    """Answer with a value and the next case; send a person to that case, or to the list where none is left."""
    queue = queue_of(bench)
    following = None if review is None else queue.beside(place_in_queue(one_case(store(), review)), 1)
    path = "/reviews" if following is None else f"/reviews/{following}"
    if wants_html():
        return Response(status=303, headers={"Location": address(path, **queue.filters.given, done=done)})
    return json_response({**value, "next": following, "place": queue.place(following), "left": len(queue.shown)})


def read_number(text: str) -> TransactionNumber | None:
    """The number of a transaction, None where none is named."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
