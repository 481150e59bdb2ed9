"""Points of files, part by part: LAS as it lies there, and LAZ by processes that decode it.

The decoder keeps Python's lock while it works, so that threads of one process would wait for one another, and for all
else that is Python's. Processes do not, and have points ready once the compiled loops are loaded.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BufferedReader
from itertools import cycle, groupby
from typing import IO, Final, cast

import numpy as np

from entities.errors import Invalid
from tiling.points.decoder import Asked
from tiling.points.source import Bytes, Cloud

_PIPE: Final = 1 << 20  # bytes that wait between two processes: as many as Linux lets anybody ask for


@dataclass(frozen=True, slots=True)
class Part:
    """Points of a file that follow one another: the first, and how many."""

    cloud: Cloud
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Reading:
    """All points of some files, in parts of no more than `size`; LAZ by so many decoders."""

    clouds: Sequence[Cloud]
    size: int
    decoders: int

    @property
    def parts(self) -> list[Part]:
        return [
            Part(cloud, first, min(self.size, cloud.count - first))
            for cloud in self.clouds
            for first in range(0, cloud.count, self.size)
        ]

    @contextmanager
    def begun(self) -> Iterator[Iterator[tuple[Part, Bytes]]]:
        """Every part with its points (n x bytes of a point), in order; decoders begin at once, and end with the block.

        `Invalid` (`points.damaged`, `points.truncated`) where points cannot be decoded or are not there.
        """
        packed = [part for part in self.parts if part.cloud.packed]
        count = min(self.decoders, len(packed))
        with ExitStack() as ending:
            decoders = [Decoder(packed[number::count]) for number in range(count)]
            for decoder in decoders:
                ending.callback(decoder.end)
            yield self._read(cycle(decoders))

    def _read(self, decoders: Iterator["Decoder"]) -> Iterator[tuple[Part, Bytes]]:
        for part in self.parts:
            yield part, next(decoders).read(part) if part.cloud.packed else _lying(part)


class Decoder:
    """A process that decodes some parts of LAZ, and has the next one ready before it is asked for."""

    def __init__(self, parts: Sequence[Part]) -> None:
        known, pipe = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, subprocess.PIPE
        command = [sys.executable, "-m", "tiling.points.decoder"]
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=known, pipesize=_PIPE)
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        asking, self._points, self._errors = cast(tuple[IO[bytes], BufferedReader, IO[bytes]], pipes)
        with asking:
            asking.write(json.dumps(list(_asked(parts))).encode())

    def read(self, part: Part) -> Bytes:
        """The points of the next part."""
        found = np.empty((part.count, part.cloud.size), np.uint8)
        if self._points.readinto(found.data) < found.nbytes:
            raise Invalid.because("points.damaged", name=part.cloud.path.name, first=part.first, why=self._why())
        return found

    def _why(self) -> str:
        """What the process says as it ends; `ChildProcessError` where it was ended."""
        lines = self._errors.read().decode(errors="replace").splitlines()
        code = self._process.wait()
        if not lines:
            raise ChildProcessError(f"a decoder ended with {code}")
        return lines[-1][:80]

    def end(self) -> None:
        """End the process, whatever it has left to do."""
        self._process.kill()
        self._process.wait()
        self._points.close()
        self._errors.close()


def _asked(parts: Iterable[Part]) -> Iterator[Asked]:
    """What a decoder is told: of each file once, and which of its points are wanted."""
    for _, some in groupby(parts, lambda part: part.cloud.path):
        first, *others = some
        yield first.cloud.asked([(part.first, part.count) for part in (first, *others)])


def _lying(part: Part) -> Bytes:
    """The points of a part that nothing is to be done to."""
    cloud, start = part.cloud, part.cloud.start + part.first * part.cloud.size
    found = np.fromfile(cloud.path, np.uint8, part.count * cloud.size, offset=start)
    if found.size < part.count * cloud.size:
        there = part.first + found.size // cloud.size
        raise Invalid.because("points.truncated", name=cloud.path.name, there=there, told=cloud.count)
    return found.reshape(-1, cloud.size)
