"""Opens the base that the settings name, with the province's own tables where it has any."""

from functools import lru_cache
from pathlib import Path

from entities.classes import ClassTable
from entities.spatial_identity import IdentityProfile
from entities.store import Store
from service.config import Config


def open_store(config: Config) -> Store:
    """Open the base; its class table and identity profile are the settings' or the built-in ones."""
    return Store.open(config.base, _classes(config.classes), _identity(config.identity))


@lru_cache(maxsize=4)
def _classes(path: Path | None) -> ClassTable:
    return ClassTable.load(path)


@lru_cache(maxsize=4)
def _identity(path: Path | None) -> IdentityProfile:
    return IdentityProfile.load(path)
