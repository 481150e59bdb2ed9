"""`shikong build`: brings the tiles up to the base, or shows the state before."""

from dataclasses import asdict

import click

from entities.model import day_text
from service.cli.terminal import Terminal, command
from service.tiles import making, trees
from service.tiles.tilesets import TILED
from service.tiles.trees import Wanted
from tiling.elevation.prepare import ELEVATION


@click.command()
@click.option("--layer", "layers", multiple=True, help="Only this layer and its history, or elevation; repeatable.")
@click.option("--whole", is_flag=True, help="Draw every tile anew; without it only those that changed.")
@click.option("--back", is_flag=True, help="Show the state before instead, until you build by hand again.")
@command
def build(terminal: Terminal, layers: tuple[str, ...], whole: bool, back: bool) -> None:
    """Build the 3D tiles that the base has made stale; the layer elevation is the terrain."""
    if back:
        _go_back(terminal, layers)
        return
    asked = set(layers or (*TILED, ELEVATION.name))
    wanted = Wanted(asked - {ELEVATION.name}, whole, by_hand=True)
    cut = making.terrain(terminal.config, terminal.progress) if ELEVATION.name in asked else 0
    built = making.tiles(terminal.config, terminal.progress, wanted)
    lines = [
        f"{one.layer}: {one.report.features} → {one.report.tiles} tiles, {one.report.tiles_drawn} drawn, "
        f"{one.report.files_written} files written, {one.report.seconds:.2f} s"
        for one in built
    ]
    found = {"layers": {one.layer: asdict(one.report) for one in built}, "terrain": cut}
    terminal.result(found, [*lines, *([f"terrain: {cut} tiles cut"] if cut else [])])


def _go_back(terminal: Terminal, layers: tuple[str, ...]) -> None:
    shown = trees.go_back(terminal.config, layers or trees.latest(terminal.config))
    lines = [
        terminal.both(
            f"{layer}：现在显示 {day_text(then.valid_at)}、第 {then.known_at} 号事务，运行 shikong build 前不变。",
            f"{layer}: shows {day_text(then.valid_at)}, transaction {then.known_at}; stays until shikong build.",
        )
        for layer, then in shown.items()
    ]
    terminal.result({"shown": {layer: asdict(then) for layer, then in shown.items()}}, lines)
