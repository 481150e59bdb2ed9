"""Holdings of a base that several machines serve, through an object store: a real S3 server, and one in memory."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from entities.errors import Busy
from entities.model import Period
from entities.store import Store
from service.config import Config
from service.following import running
from service.holdings import Shelf
from service.holdings.adopting import Adopted, Adoption, adopt
from service.holdings.sharing import Shared
from service.holdings.verifying import kind_faults
from tests.service.conftest import Base
from tests.service.holdings.made import CLOUDS, KINDS, files
from tests.service.holdings.test_adopting import FIRST
from tests.service.test_follow import quiet
from tests.weed import point_to, s3_server


@pytest.fixture
def store(base: Base) -> Iterator[Store]:
    with closing(base.store()) as store:
        yield store


def machines(base: Base, folder: Path, url: str) -> tuple[Config, Config]:
    """Two machines that serve one base, each with a data folder of its own."""
    one = replace(base.config, tiles=replace(base.config.tiles, store=url))
    return one, replace(one, data=folder / "other")


def adopted(config: Config, store: Store, folder: Path, name: str) -> Adopted:
    path = folder / f"{name}.cloud"
    path.write_text("117.1 36.5 0.001 0.5")
    return adopt(config, store, Adoption((path,), Period(FIRST)), quiet, KINDS)


def faults(config: Config, store: Store) -> list[str]:
    return [one.rule for one in kind_faults(Shelf.of(config), store, CLOUDS.name)]


def test_what_one_machine_adopts_the_other_fetches(base: Base, store: Store, tmp_path: Path) -> None:
    one, other = machines(base, tmp_path, "memory://shared/tiles")
    digest = adopted(one, store, tmp_path, "a").holding.hash
    assert faults(other, store) == ["holding.away"]
    assert running.needed(other)
    running.run(other, once=True)
    assert (files(other, digest), faults(other, store)) == (files(one, digest), [])


def test_an_s3_server_hands_holdings_over(
    base: Base, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with s3_server() as address:
        point_to(address, monkeypatch)
        one, other = machines(base, tmp_path, "s3://tiles/base")
        digest = adopted(one, store, tmp_path, "a").holding.hash
        running.run(other, once=True)
        assert files(other, digest) == files(one, digest)


def test_a_store_that_does_not_answer_refuses_and_nothing_is_shown(
    base: Base, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_to("http://127.0.0.1:9", monkeypatch)
    one, _ = machines(base, tmp_path, "s3://nowhere/base")
    before = store.view().moment.known_at
    with pytest.raises(Busy, match=r"tiles\.store"):
        adopted(one, store, tmp_path, "a")
    assert (store.view().moment.known_at, Shelf.of(one).hashes(CLOUDS.name)) == (before, [])


def test_tiles_in_a_folder_share_nothing(base: Base) -> None:
    assert Shared.of(base.config) is None and not running.needed(base.config)
