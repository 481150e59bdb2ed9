"""`shikong link`: links codes of other registers to entities, a file at a time."""

import csv
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import click

from entities.linking import ACTIONS, WAYS, LinkReport, RowOutcome, link_file
from entities.linking.report import OUTCOMES
from entities.rules import Finding
from entities.text import Text
from service import departments
from service.bases import open_store
from service.cli.terminal import Terminal, command
from service.desk import Desk
from service.intake import linking

WORDS: Final = {
    "linked": Text("新挂接", "linked"),
    "already": Text("已挂接", "already linked"),
    "replaced": Text("替换", "replaced"),
    "ended": Text("终止", "ended"),
    "retracted": Text("撤销", "taken back"),
    "ambiguous": Text("分不清", "ambiguous"),
    "unknown": Text("找不到实体", "of no entity"),
    "refused": Text("退回", "refused"),
}
"""What each outcome is called."""

SHOWN: Final = 10
"""How many findings are said to a person; a program is told all."""


@click.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--scheme", help="The scheme of the codes, for instance parcel; else a column says it.")
@click.option("--by", type=click.Choice(WAYS), help="What tells the entity: its code, another code or the place.")
@click.option("--action", type=click.Choice(ACTIONS), default="link", help="What rows say that do not say it.")
@click.option("--column", "columns", multiple=True, metavar="ROLE=NAME", help="A column, such as value=ZDDM.")
@click.option("--valid-from", "valid_from", help="The day from which the links hold or end; today if not given.")
@click.option("--issuer", help="Who issued the codes.")
@click.option("--crs", help="The reference system where the file names none, for instance EPSG:4490.")
@click.option("--layer", help="The layer or sheet of a file that has several.")
@click.option("--replace", is_flag=True, help="End the codes of the scheme that an entity had before.")
@click.option("--partial", is_flag=True, help="Store the sound rows though others are not.")
@click.option("--reason", help="Why; it stands in the journal.")
@click.option("--as", "as_", metavar="DEPARTMENT", help="Link as this department, within its territory.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Write each row to this CSV.")
@command
def link(terminal: Terminal, path: Path, as_: str | None, report: Path | None, **given: Any) -> None:
    """Link the codes in the file at PATH (CSV, XLSX, GeoPackage …) to entities, whole or not at all."""
    config = terminal.config
    department = departments.named(Desk.open(config.base), as_) if as_ else None
    options = linking.options_of(config, given, path.name, department)
    with closing(open_store(config)) as store, _written(report) as tell:
        found = link_file(store, path, options, tell)
    terminal.result({"file": str(path), **found.as_json()}, _lines(terminal, path, found))
    if not found.accepted:
        raise click.exceptions.Exit(1)


def _lines(terminal: Terminal, path: Path, found: LinkReport) -> list[str]:
    """What a person is told."""
    counts = (f"{found.counts[name]:,} {terminal.words(WORDS[name])}" for name in OUTCOMES if found.counts[name])
    head = f"{path.name}: {found.read:,} → {', '.join(counts) or '-'}"
    if not found.accepted:
        end = terminal.both("没有挂接，底库没有改动。", "Nothing was linked; the base is unchanged.")
    elif found.transaction is None:
        end = terminal.both("与底库一致，没有改动。", "Nothing in it is new; the base is unchanged.")
    else:
        end = terminal.both(f"已挂接，事务号 {found.transaction}。", f"Linked as no. {found.transaction}.")
    return [head, *_findings(terminal, found), f"{end}  {found.seconds:.1f} s"]


def _findings(terminal: Terminal, found: LinkReport) -> list[str]:
    alike: dict[str, list[Finding]] = {}
    for finding in sorted(found.findings, key=lambda one: (one.severity, one.row or 0)):
        alike.setdefault(finding.rule if finding.severity == "warning" else finding.sentence.en, []).append(finding)
    said = [terminal.finding(*some) for some in alike.values()]
    more = len(said) - SHOWN
    return [*said[:SHOWN], terminal.both(f"还有{more}处", f"and {more} more")] if more > 0 else said


@contextmanager
def _written(path: Path | None) -> Iterator[Callable[[RowOutcome], object] | None]:
    """Write every outcome to a CSV that spreadsheets open as text, or nowhere."""
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "outcome", "scheme", "code", "entities", "rule", "问题", "problem"])
        yield lambda one: writer.writerow(_cells(one))


def _cells(one: RowOutcome) -> list[object]:
    entities = " ".join(code for code, _ in one.found)
    words = [one.finding.rule, one.finding.sentence.zh, one.finding.sentence.en] if one.finding else ["", "", ""]
    return [one.row, one.outcome, one.scheme, f'="{one.value}"' if one.value else "", entities, *words]
