"""The layers of a base, and what they are called."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import yaml

from entities.store import Store
from entities.text import Text
from service.problems import said


def layers_of(store: Store) -> list[str]:
    """Every layer that ever held something, by name."""
    return store.layers()


def layer_titles(layer: str) -> dict[str, str]:
    """What a layer is called in both languages."""
    return said(_titles().get(layer, Text(layer, layer)))


@cache
def _titles() -> Mapping[str, Text]:
    page = yaml.safe_load((files("service") / "layers.yaml").read_text(encoding="utf-8"))
    return MappingProxyType({layer: Text(**title) for layer, title in page.items()})
