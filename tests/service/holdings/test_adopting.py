"""Adopting: whole or not at all, the same files once, newer surveys as versions, in a territory, reverted, verified."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient

from entities.errors import Conflict, Forbidden, Invalid, NotFound
from entities.lineage.undoing import Target
from entities.model import FOREVER, LATEST, Moment, Period, parse_day
from entities.replication.digest import digests
from entities.store import Store
from service import reverts
from service.bases import open_store
from service.config import Config
from service.holdings import Shelf, elsewhere, standing, state_of
from service.holdings.adopting import Adopted, Adoption, adopt
from service.holdings.serving import HoldingTiles
from service.holdings.verifying import kind_faults
from tests.contract.following import catch_up
from tests.service.conftest import Base, rule_of
from tests.service.holdings.made import CLOUDS, GLB, KINDS
from tiling.holdings.packing import MANIFEST, unpacked

FIRST, SECOND, THIRD = (parse_day(day) for day in ("2024-05-01", "2025-05-01", "2026-05-01"))


class Desk:
    """Adopts made-up clouds into a base."""

    def __init__(self, base: Base, store: Store, folder: Path) -> None:
        self.base, self.store, self.folder = base, store, folder

    def file(self, name: str, text: str = "117.1 36.5 0.001 0.5") -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def adopt(self, *paths: Path, day: int = FIRST, end: int = FOREVER, **said: Any) -> Adopted:
        return adopt(self.base.config, self.store, Adoption(paths, Period(day, end), **said), lambda *_: None, KINDS)

    def at(self, day: int, known_at: int = LATEST) -> list[str]:
        moment = Moment(day, known_at)
        return [one.code for one in standing(self.base.config, self.store, "pointclouds", moment)]

    def faults(self) -> list[str]:
        return [one.rule for one in kind_faults(self.shelf, self.store, "pointclouds")]

    def tileset(self, day: int = THIRD, known_at: int = LATEST) -> dict[str, Any]:
        tiles = HoldingTiles(self.base.config, self.store, "pointclouds")
        document: dict[str, Any] = json.loads(tiles.root(Moment(day, known_at)))
        return document

    @property
    def shelf(self) -> Shelf:
        return Shelf.of(self.base.config)


@pytest.fixture
def desk(base: Base, tmp_path: Path) -> Iterator[Desk]:
    with closing(base.store()) as store:
        yield Desk(base, store, tmp_path)


def test_files_become_a_holding_with_its_folder_and_one_transaction(desk: Desk) -> None:
    adopted = desk.adopt(desk.file("a.cloud"), name="历下区点云")
    one = adopted.holding
    assert adopted.number == 4
    assert (one.version.state.name, one.heights, one.resolution) == ("历下区点云", (20.0, 29.0), 0.5)
    assert one.footprint.bounds == pytest.approx((117.099, 36.499, 117.101, 36.501))
    assert {path.name for path in one.folder.iterdir()} == {"c", "tileset.json", MANIFEST}
    assert unpacked((one.folder / "c" / "a.glb").read_bytes()) == GLB
    assert (one.folder / "c" / "a.glb").stat().st_size < len(GLB)
    assert desk.store.transaction_record(4).source == "a.cloud"
    assert desk.at(FIRST) == desk.at(THIRD) == [one.code]
    assert desk.at(FIRST - 1) == desk.at(THIRD, known_at=3) == []
    assert desk.faults() == []


def test_the_same_files_again_are_nothing_new(desk: Desk) -> None:
    first = desk.adopt(desk.file("a.cloud"))
    again = desk.adopt(desk.file("a.cloud"), day=SECOND)
    assert (again.holding.code, again.number) == (first.holding.code, None)
    assert desk.store.view().moment.known_at == 4


def test_a_newer_survey_is_a_version_of_the_same_holding(desk: Desk) -> None:
    code = desk.adopt(desk.file("a.cloud")).holding.code
    newer = desk.adopt(desk.file("b.cloud", "117.1 36.5 0.001 0.2"), day=SECOND, code=code).holding
    assert newer.code == code
    assert desk.at(FIRST) == desk.at(SECOND) == [code]
    hashes = [standing(desk.base.config, desk.store, "pointclouds", Moment(day))[0].hash for day in (FIRST, SECOND)]
    assert hashes[1] == newer.hash != hashes[0]


def test_the_newest_comes_first_and_then_the_finest(desk: Desk) -> None:
    said = [("a.cloud", "0.5", FIRST), ("b.cloud", "0.2", FIRST), ("c.cloud", "9", SECOND)]
    codes = {name: desk.adopt(desk.file(name, f"117 36 0.1 {fine}"), day=day).holding.code for name, fine, day in said}
    assert desk.at(SECOND) == [codes["c.cloud"], codes["b.cloud"], codes["a.cloud"]]
    states = [state_of(standing(desk.base.config, desk.store, "pointclouds", Moment(day))) for day in (FIRST, SECOND)]
    assert states[0] != states[1]


def test_what_is_unfit_leaves_no_trace(desk: Desk) -> None:
    refused_ones: list[tuple[str, dict[str, Any], str]] = [
        ("nonsense", {}, "pkg.empty"),
        ("117 36 1 1", {"code": "NWQN-XN3S-YKSR"}, "code.unknown"),
        ("117 36 1 1", {"code": desk.base.standing}, "holding.code"),
        ("117 36 1 1", {"territory": ("370102",)}, "holding.territory"),
    ]
    for text, said, rule in refused_ones:
        with pytest.raises((Invalid, NotFound, Conflict, Forbidden)) as refused:
            desk.adopt(desk.file("a.cloud", text), **said)
        assert refused.value.rule == rule
    with pytest.raises(Invalid, match=r"time\.valid\.future"):
        desk.adopt(desk.file("a.cloud"), day=parse_day("2999-01-01"))
    assert desk.store.view().moment.known_at == 3
    assert desk.shelf.hashes("pointclouds") == []
    assert list((desk.shelf.root / ".aside").iterdir()) == []


def test_a_department_adopts_within_its_territory(desk: Desk) -> None:
    inside = desk.adopt(desk.file("a.cloud", "117.5 36.5 0.1 1"), territory=("370102",), actor="lixia")
    assert desk.store.transaction_record(inside.number or 0).actor == "lixia"
    with pytest.raises(Forbidden, match=r"holding\.territory"):
        desk.adopt(desk.file("b.cloud", "117.5 36.5 0.1 2"), territory=("370103",), code=inside.holding.code)


def test_reverting_takes_it_out_of_the_layer(desk: Desk) -> None:
    adopted = desk.adopt(desk.file("a.cloud"))
    assert [tile["metadata"]["properties"]["code"] for tile in desk.tileset()["root"]["children"]] == desk.at(THIRD)
    with closing(desk.base.desk()) as departments:
        reverts.take_back(desk.store, departments, Target(adopted.number or 0), "operator", "")
    assert "children" not in desk.tileset()["root"]
    assert len(desk.tileset(known_at=adopted.number or 0)["root"]["children"]) == 1
    assert desk.faults() == []
    assert desk.adopt(desk.file("a.cloud")).number == (adopted.number or 0) + 2


def test_originals_are_kept_where_that_is_asked_for(desk: Desk) -> None:
    one = desk.adopt(desk.file("a.cloud"), keep=True).holding
    kept = desk.shelf.root / "originals" / one.hash / "a.cloud"
    assert kept.read_text() == "117.1 36.5 0.001 0.5"
    assert desk.faults() == []


def test_what_a_killed_process_left_is_swept_and_what_a_living_one_fills_is_not(desk: Desk) -> None:
    left = desk.shelf.root / ".aside" / "dead" / "files"
    left.mkdir(parents=True)
    with desk.shelf.aside() as mine, desk.shelf.aside() as another:
        assert not left.exists()
        assert mine.is_dir() and another.is_dir() and mine != another
    assert list((desk.shelf.root / ".aside").iterdir()) == []


KILLED = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from entities.model import Period
from entities.replication.digest import digests
from entities.store import Store
from service.config import Config
from service.holdings import adopting
from service.holdings.shelf import Shelf
from tests.service.holdings.made import KINDS

data, path, day, stage = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
config = Config.load(None, {"data": data})
place = Shelf.place

def killed(*given):
    if stage == "after the move":
        place(*given)
    os._exit(9)

def tell(step, done, total):
    if step == stage:
        os._exit(9)

Shelf.place = killed
adopting.adopt(config, Store.open(config.base), adopting.Adoption((path,), Period(day)), tell, KINDS)
"""


