"""The bytes of a vector tile: Mapbox Vector Tile 2.1, written as protocol buffers from arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from struct import pack
from typing import Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.uint32] | NDArray[np.uint64]
Value = str | float | None

EXTENT: Final = 4096
"""How many units the side of a tile has."""

_VERSION: Final = 2


@dataclass(frozen=True, slots=True)
class Features:
    """The features of one layer of a tile: the id, kind (1 points, 2 lines, 3 areas) and drawing commands of each.

    `commands` are those of all features one after another, `ends` where each feature's end; `properties` has for each
    name one value a feature, None where a feature lacks it.
    """

    ids: Sequence[int]
    kinds: Sequence[int]
    commands: NDArray[np.uint32]
    ends: NDArray[np.int64]
    properties: Mapping[str, Sequence[Value]]


def layer(name: str, features: Features) -> bytes:
    """One layer as it stands in a tile; nothing where it has no features."""
    if not len(features.ids):
        return b""
    values: dict[Value, int] = {}
    tags, tag_ends = _tags(features, values)
    ids = _pieces(np.array(features.ids, np.uint64), np.arange(1, len(features.ids) + 1))
    parts = zip(ids, features.kinds, _pieces(tags, tag_ends), _pieces(features.commands, features.ends), strict=True)
    body = [_text(1, name), *(_field(2, _feature(*part)) for part in parts)]
    body += [_text(3, key) for key in features.properties]
    body += [_field(4, _value(value)) for value in values]
    return _field(3, b"".join([*body, b"\x28", varint(EXTENT), b"\x78", varint(_VERSION)]))


def varint(number: int) -> bytes:
    """A whole number in as many groups of seven bits as it needs, the lowest first."""
    return _SMALL[number] if number < len(_SMALL) else bytes([number & 0x7F | 0x80]) + varint(number >> 7)


def varints(numbers: Numbers) -> tuple[bytes, NDArray[np.int64]]:
    """Many whole numbers one after another as `varint` writes each, and where each begins; the last is the end."""
    sizes = np.ones(len(numbers), np.int64)
    for bits in range(7, 8 * numbers.itemsize, 7):
        sizes += numbers >= 1 << bits
    starts = np.append(0, np.cumsum(sizes))
    found = np.zeros(starts[-1], np.uint8)
    for place in range(int(sizes.max(initial=0))):
        here = np.flatnonzero(sizes > place)
        group = (numbers[here] >> numbers.dtype.type(7 * place)).astype(np.uint8) & 0x7F
        found[starts[here] + place] = group | np.where(sizes[here] > place + 1, 0x80, 0).astype(np.uint8)
    return found.tobytes(), starts


def zigzag(numbers: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Whole numbers of either sign as those without: 0, -1, 1, -2 … become 0, 1, 2, 3 …"""
    folded: NDArray[np.uint32] = ((numbers << 1) ^ (numbers >> 63)).astype(np.uint32)
    return folded


def _pieces(numbers: Numbers, ends: NDArray[np.int64]) -> list[bytes]:
    """Each feature's numbers as bytes."""
    data, starts = varints(numbers)
    places = starts[np.append(0, ends)].tolist()
    return [data[start:end] for start, end in pairwise(places)]


def _tags(features: Features, values: dict[Value, int]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Pairs of the number of a name and the number of a value, for all features; gathers the values."""
    columns = [
        [-1 if value is None else values.setdefault(value, len(values)) for value in column]
        for column in features.properties.values()
    ]
    table = np.array(columns, np.int64).T
    told = table >= 0
    pairs = np.stack([np.broadcast_to(np.arange(len(columns)), table.shape), table], axis=2)
    return pairs[told].ravel().astype(np.uint32), 2 * np.cumsum(told.sum(axis=1))


def _feature(number: bytes, kind: int, tags: bytes, commands: bytes) -> bytes:
    head = b"\x08", number, b"\x12", varint(len(tags)), tags
    return b"".join((*head, b"\x18", varint(kind), b"\x22", varint(len(commands)), commands))


def _value(value: Value) -> bytes:
    if isinstance(value, str):
        return _text(1, value)
    if isinstance(value, int):
        return b"\x28" + varint(value)
    return b"\x19" + pack("<d", value)


def _text(number: int, text: str) -> bytes:
    return _field(number, text.encode())


def _field(number: int, body: bytes) -> bytes:
    """A field that says its own length."""
    return b"".join((_SMALL[number << 3 | 2], varint(len(body)), body))


_SMALL: Final = tuple(bytes([low]) for low in range(128)) + tuple(
    bytes([low | 0x80, high]) for high in range(1, 128) for low in range(128)
)
"""The varints of the numbers up to 16383."""
