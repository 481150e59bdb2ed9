"""What a survey told of an entity, whatever it called it; the data file of a layer lists the names of each fact."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Self

import yaml

from entities.measures import measures


@cache
def data_of(layer: str) -> Mapping[str, Any]:
    """The data file of a layer: its kinds, the names of facts, and what is assumed where nobody says."""
    page: Mapping[str, Any] = yaml.safe_load(
        (files("tiling.layers.data") / f"{layer}.yaml").read_text(encoding="utf-8")
    )
    return page


@dataclass(frozen=True, slots=True)
class Told:
    """The facts that a layer's data file lists names of, read from attributes; capitals in names do not matter."""

    layer: str
    said: Mapping[str, Any]

    @classmethod
    def of(cls, layer: str, attributes: Mapping[str, Any]) -> Self:
        """Read attributes; an empty one tells nothing."""
        return cls(layer, {str(name).lower(): one for name, one in attributes.items() if one not in (None, "")})

    def __getitem__(self, fact: str) -> Any:
        """What is told of a fact under the first of its names that is used; None where nothing is."""
        return next(iter(self.all(fact)), None)

    def measure(self, fact: str) -> float | None:
        """What is told of a size or depth, in metres; None where nothing is that can be understood."""
        told = measures()[self.layer][fact]
        value = next((self.said[name.lower()] for name in told.names if name.lower() in self.said), None)
        try:
            return told.read(value)
        except ValueError:
            return None

    def all(self, fact: str) -> list[Any]:
        """Everything that is told of a fact, in the order of its names."""
        return [self.said[name.lower()] for name in data_of(self.layer)[fact] if name.lower() in self.said]