@pytest.mark.parametrize("stage", ["prepare", "pack", "before the move", "after the move"])
def test_killed_at_any_point_nothing_is_half_published(desk: Desk, stage: str) -> None:
    path = desk.file("a.cloud")
    said = [sys.executable, "-c", KILLED, str(desk.base.config.data), str(path), str(FIRST), stage]
    assert subprocess.run(said, check=False).returncode == 9
    assert desk.at(THIRD) == []
    assert desk.faults() == (["holding.unnamed"] if stage == "after the move" else [])
    again = desk.adopt(path)
    assert (again.number, desk.at(THIRD)) == (4, [again.holding.code])
    assert (desk.faults(), list((desk.shelf.root / ".aside").iterdir())) == ([], [])


def test_a_base_that_has_the_record_only_says_so_and_gets_the_files_by_adopting_them(desk: Desk) -> None:
    one = desk.adopt(desk.file("a.cloud")).holding
    one.folder.rename(desk.folder / "gone")
    assert desk.at(THIRD) == []
    assert [away.code for away in elsewhere(desk.base.config, desk.store, "pointclouds", Moment(THIRD))] == [one.code]
    assert desk.tileset()["metadata"]["properties"]["elsewhere"] == one.code
    assert desk.faults() == ["holding.away"]
    with pytest.raises(NotFound, match=r"holding\.elsewhere"):
        HoldingTiles(desk.base.config, desk.store, "pointclouds").file(one.hash, "tileset.json")
    again = desk.adopt(desk.file("a.cloud"))
    assert (again.holding.code, again.number, desk.faults()) == (one.code, None, [])


