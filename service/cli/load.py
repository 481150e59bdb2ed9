"""`shikong load`: takes files in, each as one transaction."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from entities import intake
from entities.errors import Refusal
from entities.report import Report
from entities.rules import Finding
from entities.text import Text
from service import departments
from service.bases import open_store
from service.cli.terminal import Terminal, command
from service.desk import Desk
from service.intake import reports, taking
from service.intake.taking import Upload

OUTCOMES: Final = {
    "new": Text("新增", "new"),
    "unchanged": Text("未变", "unchanged"),
    "changed": Text("变更", "changed"),
    "split": Text("分割", "split"),
    "merged": Text("合并", "merged"),
    "ended": Text("灭失", "ended"),
    "review": Text("待核", "to review"),
    "rejected": Text("不采纳", "not taken"),
    "refused": Text("退回", "refused"),
}
"""What each outcome is called."""

SHOWN: Final = 10
"""How many findings are said to a person; a program is told all."""


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--profile", help="The upload profile; guessed where it is not given.")
@click.option("--class", "class_", help="The class of every feature, or the field that holds it.")
@click.option("--height", "height_field", help="The field of the height.")
@click.option("--name", "name_field", help="The field of the name.")
@click.option("--crs", help="The reference system where the file names none, for instance EPSG:4490.")
@click.option("--layer", help="The layer of a file that has several.")
@click.option("--valid-from", "valid_from", help="The day of the survey; today where it is not given.")
@click.option(
    "--complete-in", "complete_in", help="A division code or west,south,east,north: the file holds all there is."
)
@click.option("--reason", help="Why; it stands in the journal.")
@click.option("--as", "as_", metavar="DEPARTMENT", help="Load as this department, within its territory.")
@click.option("--yes", "accept", is_flag=True, help="Accept what is guessed.")
@command
def load(terminal: Terminal, paths: tuple[Path, ...], as_: str | None, accept: bool, **given: str | None) -> None:
    """Take the files at PATHS into the base, each whole or not at all."""
    wishes = {name.rstrip("_"): value for name, value in given.items() if value is not None}
    accepted = [_load(terminal, Upload(path, wishes, path.name, accept_guess=accept), as_) for path in paths]
    if not all(accepted):
        raise click.exceptions.Exit(1)


def _load(terminal: Terminal, upload: Upload, as_: str | None) -> bool:
    """Load one file, say what came of it, and tell whether it was accepted."""
    config = terminal.config
    with closing(open_store(config)) as store:
        department = departments.named(Desk.open(config.base), as_) if as_ else None
        try:
            options = taking.options_of(config, store, upload, department)
            report = intake.load(store, upload.path, options, terminal.progress)
            guess = ""
        except Refusal as refusal:
            report = Report.of_refusal(refusal)
            guess = _guess(terminal, upload) if refusal.rule == taking.ASKS else ""
            if guess and terminal.confirmed(guess, "按这样入库？", "Take it in like this?"):
                return _load(terminal, replace(upload, accept_guess=True), as_)
    _say(terminal, upload, report, guess)
    return report.accepted


def _guess(terminal: Terminal, upload: Upload) -> str:
    """What was guessed of a file and waits to be accepted, one choice a line."""
    choices = taking.guessed(terminal.config, upload).choices
    said = ((f"{one.role} = {one.field}" if one.field else one.role, terminal.words(one.reason)) for one in choices)
    return "\n".join(f"    {what}: {why}" for what, why in said)


def _say(terminal: Terminal, upload: Upload, report: Report, guess: str) -> None:
    value: dict[str, Any] = {"file": str(upload.path), **report.as_json(), "rules": reports.rules_json(report.findings)}
    refused = [f"{upload.path.name}: {terminal.both('没有入库', 'not taken in')}", *_findings(terminal, report)]
    unchanged = terminal.both("底库没有改动。", "The base is unchanged.")
    accepted = _accepted(terminal, upload, report) if report.accepted else []
    terminal.result(value, accepted or [*refused, *([guess] if guess else []), unchanged])


def _findings(terminal: Terminal, report: Report) -> list[str]:
    """The first findings, what is said of several features once, and how many more there are."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in report.findings:
        alike.setdefault((finding.rule, finding.sentence.en), []).append(finding)
    first = dict(reversed(alike))  # the remedy is said with the first of a rule only
    said = [terminal.finding(*some, remedy=first[rule] == sentence) for (rule, sentence), some in alike.items()]
    more = len(said) - SHOWN
    return [*said[:SHOWN], terminal.both(f"还有{more}处", f"and {more} more")] if more > 0 else said


def _accepted(terminal: Terminal, upload: Upload, report: Report) -> list[str]:
    counts = ", ".join(
        f"{count:,} {terminal.words(OUTCOMES[name])}" for name, count in report.outcomes.items() if count
    )
    end = terminal.both("与底库一致，没有改动。", "Nothing in it is new; the base is unchanged.")
    if report.transaction is not None:
        end = terminal.both(f"已入库，事务号 {report.transaction}。", f"In the base as no. {report.transaction}.")
    seconds = sum(step.seconds for step in report.steps)
    head = f"{upload.path.name}: {report.read:,} → {counts or '-'}"
    return [head, *_findings(terminal, report), f"{end}  {seconds:.1f} s"]
