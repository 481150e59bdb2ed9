"""Opens the base that the settings name, with the province's own tables where it has any."""

import errno
import os
from functools import lru_cache
from pathlib import Path

from entities.classes import ClassTable
from entities.errors import Conflict
from entities.registers.table import Schemes
from entities.spatial_identity import IdentityProfile
from entities.store import Store
from entities.store.relayering import relayer
from service.config import Config


def open_store(config: Config) -> Store:
    """Open the base; its class table, identity profile and code schemes are the settings' or the built-in ones.

    What it holds moves to the layers of that class table, where another program or table wrote it to others.
    """
    check_data(config)
    classes = class_table(config.classes)
    store = Store.open(config.base, classes, _identity(config.identity), Schemes.load(config.schemes))
    relayer(store.database, classes)
    return store


def check_data(config: Config) -> None:
    """Make the data folder where it is missing. `Conflict` (`server.data`) where it cannot be made or written."""
    try:
        config.data.mkdir(parents=True, exist_ok=True)
        if not os.access(config.data, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise Conflict.because("server.data", data=config.data, why=error.strerror) from error


@lru_cache(maxsize=4)
def class_table(path: Path | None) -> ClassTable:
    """The class table at a path, or the built-in one; read once."""
    return ClassTable.load(path)


@lru_cache(maxsize=4)
def _identity(path: Path | None) -> IdentityProfile:
    return IdentityProfile.load(path)
