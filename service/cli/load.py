"""`shikong load`: takes files in, each as one transaction."""

from contextlib import closing
from pathlib import Path
from typing import Any, Final

import click

from entities import intake
from entities.errors import Refusal
from entities.report import Report
from entities.text import Text
from service import departments, reports, taking
from service.bases import open_store
from service.cli.terminal import Terminal, command
from service.desk import Desk
from service.taking import Upload

OUTCOMES: Final = {
    "new": Text("新增", "new"),
    "unchanged": Text("未变", "unchanged"),
    "changed": Text("变更", "changed"),
    "split": Text("分割", "split"),
    "merged": Text("合并", "merged"),
    "ended": Text("灭失", "ended"),
    "review": Text("待核", "to review"),
    "refused": Text("退回", "refused"),
}
"""What each outcome is called."""


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
        except Refusal as refusal:
            _say_refusal(terminal, upload, refusal)
            return False
    _say_report(terminal, upload, report)
    return report.accepted


def _say_refusal(terminal: Terminal, upload: Upload, refusal: Refusal) -> None:
    """Say why a file could not be taken in; of a guess that waits, what was guessed."""
    terminal.refusal(refusal)
    if refusal.rule == taking.ASKS and not terminal.as_json:
        for choice in taking.guessed(terminal.config, upload).choices:
            terminal.say(f"  {choice.role} = {choice.field or '-'}  {choice.reason.zh}", f"{choice.reason.en}")


def _say_report(terminal: Terminal, upload: Upload, report: Report) -> None:
    value: dict[str, Any] = {"file": str(upload.path), **report.as_json(), "rules": reports.rules_json(report.findings)}
    terminal.result(value, _lines(terminal, upload, report))


def _lines(terminal: Terminal, upload: Upload, report: Report) -> list[str]:
    counts = ", ".join(
        f"{count:,} {terminal.words(OUTCOMES[name])}" for name, count in report.outcomes.items() if count
    )
    head = f"{upload.path.name}: {report.read} → {counts or '-'}"
    said = [terminal.finding(finding) for finding in report.findings[:10]]
    if len(report.findings) > 10:
        said.append(terminal.both(f"还有{len(report.findings) - 10}处", f"and {len(report.findings) - 10} more"))
    if not report.accepted:
        return [head, *said, terminal.both("底库没有改动。", "The base is unchanged.")]
    end = terminal.both("与底库一致，没有改动。", "Nothing in it is new; the base is unchanged.")
    if report.transaction is not None:
        end = terminal.both(f"已入库，事务号 {report.transaction}。", f"In the base as no. {report.transaction}.")
    seconds = sum(step.seconds for step in report.steps)
    return [head, *said, f"{end}  {seconds:.1f} s"]
