"""Tiles drawn when they are asked for: kept while there is room, and those that nobody asked for longest go first."""

import os
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from service.tiles import kept
from service.tiles.kept import HOUR, KEPT, Kept, sweep
from service.work import jobs, worker
from tests.service.conftest import Base


def fill(tiles: Kept, hours: dict[str, float], size: int = 100) -> None:
    """Keep tiles that were asked for so many hours ago."""
    for name, ago in hours.items():
        tiles.get(name, lambda: bytes(size))
        asked = time.time() - ago * HOUR
        os.utime(tiles.root / tiles.kind / name[:2] / name, (asked, asked))


def names(root: Path) -> set[str]:
    return {path.name for path in root.rglob("*") if path.is_file()}


def never() -> bytes:
    raise AssertionError("drawn again")


def test_what_nobody_asked_for_longest_goes_first_whatever_its_kind(tmp_path: Path) -> None:
    vector, terrain = Kept(tmp_path, "vector/roads", 10_000), Kept(tmp_path, "terrain", 10_000)
    fill(vector, {"aa": 50, "bb": 3, "cc": 30})
    fill(terrain, {"dd": 40, "ee": 20, "ff": 0})
    sweep(tmp_path, 600)
    assert len(names(tmp_path)) == 6
    sweep(tmp_path, 350)
    assert names(tmp_path) == {"bb", "ee", "ff"}
    sweep(tmp_path, 299)
    assert names(tmp_path) == {"bb", "ff"}


def test_what_is_asked_for_again_stays_and_the_last_hour_too(tmp_path: Path) -> None:
    tiles = Kept(tmp_path, "imagery", 10_000)
    fill(tiles, {"aa": 50, "bb": 40, "cc": 0.5})
    assert tiles.get("aa", never) == bytes(100)
    sweep(tmp_path, 1)
    assert names(tmp_path) == {"aa", "cc"}


def test_of_one_hour_no_more_goes_than_must(tmp_path: Path) -> None:
    fill(Kept(tmp_path, "terrain", 10_000), {f"{number:02}": 24 for number in range(10)})
    sweep(tmp_path, 750)
    assert len(names(tmp_path)) == 7


def test_an_empty_file_is_drawn_anew(tmp_path: Path) -> None:
    tiles = Kept(tmp_path, "terrain", 10_000)
    (tmp_path / "terrain/aa").mkdir(parents=True)
    (tmp_path / "terrain/aa/aab").touch()
    assert tiles.get("aab", lambda: b"tile") == b"tile"
    assert tiles.get("aab", never) == b"tile"


def test_a_process_looks_once_it_has_written_a_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[tuple[Path, int]] = []

    class AtOnce(threading.Thread):
        def __init__(self, target: Callable[..., None], args: tuple[Path, int], daemon: bool) -> None:
            looked.append(args)
            super().__init__(target=target, args=args, daemon=daemon)

    monkeypatch.setattr(kept.threading, "Thread", AtOnce)
    tiles = Kept(tmp_path, "terrain", 16_000)
    fill(tiles, {f"{number:02}": 0 for number in range(25)})
    assert looked == [(tmp_path, 16_000)] * 2


def test_the_worker_looks_after_it_cut_the_terrain(base: Base) -> None:
    config = replace(base.config, tiles=replace(base.config.tiles, cache_bytes=250))
    fill(Kept.of(config, "vector/roads"), {"aa": 50, "bb": 40, "cc": 30})
    with closing(base.desk()) as desk:
        jobs.add(desk, "terrain")
    assert worker.run(config, once=True) == 1
    assert names(config.data / KEPT) == {"bb", "cc"}
