"""Uploads that go on after a cut: what has arrived is kept, and the sender is told from where to send on (tus 1.0)."""

import json
import secrets
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Final

from entities.errors import BadQuery, Conflict, NotFound, TooLarge
from service.departments import Department

KEPT: Final = 7 * 86_400
"""How long, in seconds, an upload waits to be gone on with."""

_BLOCK: Final = 1 << 20
_ABOUT: Final = "about.json"
_DATA: Final = "data"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in: the department that sends it, its name, and how many bytes it will have."""

    name: str
    department: str
    file: str
    size: int


def begin(folder: Path, department: Department, file: str, size: int, limit: int) -> Upload:
    """Expect a file of `size` bytes. `TooLarge` (`request.large`), `BadQuery` (`upload.length`) for none at all."""
    if size > limit:
        raise TooLarge.because("request.large", limit=limit)
    if size < 1:
        raise BadQuery.because("upload.length", length=size)
    _forget_old(folder)
    upload = Upload(secrets.token_hex(16), department.name, file, size)
    place = folder / upload.name
    place.mkdir(parents=True)
    (place / _DATA).touch()
    (place / _ABOUT).write_text(json.dumps(asdict(upload)), encoding="utf-8")
    return upload


def get(folder: Path, name: str, department: Department) -> Upload:
    """An upload of a department by its name. `NotFound` (`upload.unknown`) where it has none of that name."""
    about = folder / name / _ABOUT
    if not name.isalnum() or not about.is_file():
        raise NotFound.because("upload.unknown", upload=name)
    upload = Upload(**json.loads(about.read_text(encoding="utf-8")))
    if upload.department != department.name:
        raise NotFound.because("upload.unknown", upload=name)
    return upload


def arrived(folder: Path, upload: Upload) -> int:
    """How many bytes are here."""
    return (folder / upload.name / _DATA).stat().st_size


def append(folder: Path, upload: Upload, offset: int, stream: IO[bytes]) -> int:
    """Take in the bytes from `offset` on and return how many are here now.

    `Conflict` (`upload.offset`) where another offset is due, `TooLarge` (`request.large`) for more than was said.
    """
    here = arrived(folder, upload)
    if offset != here:
        raise Conflict.because("upload.offset", offset=offset, due=here)
    with (folder / upload.name / _DATA).open("ab") as file:
        while block := stream.read(_BLOCK):
            if here + len(block) > upload.size:
                raise TooLarge.because("request.large", limit=upload.size)
            here += file.write(block)
    return here


def move(folder: Path, upload: Upload, path: Path) -> None:
    """Give a file that is all here its place. `Conflict` (`upload.open`) where some of it is missing."""
    here = arrived(folder, upload)
    if here != upload.size:
        raise Conflict.because("upload.open", name=upload.file, here=here, size=upload.size)
    (folder / upload.name / _DATA).replace(path)
    forget(folder, upload)


def forget(folder: Path, upload: Upload) -> None:
    """Throw an upload away."""
    shutil.rmtree(folder / upload.name)


def _forget_old(folder: Path) -> None:
    limit = time.time() - KEPT
    for place in folder.glob("*"):
        if (place / _DATA).is_file() and (place / _DATA).stat().st_mtime < limit:
            shutil.rmtree(place)