def test_a_base_that_follows_has_the_record_and_is_made_whole_by_the_same_files(desk: Desk, tmp_path: Path) -> None:
    code = desk.adopt(desk.file("a.cloud"), name="历下区点云").holding.code
    config = Config.load(None, {"data": tmp_path / "follower"})
    with closing(open_store(config)) as follower:
        catch_up(follower, desk.store)
        assert standing(config, follower, "pointclouds", Moment(THIRD)) == []
        [away] = elsewhere(config, follower, "pointclouds", Moment(THIRD))
        assert (away.code, away.version.state.name) == (code, "历下区点云")
        said = Adoption((desk.file("a.cloud"),), Period(FIRST))
        assert adopt(config, follower, said, lambda *_: None, KINDS).number is None
        assert [one.code for one in standing(config, follower, "pointclouds", Moment(THIRD))] == [code]
        assert digests(follower.database) == digests(desk.store.database)


def test_of_several_that_adopt_the_same_files_at_once_one_does(desk: Desk) -> None:
    path = desk.file("a.cloud")
    start = Barrier(4)

    def adopting(_: int) -> int | None:
        with closing(desk.base.store()) as store:
            start.wait()
            return adopt(desk.base.config, store, Adoption((path,), Period(FIRST)), lambda *_: None, KINDS).number

    with ThreadPoolExecutor(4) as pool:
        numbers = sorted(pool.map(adopting, range(4)), key=str)
    assert numbers == [4, None, None, None]
    assert len(desk.at(THIRD)) == 1
    assert desk.faults() == []


