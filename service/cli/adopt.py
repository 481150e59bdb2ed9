"""`shikong adopt`: takes in what a survey made besides entities, as one holding."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from entities.model import day_text
from entities.report import finding_json
from service import departments
from service.bases import open_store
from service.cli.terminal import Terminal, command
from service.desk import Desk
from service.holdings import adopting
from service.holdings.adopting import Adopted, Adoption
from service.holdings.sending import period_of, read_origin
from service.intake.taking import territory


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--valid-from", "valid_from", required=True, help="The day of the survey.")
@click.option("--valid-to", "valid_to", help="The first day on which it no longer shows what is there.")
@click.option("--kind", help="The kind of holding, where the files may be of several: pointclouds, meshes, elevation …")
@click.option("--name", help="What it is called; the name of the first file where it is not given.")
@click.option("--code", help="The entity code of a holding that this is a newer survey of.")
@click.option("--crs", help="The reference system where the files name none, for instance EPSG:4549+5737.")
@click.option("--origin", metavar="LON,LAT,HEIGHT", help="Where the zero of a model lies that stands in no system.")
@click.option("--keep", is_flag=True, help="Keep copies of the files too, as they are.")
@click.option("--reason", default="", help="Why; it stands in the journal.")
@click.option("--as", "as_", metavar="DEPARTMENT", help="Adopt as this department, within its territory.")
@command
def adopt(terminal: Terminal, paths: tuple[Path, ...], as_: str | None, **given: Any) -> None:
    """Take PATHS in together as one holding: a point cloud, meshes, elevation or imagery."""
    config = terminal.config
    start, end = given.pop("valid_from"), given.pop("valid_to")
    period = period_of(start, end)
    given["origin"] = read_origin(given["origin"])
    with closing(open_store(config)) as store, closing(Desk.open(config.base)) as desk:
        department = departments.named(desk, as_) if as_ else None
        given |= {"actor": department.name if department else "operator", "territory": territory(department)}
        adopted = adopting.adopt(config, store, Adoption(paths, period, **given), terminal.progress)
    terminal.result(adopted_json(adopted), _lines(terminal, adopted))


def adopted_json(adopted: Adopted) -> dict[str, Any]:
    """What came of it, for programs."""
    one = adopted.holding
    return {
        "code": one.code,
        "kind": one.kind,
        "hash": one.hash,
        "transaction": adopted.number,
        "name": one.version.state.name,
        "valid_from": day_text(one.version.period.start),
        "valid_to": day_text(one.version.period.end),
        "attributes": dict(one.attributes),
        "warnings": [finding_json(finding) for finding in adopted.warnings],
    }


def _lines(terminal: Terminal, adopted: Adopted) -> Iterator[str]:
    one = adopted.holding
    yield from (terminal.finding(finding) for finding in adopted.warnings)
    yield f"{one.version.state.name}: {one.kind} {one.code} ({day_text(one.version.period.start)})"
    if adopted.number is None:
        yield terminal.both(
            "这些文件已经纳入，底库没有改动。", "These files are adopted already; the base is unchanged."
        )
    else:
        yield terminal.both(f"已纳入，事务号 {adopted.number}。", f"Adopted as no. {adopted.number}.")
