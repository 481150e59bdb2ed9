"""Opens the base that the settings name, with the province's own tables where it has any."""

from entities.classes import ClassTable
from entities.spatial_identity import IdentityProfile
from entities.store import Store
from service.config import Config


def open_store(config: Config) -> Store:
    """Open the base; its class table and identity profile are the settings' or the built-in ones."""
    return Store.open(config.base, ClassTable.load(config.classes), IdentityProfile.load(config.identity))
