"""What a step of the viewer's slider takes over history tiles with 20,000 buildings in view, in headless Chromium.

`python -m tests.bench slider` prints the figures; it needs Node, the npm packages and Chromium, and says so where
they are not here. The processor draws in place of a graphics card, so the time of a frame is mostly drawing.
"""

import contextlib
import json
import os
import shutil
import statistics
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely
import yaml

from entities.model import Period, State, Version, day_text
from entities.store import Store
from service.config import Config
from service.tiles.histories import build_history
from service.tiles.tilesets import build_layer
from tests.bench.bench_tiles import DAY
from tests.serving import ROOT, serving

COLUMNS, ROWS = 160, 125
WEST, SOUTH = 117.0, 36.5
STEP = 0.0002  # degrees: 18 m east, 22 m north
HEIGHT = 2_600.0  # metres of the camera: the rim of the view is that of the city, and leaves are shown, not blocks
YEARS = 5


def city() -> list[State]:
    """20,000 houses close together."""
    columns, rows = np.meshgrid(np.arange(COLUMNS), np.arange(ROWS))
    west, south = WEST + columns.ravel() * STEP, SOUTH + rows.ravel() * STEP
    shapes = shapely.set_precision(shapely.box(west, south, west + STEP * 0.6, south + STEP * 0.6), 1e-9)
    tall = np.random.default_rng(2).uniform(4, 30, len(shapes)).round(1).tolist()
    return [State("310301", shape, None, height, 30.0) for shape, height in zip(shapes, tall, strict=True)]


def make(folder: Path) -> tuple[Path, int]:
    """The base and its tiles, with a fiftieth rebuilt each year; returns the settings' path and how many versions."""
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump({"data": str(folder / "data"), "ground": 30.0}), encoding="utf-8")
    config, states, random = Config.load(path), city(), np.random.default_rng(3)
    versions = len(states)
    with contextlib.closing(Store.open(config.base)) as store:
        with store.transaction("bench", "first", "first") as transaction:
            codes = transaction.issue(states)
            transaction.put([Version(code, Period(DAY), state) for code, state in zip(codes, states, strict=True)])
        for year in range(1, YEARS + 1):
            rows = np.flatnonzero(random.random(len(states)) < 0.02).tolist()
            when = Period(DAY + 90 * year)
            with store.transaction("bench", "again", f"year {year}") as transaction:
                transaction.put([Version(codes[row], when, replace(states[row], height=60.0)) for row in rows])
            versions += len(rows)
        build_layer(config, store, "buildings")
        build_history(config, store, "buildings")
    return path, versions


def slid(path: Path) -> dict[str, object]:
    """What the browser saw while sliding over the years."""
    days = [day_text(DAY + 90 * year + 1) for year in (1, 5, 2, 4, 3)]
    middle = [WEST + COLUMNS * STEP / 2, SOUTH + ROWS * STEP / 2, HEIGHT]
    with serving(path) as service:
        given = json.dumps({"camera": middle, "days": days, "places": []})
        script = ["node", str(ROOT / "tests/browser/slider.mjs"), service.address, given]
        done = subprocess.run(script, cwd=ROOT, check=True, capture_output=True, text=True, timeout=600)
    found: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def bench(folder: Path) -> Iterator[str]:
    """The figures, a line each."""
    os.environ.setdefault("CHROMIUM", shutil.which("chromium") or "")
    if not (shutil.which("node") and os.environ["CHROMIUM"]):
        yield "slider: left out, Node or Chromium is not here"
        return
    path, versions = make(folder)
    seen = slid(path)
    steps = list(seen["next"].values())  # type: ignore[attr-defined]
    took = statistics.median(step["took"] for step in steps)
    shown = min(step["shown"] for step in steps if step["changed"])  # the first day stands already
    asked = len(seen["asked"])  # type: ignore[arg-type]
    yield (
        f"slider, a step over {COLUMNS * ROWS:,} buildings ({versions:,} versions): {asked} tiles asked for, "
        f"{shown:.1%} of what changes is in the next frame, after {took:.0f} ms"
    )