def test_verify_finds_what_is_damaged_missing_or_extra(desk: Desk) -> None:
    one = desk.adopt(desk.file("a.cloud")).holding
    (one.folder / "c" / "a.glb").write_bytes(b"other")
    (one.folder / "more.json").write_bytes(b"{}")
    assert desk.faults() == ["holding.damaged"] * 2
    (one.folder / "more.json").unlink()
    (one.folder / "c" / "a.glb").unlink()
    assert desk.faults() == ["holding.damaged"]
    (one.folder / MANIFEST).write_text('{"files": {}, "opens": null, "box": [], "error": 0}')
    assert "holding.damaged" in desk.faults()


def test_a_holding_leads_back_to_its_tileset(desk: Desk, client: FlaskClient) -> None:
    one = desk.adopt(desk.file("a.cloud")).holding
    told = answer(client, f"/3dtiles/pointclouds/where/{one.code}")
    assert (told["content"], told["version"]["transaction"]) == (f"h/{one.hash}/tileset.json", 4)
    assert rule_of(client.get(f"/3dtiles/meshes/where/{one.code}")) == "tiles.where"
    assert rule_of(client.get(f"/3dtiles/pointclouds/where/{desk.base.ended}")) == "code.ended"
    one.folder.rename(desk.folder / "gone")
    assert rule_of(client.get(f"/3dtiles/pointclouds/where/{one.code}")) == "holding.elsewhere"


def answer(client: FlaskClient, address: str) -> Any:
    return json.loads(client.get(address).data)


def test_a_tileset_and_its_files_over_http(desk: Desk, client: FlaskClient) -> None:
    one = desk.adopt(desk.file("a.cloud"), end=THIRD).holding
    address = "/3dtiles/pointclouds/tileset.json"
    assert "children" not in answer(client, address)["root"]
    then = client.get(f"{address}?datetime=2024-06-01")
    assert client.get(f"{address}?datetime=2025-06-01").headers["ETag"] == then.headers["ETag"]
    assert (
        client.get(f"{address}?datetime=2024-06-01", headers={"If-None-Match": then.headers["ETag"]}).status_code == 304
    )
    [tile] = answer(client, f"{address}?datetime=2024-06-01")["root"]["children"]
    told = {"code": one.code, "name": "a", "valid_from": FIRST, "valid_to": THIRD, "resolution": 0.5}
    assert tile["metadata"]["properties"] == told
    assert tile["content"]["uri"] == f"h/{one.hash}/tileset.json"
    inner = client.get(f"/3dtiles/pointclouds/{tile['content']['uri']}")
    assert json.loads(inner.data)["root"]["content"]["uri"] == "c/a.glb"
    assert "immutable" in inner.headers["Cache-Control"]
    plain, packed = (
        client.get(f"/3dtiles/pointclouds/h/{one.hash}/c/a.glb", headers={"Accept-Encoding": name})
        for name in ("identity", "gzip")
    )
    assert plain.data == unpacked(packed.data) == GLB
    assert (packed.headers["Content-Encoding"], packed.mimetype) == ("gzip", "model/gltf-binary")
    assert plain.headers["ETag"] != packed.headers["ETag"]


@pytest.mark.parametrize("name", ["none.glb", "holding.json", "a.txt", "c", "../tileset.json", "%2e%2e/tileset.json"])
def test_no_other_file_is_served(desk: Desk, client: FlaskClient, name: str) -> None:
    one = desk.adopt(desk.file("a.cloud")).holding
    assert rule_of(client.get(f"/3dtiles/pointclouds/h/{one.hash}/{name}")) in ("tiles.blob", "holding.elsewhere")
    assert rule_of(client.get(f"/3dtiles/buildings/h/{one.hash}/tileset.json")) == "param.layer"


def test_a_holding_is_found_by_its_code_like_anything_else(desk: Desk, client: FlaskClient) -> None:
    one = desk.adopt(desk.file("a.cloud")).holding
    told = answer(client, f"/codes/{one.code}")
    assert (told["layer"]["id"], told["class"]["code"]) == ("pointclouds", CLOUDS.class_code)
    [feature] = answer(client, "/collections/pointclouds/items")["features"]
    assert feature["id"] == one.code
