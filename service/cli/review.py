"""`shikong review`: what waits for a person, at a shell: list, show, decide, take back."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import click

from entities.codes import parse_code
from entities.reviews.judging import Verdict, parse_cut
from entities.reviews.reviewing import look
from entities.store.reviews import waiting
from service import departments
from service.bases import open_store
from service.cli.terminal import Terminal, command
from service.departments import Department
from service.desk import Desk
from service.reviews import holds, taking_back
from service.reviews.deciding import Bench, one_case
from service.reviews.jury import Borders, Jury
from service.reviews.queue import Filters, Queue
from service.reviews.seats import Seat
from service.shapes.review_desk import case_page, decision_json, queue_page

AS = click.option("--as", "as_", metavar="DEPARTMENT", help="As this department; the operator may decide everything.")


@click.group()
def review() -> None:
    """What matching leaves to a person, and deciding it."""


@review.command("list")
@AS
@click.option("--band", help="Only cases that are unsure for this reason.")
@click.option("--class", "class_", help="Only features of this class.")
@click.option("--department", help="Only cases that this department sent.")
@click.option("--limit", type=click.IntRange(1), default=50, help="How many to show.")
@command
def list_(terminal: Terminal, as_: str | None, limit: int, **given: str | None) -> None:
    """List the cases that wait."""
    with _bench(terminal, as_) as bench:
        value = queue_page(bench, _queue(bench, Filters(given["department"], given["class_"], given["band"])), limit)
    head = terminal.both(f"{value['total']}条等着判断", f"{value['total']} cases wait")
    terminal.result(value, [head, *(_line(terminal, one) for one in value["reviews"])])


@review.command()
@click.argument("case", type=int)
@command
def show(terminal: Terminal, case: int) -> None:
    """Show CASE: why it is unsure, what it may be, and what both sides say."""
    with _bench(terminal, None) as bench:
        value = case_page(bench, _queue(bench, Filters()), one_case(bench.store, case), None)
    terminal.result(value, list(_told(terminal, value)))


@review.command()
@click.argument("case", type=int)
@click.argument("verdict")
@click.argument("codes", nargs=-1)
@AS
@click.option("--cut", default="", help="The line along which a split divides the entity: “lon,lat lon,lat”.")
@click.option("--note", default="", help="Why; it stands with the decision.")
@click.option("--replaces", is_flag=True, help="A new entity stands in the place of the only candidate, which ends.")
@click.option("--beyond", is_flag=True, help="The entities named are no candidates, and are meant all the same.")
@command
def decide(terminal: Terminal, case: int, verdict: str, codes: tuple[str, ...], as_: str | None, **more: Any) -> None:
    """Decide about CASE: VERDICT is same, new, split, merge or reject; CODES are the entities meant."""
    named = tuple(parse_code(code) for code in codes)
    said = Verdict(verdict, named, parse_cut(more["cut"]), more["note"], more["beyond"], more["replaces"])
    with _bench(terminal, as_) as bench:
        seen = look(bench.store, one_case(bench.store, case), bench.policy).key
        value = decision_json(bench.decide(case, said, seen))
    became = ", ".join(" ".join([one["outcome"], *one["codes"]]) for one in value["applied"])
    number = value["transaction"]
    terminal.result(value, [terminal.both(f"已记下，事务号 {number}：", f"Recorded as no. {number}: ") + became])


@review.command()
@click.argument("transaction", type=int, required=False)
@AS
@command
def undo(terminal: Terminal, transaction: int | None, as_: str | None) -> None:
    """Take back the decision made in TRANSACTION, the last one where none is named."""
    with _bench(terminal, as_) as bench:
        number, reviews = taking_back.take_back(bench, transaction)
    listed = ", ".join(map(str, reviews))
    said = terminal.both(
        f"已撤回，事务号 {number}；重新等着判断：{listed}", f"Taken back as no. {number}; waits again: {listed}"
    )
    terminal.result({"transaction": number, "reviews": list(reviews)}, [said])


@contextmanager
def _bench(terminal: Terminal, as_: str | None) -> Iterator[Bench]:
    """The desk at which a department sits, or the operator."""
    config = terminal.config
    with closing(open_store(config)) as store, closing(Desk.open(config.base)) as desk:
        operator = Department("operator", "operator", config.province, everywhere=True)
        department = departments.named(desk, as_) if as_ else operator
        jury = Jury(departments.listed(desk), Borders().of(store.view()))
        yield Bench(config, store, desk, jury, Seat(department, "", f"{department.name}:shell"))


def _queue(bench: Bench, filters: Filters) -> Queue:
    held, parked = holds.of_others(bench.desk, bench.seat), holds.parked(bench.desk)
    return Queue.of(waiting(bench.store.database), bench.jury, bench.seat.department, filters, held, parked)


def _line(terminal: Terminal, one: Mapping[str, Any]) -> str:
    language = "en" if terminal.language == "en" else "zh"
    why = "; ".join(reason[language] for reason in one["reasons"])
    return f"{one['id']:>6}  {one['band'][language]}  {one['class'][language]}  {one['department']}  {why}"


def _told(terminal: Terminal, value: Mapping[str, Any]) -> Iterator[str]:
    language = "en" if terminal.language == "en" else "zh"
    yield f"{value['id']}  {value['state']}  {value['band'][language]}  {value['class'][language]}"
    yield from (f"  {reason[language]}" for reason in value["reasons"])
    yield from (f"  {one['text']}  {one['of_entity']} / {one['of_feature']}" for one in value["candidates"])
    for row in value["rows"]:
        before, after = (one[language] if isinstance(one, dict) else one for one in (row["before"], row["after"]))
        yield f"  {'*' if row['differs'] else ' '} {row['field']}: {before} → {after}"
