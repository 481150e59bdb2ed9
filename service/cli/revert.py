"""`shikong revert`: takes back what a transaction or one event said."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import click

from entities.lineage.reverting import check_free, undoing
from entities.lineage.undoing import Target, Undoing
from service import departments, reverts
from service.bases import open_store
from service.cli.terminal import Terminal, command
from service.desk import Desk
from service.shapes.transactions import undoing_counts, undoing_json
from service.web.words import pattern_of


@click.command()
@click.argument("what")
@click.option("--dry-run", is_flag=True, help="Only tell what it would do, and what rests on it.")
@click.option("--reason", default="", help="Why; it stands in the journal.")
@click.option("--as", "as_", metavar="DEPARTMENT", help="Take it back as this department, if it may.")
@command
def revert(terminal: Terminal, what: str, dry_run: bool, reason: str, as_: str | None) -> None:
    """Take back WHAT: a transaction (12), or one of its events (12.0). It becomes a transaction of its own."""
    target = Target.parse(what)
    with closing(open_store(terminal.config)) as store, closing(Desk.open(terminal.config.base)) as desk:
        if as_:
            reverts.check_right(desk, store.transaction_record(target.number), departments.named(desk, as_), target)
        plan = undoing(store, target)
        value: dict[str, Any] = {**undoing_json(plan, store), "taken_back_by": None}
        if not dry_run:
            check_free(store, plan)
            value["taken_back_by"] = reverts.take_back(store, desk, target, as_ or "operator", reason)
    terminal.result(value, _lines(terminal, plan, value["taken_back_by"]))


def _lines(terminal: Terminal, plan: Undoing, number: int | None) -> Iterator[str]:
    for kind, count in undoing_counts(plan).items():
        zh, en = (pattern_of(language, f"revert.{kind}").format(n=f"{count:,}") for language in ("zh", "en"))
        yield f"  {terminal.both(zh, en)}"
    for one in plan.dependents:
        yield terminal.both(
            f"  第{one.number}号事务以此为据：{one.code}", f"  transaction {one.number} rests on it: {one.code}"
        )
    if number is not None:
        yield terminal.both(f"已撤回{plan.target}，事务号 {number}。", f"{plan.target} is taken back by no. {number}.")
    elif plan.dependents:
        yield terminal.both("不能撤回，底库没有改动。", "It cannot be taken back; the base is unchanged.")
    else:
        yield terminal.both(
            "可以撤回。这是试算，底库没有改动。", "It can be taken back. This was a dry run; the base is unchanged."
        )
