"""Services that run, write and follow each other while what follows is killed: nothing is lost, and all agree."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from entities.replication.digest import digests
from entities.store import Store
from service.config import Config
from service.following.catching import catch_up
from service.following.source import Source
from tests.contract.bordering import CITY, EAST, PROVINCE, WEST, say_divisions
from tests.contract.saying import Department
from tests.postgres import Server
from tests.service.conftest import settings
from tests.service.test_submissions import houses
from tests.service.three import Follower, Service, wait_for

FORK = get_context("fork")  # a follower has to be killed at its work, not while it imports


def quiet(step: str, done: int, total: int | None) -> None:
    """Nobody watches."""


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Service]:
    """A running service whose base nobody has written yet."""
    service = Service.made(tmp_path / "source")
    service.set_up({"admin": PROVINCE})
    Store.open(service.base).close()
    service.start()
    yield service
    service.stop()


def follow(config: Config, source: Source) -> None:
    catch_up(config, source, quiet)


def test_a_follower_killed_at_any_moment_loses_nothing(source: Service, tmp_path: Path) -> None:
    own, dice, killed = settings(tmp_path / "own"), random.Random(5), 0
    Store.open(own.base).close()
    target = Source(source.url, source.tokens["admin"])
    with closing(Store.open(source.base)) as store:
        department = Department(store, np.random.default_rng(5))
        for _ in range(30):
            for _ in range(20):
                department.say()
            follower = FORK.Process(target=follow, args=(own, target))
            follower.start()
            time.sleep(dice.uniform(0.01, 0.15))
            assert follower.pid is not None
            killed += follower.is_alive()
            os.kill(follower.pid, signal.SIGKILL)
            follower.join(30)
        catch_up(own, target, quiet)
        with closing(Store.open(own.base)) as kept:
            assert digests(kept.database) == digests(store.database)
            assert kept.transactions(limit=10_000) == store.transactions(limit=10_000)
    assert killed >= 10, "the followers were done before they were killed: the test shows nothing"


@pytest.fixture
def three(postgres: Server, tmp_path: Path) -> Iterator[tuple[Service, Service, Service]]:
    """Two counties on SQLite and their city on PostGIS; the counties' services follow the city by their settings."""
    city = Service.made(tmp_path / "city", postgres.new_database())
    west, east = (Service.made(tmp_path / name) for name in ("west", "east"))
    city.set_up({"city": CITY, "province": PROVINCE})
    west.set_up({"west": WEST}, (city,))
    east.set_up({"east": EAST}, (city,))
    with closing(Store.open(city.base)) as store:
        say_divisions(store)
    with ExitStack() as running:
        for service in (city, west, east):
            running.callback(service.stop)
            service.start()
        yield city, west, east


GROUND = {"west": 117.2, "east": 118.2, "city": 117.6}


def survey(who: str, turn: int, dice: random.Random) -> dict[str, Any]:
    """A department's houses: those of its last survey, some raised, and new ones; the city knows the counties' too."""
    rows = range(6 * turn, 6 * turn + 12)
    own = [(GROUND[who] + row * 0.001, 36.3, 9.0 + dice.randrange(5)) for row in rows]
    others = [(GROUND["west"] + row * 0.001, 36.3, 20.0 + turn) for row in rows][:3]
    return houses(*own, *(others if who == "city" and turn else []))


@pytest.mark.postgres
@pytest.mark.slow
def test_counties_and_their_city_converge(three: tuple[Service, Service, Service]) -> None:
    city, west, east = three
    dice, followers = random.Random(9), [Follower(city, west), Follower(city, east)]
    writers = {"city": city, "west": west, "east": east}
    with ExitStack() as running:
        for follower in followers:
            running.callback(follower.kill)
            follower.start()
        wait_for(lambda: all(service.get("health")["transaction"] >= 1 for service in three))
        for turn in range(3):
            sent = {
                who: service.upload(who, survey(who, turn, dice), f"2026-0{turn + 1}-15")
                for who, service in writers.items()
            }
            for _ in range(3):
                time.sleep(dice.uniform(0.3, 1.5))
                victim = dice.choice(followers)
                victim.kill()
                victim.start()
            for who, name in sent.items():
                wait_for(lambda who=who, name=name: writers[who].get(f"submissions/{name}")["state"] == "done")
        wait_for(lambda: len({journal(service) for service in three}) == 1)
    assert len({service.get("replication/digest")["present"] for service in three}) == 1
    origins = {origin for origin, _ in journal(city)}
    assert len(origins) == 3, "one of the three wrote nothing"
    with closing(Store.open(city.base)) as store:
        assert store.view(valid_at=20_700).count("buildings") >= 3 * 24


def journal(service: Service) -> frozenset[tuple[str, int]]:
    """Whose transactions a base holds."""
    with closing(Store.open(service.base)) as store:
        return frozenset((one.origin, one.origin_number) for one in store.transactions())
