"""What passes between a painter and its drawing process: jobs one way, files or a reason the other way."""

import pickle
from dataclasses import dataclass
from typing import IO, Final

from tiling.maps.page import Page

MOST: Final = 2**30
"""No message is larger; a length beyond it means that something else was written into the stream."""


@dataclass(frozen=True, slots=True)
class Job:
    """A page to draw: as png, jpg, svg or pdf, at so many pixels a unit where the format has pixels."""

    page: Page
    kind: str
    pixels: float = 1.0
    most_bytes: int | None = None  # a jpg is packed harder until it is no larger


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job was not drawn."""

    why: str


def send(stream: IO[bytes], message: Job | Failure | bytes) -> None:
    """Write one message: its length in eight bytes, then itself, pickled."""
    packed = pickle.dumps(message)
    stream.write(len(packed).to_bytes(8, "big") + packed)
    stream.flush()


def receive(stream: IO[bytes]) -> Job | Failure | bytes | None:
    """Read one message; None where the stream has ended, be it in the middle of one."""
    head = stream.read(8)
    length = int.from_bytes(head, "big")
    packed = stream.read(length) if len(head) == 8 and length <= MOST else b""
    if not packed or len(packed) < length:
        return None
    message: Job | Failure | bytes = pickle.loads(packed)
    return message
