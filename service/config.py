"""Every setting of a service, with its default; `config.yaml` says the same with a line of explanation each."""

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Annotated, Any, Self

from service.config_file import read


@dataclass(frozen=True, slots=True)
class Between:
    """What a number must be: `least` to `most`."""

    least: float
    most: float = math.inf

    def __call__(self, value: float) -> bool:
        return self.least <= value <= self.most

    def __str__(self) -> str:
        return f"{self.least:g} – {self.most:g}" if self.most < math.inf else f"≥ {self.least:g}"


@dataclass(frozen=True, slots=True)
class Written:
    """What a text must look like; `example` is one that does."""

    pattern: str
    example: str

    def __call__(self, value: str) -> bool:
        return re.fullmatch(self.pattern, value) is not None

    def __str__(self) -> str:
        return self.example


Count = Annotated[int, Between(1)]
Port = Annotated[int, Between(0, 65535)]
Longitude = Annotated[float, Between(-180, 180)]
Latitude = Annotated[float, Between(-90, 90)]
Metres = Annotated[float, Between(-12_000, 40_000_000)]
Language = Annotated[str, Written("zh|en", "zh / en")]
Base = Annotated[str, Written(r"(sqlite:///|postgres(ql)?://).+", "sqlite:///{data}/base.sqlite / postgresql://…")]
TileStore = Annotated[str, Written(r"(?!.*://).+|(s3|memory)://[^/]+.*", "{data}/tiles / s3://bucket/tiles")]
DivisionCode = Annotated[str, Written(r"\d{6}", '"370000"')]
Address = Annotated[str, Written(r"https?://.+", "https://…")]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be sent."""

    upload_bytes: Count = 4 << 30
    unpacked_bytes: Count = 16 << 30
    members: Count = 10_000
    ratio: Count = 200
    features: Count = 2_000_000
    vertices_per_feature: Count = 1_000_000
    picture_bytes: Count = 64 << 20
    picture_pixels: Annotated[int, Between(1, 1 << 26)] = 1 << 26


@dataclass(frozen=True, slots=True)
class HeightAnomaly:
    """What is added to 1985 heights to make them ellipsoidal, and where the number comes from."""

    value: Annotated[float, Between(-200, 200)] = 0.0
    grid: Path | None = None
    source: str = "none given: 0 m assumed"


@dataclass(frozen=True, slots=True)
class Tiles:
    """How tiles are made."""

    features: Count = 400
    workers: Annotated[int, Between(0)] = 0
    history: bool = True
    store: TileStore = "{data}/tiles"
    states: Count = 20
    cache_bytes: Count = 20 << 30


@dataclass(frozen=True, slots=True)
class Maps:
    """How map sheets are made."""

    fonts: Path | None = None
    approval_number: str | None = None


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """How webhooks are delivered; times are in seconds."""

    attempts: Count = 10
    first_delay: Annotated[float, Between(0.01, 86_400)] = 5.0
    longest_delay: Annotated[float, Between(0.01, 604_800)] = 28_800.0
    timeout: Annotated[float, Between(0.1, 300)] = 15.0
    batch: Annotated[int, Between(1, 10_000)] = 500
    private: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A point above the ground: degrees and metres."""

    lon: Longitude = 117.02
    lat: Latitude = 36.66
    height: Metres = 60_000.0


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera: where it stands, and where it looks, in degrees."""

    lon: Longitude
    lat: Latitude
    height: Metres
    heading: Annotated[float, Between(-360, 360)] = 0.0
    pitch: Annotated[float, Between(-90, 90)] = -90.0


@dataclass(frozen=True, slots=True)
class Viewer:
    """Where the viewer begins."""

    home: Place = Place()
    start: Camera | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """A service whose base this one follows: its address, and the file of the token of a department there.

    With `files`, the files of its holdings are fetched as well.
    """

    url: Address
    token_file: Path | None = None
    files: bool = True


@dataclass(frozen=True, slots=True)
class Replication:
    """Who may follow this base."""

    open: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one service; `Config.load` reads them from a YAML file."""

    base: Base = "sqlite:///{data}/base.sqlite"
    data: Path = Path("data")
    host: str = "127.0.0.1"
    port: Port = 8000
    threads: Count = 8
    processes: Annotated[int, Between(0)] = 0
    public_url: Address | None = None
    language: Language = "zh"
    province: DivisionCode = "370000"
    classes: Path | None = None
    profiles: Path | None = None
    department_rules: Path | None = None
    matching: Path | None = None
    identity: Path | None = None
    schemes: Path | None = None
    ground: Metres = 0.0
    secret_file: Path = Path("{data}/secret")
    limits: Limits = field(default_factory=Limits)
    height_anomaly: HeightAnomaly = field(default_factory=HeightAnomaly)
    tiles: Tiles = field(default_factory=Tiles)
    maps: Maps = field(default_factory=Maps)
    subscriptions: Subscriptions = field(default_factory=Subscriptions)
    viewer: Viewer = field(default_factory=Viewer)
    replication: Replication = field(default_factory=Replication)
    follow: tuple[Followed, ...] = ()

    @classmethod
    def load(cls, path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Self:
        """Read a YAML file: the one given, or `SHIKONG_CONFIG`, or `config.yaml` here, or nothing but the defaults.

        `overrides` are settings by name that win over the file unless None.
        Relative paths are taken from the file's folder.
        Raises `Invalid` (`config.*`) with the line of what cannot be used.
        """
        chosen = path or _usual_file()
        settings = cls() if chosen is None else read(cls, chosen)
        folder = Path.cwd() if chosen is None else chosen.absolute().parent
        changed = {name: value for name, value in (overrides or {}).items() if value is not None}
        placed: Self = _placed(replace(settings, **changed), folder)
        return placed

    @property
    def uploads(self) -> Path:
        """The folder of what departments sent."""
        return self.data / "uploads"

    @property
    def incoming(self) -> Path:
        """The folder of uploads that are not whole yet."""
        return self.data / "incoming"

    @property
    def sheets(self) -> Path:
        """The folder of the map sheets drawn so far."""
        return self.data / "sheets"


def _usual_file() -> Path | None:
    if named := os.environ.get("SHIKONG_CONFIG"):
        return Path(named)
    return Path("config.yaml") if Path("config.yaml").is_file() else None


def _placed(config: Any, folder: Path) -> Any:
    """Make every path absolute and write the data folder where `{data}` stands."""
    data = folder / config.data
    base = config.base.replace("{data}", str(data))
    maps, anomaly = (_paths(part, folder, data) for part in (config.maps, config.height_anomaly))
    follow = tuple(_paths(one, folder, data) for one in config.follow)
    store = config.tiles.store.replace("{data}", str(data))
    tiles = replace(config.tiles, store=store if "://" in store else str(folder / store))
    placed = replace(config, data=data, base=base, maps=maps, height_anomaly=anomaly, follow=follow, tiles=tiles)
    return _paths(placed, folder, data)


def _paths(settings: Any, folder: Path, data: Path) -> Any:
    found = {part.name: getattr(settings, part.name) for part in fields(settings)}
    paths = {name: folder / str(p).replace("{data}", str(data)) for name, p in found.items() if isinstance(p, Path)}
    return replace(settings, **paths)
