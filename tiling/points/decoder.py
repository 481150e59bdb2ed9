"""LAZ decoded in a process of its own: told on its standard input which points of which files, it writes their bytes.

It loads little but the decoder (lazrs), so that it begins at once. Where points cannot be decoded it ends with an error
as Python prints it, whose last line says why.
"""

import json
import sys
from pathlib import Path
from typing import BinaryIO, NamedTuple

import lazrs


class Asked(NamedTuple):
    """What is wanted of a file: from which byte on it holds points, how they are packed (the LASzip record, as hex),
    which of their fields, how many bytes a point is, and of each part the first point and how many."""

    path: str
    start: int
    packed: str
    fields: int
    size: int
    parts: list[tuple[int, int]]


def decode(asked: Asked, output: BinaryIO) -> None:
    """Write the bytes of all parts, in order."""
    fields = lazrs.DecompressionSelection(asked.fields)
    with Path(asked.path).open("rb") as file:
        file.seek(asked.start)
        decoder = lazrs.LasZipDecompressor(file, bytes.fromhex(asked.packed), fields)
        room = memoryview(bytearray(max(count for _, count in asked.parts) * asked.size))
        for first, count in asked.parts:
            points = room[: count * asked.size]
            decoder.seek(first)
            decoder.decompress_many(points)
            output.write(points)


if __name__ == "__main__":
    for one in json.load(sys.stdin):
        decode(Asked(*one), sys.stdout.buffer)
