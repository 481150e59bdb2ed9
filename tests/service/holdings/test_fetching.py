"""A base that follows gets the files of holdings: as the journal vouches for them, and on from where it was cut off."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from entities.errors import Invalid
from entities.model import Period
from service.app import create_app
from service.bases import open_store
from service.config import Config
from service.desk import Desk
from service.following.catching import Caught, catch_up
from service.following.source import Source
from service.holdings import Shelf
from service.holdings.adopting import Adoption, adopt
from service.holdings.fetching import fetch
from service.holdings.verifying import kind_faults
from tests.service.conftest import Base, Shell, rule_of, settings
from tests.service.holdings.made import CLOUDS, KINDS, files
from tests.service.holdings.test_adopting import FIRST, SECOND
from tests.service.test_follow import quiet, served
from tiling.holdings.packing import MANIFEST


@pytest.fixture
def digests(base: Base, tmp_path: Path) -> list[str]:
    """Two clouds, adopted into the base that is followed."""
    found = []
    with closing(base.store()) as store:
        for name, place, day in (("a.cloud", "117.1 36.5", FIRST), ("b.cloud", "117.2 36.5", SECOND)):
            path = tmp_path / name
            path.write_text(f"{place} 0.001 0.5")
            found.append(adopt(base.config, store, Adoption((path,), Period(day)), quiet, KINDS).holding.hash)
    return found


@pytest.fixture
def own(tmp_path: Path) -> Config:
    """The settings of the base that follows."""
    return settings(tmp_path / "own")


@pytest.fixture
def url(base: Base) -> Iterator[str]:
    with served(base.config) as address:
        yield address


def faults(config: Config) -> list[str]:
    with closing(open_store(config)) as store:
        return [one.rule for one in kind_faults(Shelf.of(config), store, CLOUDS.name)]


def followed(config: Config, base: Base, url: str, wanted: bool = True) -> Caught:
    return catch_up(config, Source(url, base.tokens["lixia"]), quiet, files=wanted)


def test_the_files_come_after_what_is_said_of_them(base: Base, digests: list[str], url: str, own: Config) -> None:
    assert followed(own, base, url, wanted=False).holdings == 0
    assert faults(own) == ["holding.away", "holding.away"]
    assert followed(own, base, url).holdings == 2
    assert [files(own, one) for one in digests] == [files(base.config, one) for one in digests]
    assert (followed(own, base, url).holdings, faults(own)) == (0, [])
    answer = create_app(own).test_client().get(f"/3dtiles/{CLOUDS.name}/h/{digests[0]}/c/a.glb")
    assert answer.status_code == 200
    with closing(Desk.open(own.base)) as desk:
        assert "tiles" in [kind for (kind,) in desk.rows("SELECT kind FROM job")]


def test_what_the_source_has_lost_is_passed_over_until_it_has_it_again(
    base: Base, digests: list[str], url: str, own: Config, tmp_path: Path
) -> None:
    folder = Shelf.of(base.config).folder(CLOUDS.name, digests[0])
    folder.rename(tmp_path / "away")
    assert (followed(own, base, url).holdings, faults(own)) == (1, ["holding.away"])
    shutil.copytree(tmp_path / "away", folder)
    (folder / "c" / "a.glb").unlink()
    assert (followed(own, base, url).holdings, faults(own)) == (0, ["holding.away"])
    shutil.copy(tmp_path / "away" / "c" / "a.glb", folder / "c")
    assert (followed(own, base, url).holdings, faults(own)) == (1, [])


@pytest.mark.parametrize("name", [MANIFEST, "c/a.glb"])
def test_files_other_than_the_journal_vouches_for_are_refused_and_not_shown(
    base: Base, digests: list[str], url: str, own: Config, name: str
) -> None:
    file = Shelf.of(base.config).folder(CLOUDS.name, digests[0]) / name
    whole = file.read_bytes()
    file.write_bytes(whole[:20] + bytes([whole[20] ^ 1]) + whole[21:])
    with pytest.raises(Invalid, match=r"follow\.altered"):
        followed(own, base, url)
    assert "holding.away" in faults(own)
    file.write_bytes(whole)
    followed(own, base, url)
    assert faults(own) == []


@dataclass
class Cut:
    """Has the files of a folder, and breaks off after so many."""

    config: Config
    left: int
    asked: list[str] = field(default_factory=list)

    def holding(self, kind: str, digest: str, name: str, path: Path) -> None:
        if not self.left:
            raise Invalid.because("follow.cut")
        self.left -= 1
        self.asked.append(name)
        shutil.copy(Shelf.of(self.config).folder(kind, digest) / name, path)


def test_what_was_fetched_before_a_cut_is_not_fetched_again(
    base: Base, digests: list[str], url: str, own: Config
) -> None:
    followed(own, base, url, wanted=False)
    with closing(open_store(own)) as store:
        first, second = Cut(base.config, 2), Cut(base.config, 9)
        with pytest.raises(Invalid, match=r"follow\.cut"):
            fetch(own, store, first, quiet)
        assert fetch(own, store, second, quiet) == 2
    assert sorted(first.asked + second.asked) == sorted([MANIFEST, *["tileset.json", "c/a.glb", MANIFEST] * 2])
    assert not list((Shelf.of(own).root / ".arriving").rglob("*.glb"))


def test_only_those_who_may_follow_get_files_and_only_files_of_holdings(
    base: Base, digests: list[str], shell: Shell
) -> None:
    client, address = create_app(base.config).test_client(), f"/replication/holdings/{CLOUDS.name}/{digests[0]}"
    assert rule_of(client.get(f"{address}/{MANIFEST}")) == "auth.needed"
    token = {"Authorization": f"Bearer {base.tokens['lixia']}"}
    glb = files(base.config, digests[0])["c/a.glb"]
    with client.get(f"{address}/c/a.glb", headers=token) as answer:
        assert (answer.data, answer.mimetype) == (glb, "application/octet-stream")
    with client.get(f"{address}/c/a.glb", headers={**token, "Range": "bytes=2-5"}) as answer:
        assert (answer.data, answer.status_code) == (glb[2:6], 206)
    for name in ("c", "../../base.sqlite", "%2e%2e/%2e%2e/%2e%2e/base.sqlite", "none"):
        assert rule_of(client.get(f"{address}/{name}", headers=token)) in ("tiles.blob", "request.path")
    for other in (f"{CLOUDS.name}/{'0' * 24}", f"originals/{digests[0]}"):
        answer = client.get(f"/replication/holdings/{other}/{MANIFEST}", headers=token)
        assert rule_of(answer) == "holding.elsewhere"


def test_the_command_says_what_came(base: Base, digests: list[str], url: str, own: Config, shell: Shell) -> None:
    code, told = shell("--data", own.data, "follow", url, "--token", base.tokens["lixia"], "--once")
    assert (code, told["holdings"]) == (0, 2)
