"""Makes the demo base: every upload taken in the way a department's would be, then tiles and map sheets."""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from entities.intake import IntakeOptions, load
from entities.model import parse_day
from entities.profiles import shipped
from entities.report import Progress, Report
from entities.store import Store
from service.config import Camera, Config, HeightAnomaly, Place, Viewer
from service.demo.products import products
from service.demo.surveys import Upload, uploads
from service.demo.town import GROUND, SEED
from service.holdings.adopting import adopt
from service.maps import sheets
from service.pictures import pictures_of
from service.tiles import making

Told = Callable[[Upload, Report], None]

_ANOMALY: Final = HeightAnomaly(value=-9.0, source="demo: one round figure for the plain around Jinan, not a model")
_HOME: Final = Place(118.6, 36.35, 900_000.0)
_START: Final = Camera(117.1195, 36.6565, 480.0, 15.0, -42.0)


def demo_config(config: Config, folder: Path) -> Config:
    """The settings of the demo: its own folder, level ground, and a camera that flies to the district."""
    return replace(
        config,
        base=f"sqlite:///{folder}/base.sqlite",
        data=folder,
        tiles=replace(config.tiles, store=str(folder / "tiles")),
        secret_file=folder / "secret",
        ground=GROUND,
        height_anomaly=_ANOMALY,
        viewer=Viewer(_HOME, _START),
    )


def is_made(config: Config) -> bool:
    """Tell whether the demo base is there, whole."""
    return _mark(config).exists()


def make_base(config: Config, told: Told, progress: Progress) -> None:
    """Make the demo base from nothing; what a broken run left behind is cleared away first."""
    sources = config.data / "sources"
    sources.mkdir(parents=True, exist_ok=True)
    for left in config.data.glob("base.sqlite*"):
        left.unlink()
    counts = {}
    with closing(Store.open(config.base, random=np.random.default_rng(SEED))) as store:
        for upload in uploads(sources):
            report = load(store, upload.path, _options(config, upload), progress)
            told(upload, report)
            counts[upload.path.name] = dict(report.outcomes)
        for product in products(sources):
            adopt(config, store, product, progress)
    making.terrain(config, progress)
    making.tiles(config, progress)
    sheets.draw(config, progress)
    _mark(config).write_text(json.dumps(counts, indent=1), encoding="utf-8")


def _options(config: Config, upload: Upload) -> IntakeOptions:
    return IntakeOptions(
        actor=upload.actor,
        reason=upload.reason,
        survey_day=parse_day(upload.day),
        source=f"{upload.actor} {upload.path.name}",
        profile=shipped()[upload.profile],
        complete_in=upload.complete_in,
        territory=upload.territory,
        crs=upload.crs,
        pictures=pictures_of(config),
    )


def _mark(config: Config) -> Path:
    return config.data / "made.json"
