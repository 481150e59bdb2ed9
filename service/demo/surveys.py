"""The demo's uploads in the order they arrive: which file, sent by whom, why, of which day."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import shapely

from service.demo import border, facades
from service.demo.divisions import read_divisions
from service.demo.files import (
    FIRST,
    SECOND,
    write_divisions,
    write_hills,
    write_houses,
    write_lamps,
    write_parcels,
    write_pipes,
    write_streets,
    write_trees,
    write_update,
)
from service.demo.hills import make_hills
from service.demo.holes import write_holes
from service.demo.pipes import move_network
from service.demo.resurvey import survey_again
from service.demo.town import CRS, make_town
from service.demo.trees import light, plant
from service.demo.updates import extent, small_updates

PROVINCE: Final = "山东省自然资源厅"
CITY: Final = "济南市自然资源和规划局"
COUNTY: Final = "历下区自然资源局"
NEIGHBOUR: Final = "历城区自然资源局"
TERRITORIES: Final = {PROVINCE: (), CITY: ("370100",), COUNTY: ("370102",), NEIGHBOUR: (border.COUNTY,)}
"""Where each may write; the province brings the divisions, and may write before there are any."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload: its file, its profile, its author and reason, its day, and the area it holds everything of.

    `crs` is the coordinate system where the file names none.
    """

    path: Path
    profile: str
    actor: str
    reason: str
    day: str
    complete_in: shapely.Geometry | None = None
    crs: str | None = None

    @property
    def territory(self) -> tuple[str, ...]:
        """The divisions in which its author may write; none for everywhere."""
        return TERRITORIES[self.actor]


def uploads(folder: Path) -> Iterator[Upload]:
    """Write the demo's files one after another, and say how each is to be taken in."""
    town = make_town()
    again = survey_again(town.houses)
    covered = shapely.transform(extent(town.houses), border.to_degrees(), interleaved=False)
    write_divisions(folder / "divisions.gpkg", read_divisions())
    yield Upload(folder / "divisions.gpkg", "divisions", PROVINCE, "行政区域界线资料", "2024-01-01")
    write_streets(folder / "streets.gpkg", town.streets)
    yield Upload(folder / "streets.gpkg", "roads", CITY, "演示街区道路", FIRST)
    write_parcels(folder / "parcels.gpkg", town.parcels)
    yield Upload(folder / "parcels.gpkg", "parcels", CITY, "演示街区宗地", FIRST)
    write_pipes(folder / "pipes.gpkg", move_network())
    yield Upload(folder / "pipes.gpkg", "pipes", CITY, "供水管网ky4（由美国肯塔基州移来）", FIRST)
    write_holes(folder / "boreholes.ags")
    yield Upload(folder / "boreholes.ags", "boreholes", CITY, "演示街区勘察", FIRST, crs=CRS)
    write_trees(folder / "trees.gpkg", plant(town.streets))
    yield Upload(folder / "trees.gpkg", "trees", CITY, "主干道行道树普查", FIRST)
    write_lamps(folder / "lamps.gpkg", light(town.streets))
    yield Upload(folder / "lamps.gpkg", "standard", CITY, "主干道路灯普查", FIRST)
    write_hills(folder / "hills.gpkg", make_hills())
    yield Upload(folder / "hills.gpkg", "standard", CITY, "南部山区道路、溪流与果园", FIRST)
    write_houses(folder / "buildings-2024.gpkg", town.houses, FIRST)
    yield Upload(folder / "buildings-2024.gpkg", "buildings", CITY, "第一次整区测量", FIRST)
    write_houses(folder / "buildings-2025.gpkg", again.houses, SECOND)
    yield Upload(folder / "buildings-2025.gpkg", "buildings", CITY, "第二次整区测量", SECOND, covered)
    updates = small_updates(again.houses)
    for update in updates:
        path = folder / f"update-{update.day}.gpkg"
        write_update(path, update)
        yield Upload(path, "buildings", COUNTY, "日常更新", update.day)
    path = folder / f"border-{border.DAY}.gpkg"
    raised = border.border_update(again.houses, read_divisions())
    write_update(path, raised)
    yield Upload(path, "buildings", NEIGHBOUR, "跨界房屋加层", border.DAY)
    changed = {house.number for update in (*updates, raised) for house, _ in update.houses}
    facades.write_facades(folder / "facades.zip", facades.chosen(again.houses, changed))
    yield Upload(folder / "facades.zip", "city-model", CITY, "老街房屋立面（贴图）", facades.DAY)
