"""A service on a small base of its own: two buildings, one of them changed later and one ended, one street."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient

from entities.model import Period, State, Version, parse_day
from entities.store import Store
from service import departments
from service.app import create_app
from service.bases import open_store
from service.cli import run
from service.config import Config, Limits
from service.departments import Department
from service.desk import Desk

BUILDING = "310301"
COUNTY = "650100"
FIRST, SECOND = parse_day("2024-05-20"), parse_day("2025-05-19")


Shell = Callable[..., tuple[int, Any]]
"""Runs a command, as the fixture `shell` says."""


@dataclass(frozen=True)
class Base:
    """A made base: its settings, the codes of what is in it, and the departments' tokens."""

    config: Config
    standing: str
    ended: str
    tokens: dict[str, str]

    def store(self) -> Store:
        return Store.open(self.config.base)

    def desk(self) -> Desk:
        return Desk.open(self.config.base)


def square(lon: float, lat: float, size: float = 0.0002) -> shapely.Polygon:
    return shapely.box(lon, lat, lon + size, lat + size)


def county(code: str, name: str, west: float, width: float = 1.0) -> State:
    shape = shapely.MultiPolygon([shapely.box(west, 36.0, west + width, 37.0)])
    level = "province" if code.endswith("0000") else "city" if code.endswith("00") else "county"
    parent = {"province": "", "city": "370000", "county": "370100"}[level]
    return State(COUNTY, shape, name, attributes={"adcode": code, "level": level, "parent": parent})


@dataclass(frozen=True)
class Made:
    """A base made once; every test has a copy of it."""

    folder: Path
    standing: str
    ended: str
    tokens: dict[str, str]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return settings(tmp_path / "data")


@pytest.fixture
def base(config: Config, made: Made) -> Base:
    """The base before anything is asked of it."""
    shutil.copytree(made.folder, config.data)
    return Base(config, made.standing, made.ended, dict(made.tokens))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    config = settings(tmp_path_factory.mktemp("made") / "data")
    store = Store.open(config.base, random=np.random.default_rng(1))
    standing, ended = write(store)
    store.close()
    open_store(config).close()  # the service opens it once before anybody writes to it
    return Made(config.data, standing, ended, add_departments(config))


def settings(folder: Path) -> Config:
    return Config.load(None, {"data": folder, "limits": Limits(upload_bytes=200_000)})


def write(store: Store) -> tuple[str, str]:
    """Say everything the base knows, in three transactions; returns the codes of its two buildings."""
    tall = State(
        BUILDING, square(117.1, 36.5), "齐鲁大厦", 21.0, 30.0, attributes={"note": "<script>alert(1)</script>"}
    )
    small = State(BUILDING, square(117.2, 36.6), "历山楼", 9.0, 30.0)
    divisions = [
        county("370000", "山东省", 117.0, 2.0),
        county("370100", "济南市", 117.0, 2.0),
        county("370102", "历下区", 117.0),
        county("370103", "市中区", 118.0),
    ]
    with store.transaction("admin", "divisions", "divisions.gpkg") as first:
        codes = first.issue(divisions)
        first.put([Version(code, Period(0), state) for code, state in zip(codes, divisions, strict=True)])
    with store.transaction("lixia", "first survey", "first.gpkg") as second:
        standing, ended = second.issue([tall, small])
        second.put([Version(standing, Period(FIRST), tall), Version(ended, Period(FIRST), small)])
    with store.transaction("lixia", "second survey", "second.gpkg #0123456789ab") as third:
        third.put([Version(standing, Period(SECOND), replace(tall, height=24.0))])
        third.end({ended: SECOND})
    return standing, ended


def add_departments(config: Config) -> dict[str, str]:
    desk = Desk.open(config.base)
    found = [
        Department("lixia", "历下区自然资源局", "370102"),
        Department("shizhong", "市中区自然资源局", "370103"),
        Department("province", "山东省自然资源厅", "370000", everywhere=True),
    ]
    tokens = {one.name: departments.add(desk, one) for one in found}
    desk.close()
    return tokens


@pytest.fixture
def app(base: Base) -> Iterator[Flask]:
    made = create_app(base.config)
    made.testing = False  # faults are answered, as in a running service
    yield made
    made.extensions["doors"].close()
    made.extensions["studio"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def bearer(base: Base, name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {base.tokens[name]}"}


def rule_of(response: Any) -> str:
    """The rule that a problem names."""
    assert response.mimetype == "application/problem+json", response.data
    return str(response.json["rule"])


@pytest.fixture
def shell(config: Config, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Run a command on the test's own data; gives its exit code and what it printed as JSON, or as text."""

    def call(*arguments: object, as_json: bool = True) -> tuple[int, Any]:
        words = ["--data", str(config.data), "--lang", "en", *map(str, arguments), *(["--json"] if as_json else [])]
        code = run(words)
        said = capsys.readouterr()
        return code, json.loads(said.out) if as_json and said.out else said.out + said.err

    return call
