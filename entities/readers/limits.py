"""How much one upload may hold."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The most one upload may hold; what holds more is refused before it does harm."""

    file_bytes: int = 4 << 30
    unpacked_bytes: int = 16 << 30
    members: int = 10_000
    ratio: float = 200.0
    features: int = 2_000_000
    vertices_per_feature: int = 1_000_000
    picture_bytes: int = 64 << 20
    picture_pixels: int = 1 << 26
