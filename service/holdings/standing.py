"""Which holdings stand at a moment: the newest and finest first, those whose files are here apart from the others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

from shapely.geometry.base import BaseGeometry

from entities.model import Moment, Scalar, Version
from entities.store import Store
from service.config import Config
from service.holdings.shelf import Shelf

HASH: Final = "holding"
"""The attribute of a holding's state that names its folder."""

MANIFEST_HASH: Final = "manifest"
"""The attribute that vouches for what lies in the folder."""

_UNKNOWN: Final = 1e9  # metres: a resolution that nobody told is coarser than any


@dataclass(frozen=True, slots=True)
class Holding:
    """One holding as it stands: its code, what the base says of it, and the folder of its prepared files."""

    code: str
    version: Version
    kind: str
    hash: str
    folder: Path

    @property
    def footprint(self) -> BaseGeometry:
        """Where it lies, in lon, lat on CGCS2000."""
        return self.version.state.geometry

    @property
    def attributes(self) -> Mapping[str, Scalar]:
        return self.version.state.attributes

    @property
    def heights(self) -> tuple[float, float]:
        """The least and the greatest height in the 1985 datum."""
        low = self.version.state.base or 0.0
        return low, low + (self.version.state.height or 0.0)

    @property
    def resolution(self) -> float | None:
        """How fine it is, in metres; None where nobody told."""
        said = self.attributes.get("resolution")
        return float(said) if isinstance(said, int | float) else None


def standing(config: Config, store: Store, kind: str, moment: Moment) -> list[Holding]:
    """The holdings that stand at a moment and whose files are here: the newest first, then the finest, then by code."""
    shelf = Shelf.of(config)
    return [one for one in known(config, store, kind, moment) if shelf.has(kind, one.hash)]


def elsewhere(config: Config, store: Store, kind: str, moment: Moment) -> list[Holding]:
    """The holdings that stand at a moment but whose files are not here: a follower has the record only."""
    shelf = Shelf.of(config)
    return [one for one in known(config, store, kind, moment) if not shelf.has(kind, one.hash)]


def known(config: Config, store: Store, kind: str, moment: Moment) -> list[Holding]:
    """Every holding of a kind that stands at a moment, wherever its files are."""
    shelf = Shelf.of(config)
    versions = store.view(moment).versions(kind)
    found = [holding_of(shelf, kind, version) for version in versions if HASH in version.state.attributes]
    return sorted(found, key=_order)


def holding_of(shelf: Shelf, kind: str, version: Version) -> Holding:
    """A version as the holding it is."""
    digest = str(version.state.attributes[HASH])
    return Holding(version.code, version, kind, digest, shelf.folder(kind, digest))


def state_of(holdings: Iterable[Holding]) -> str:
    """What names a state: 24 hexadecimal digits over the holdings in their order, and their periods."""
    found = blake2b(digest_size=12)
    for one in holdings:
        found.update(f"{one.code} {one.hash} {one.version.period.start}\0".encode())
    return found.hexdigest()


def _order(one: Holding) -> tuple[int, float, str]:
    return -one.version.period.start, _UNKNOWN if one.resolution is None else one.resolution, one.code
