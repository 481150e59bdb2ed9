"""Pictures that surfaces show: JPEG and PNG files, each kept once under the SHA-256 of its bytes, whoever names it."""

import os
import secrets
import shutil
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Final

from PIL import Image, UnidentifiedImageError

from entities.errors import Invalid

KINDS: Final = {"JPEG": "image/jpeg", "PNG": "image/png"}
"""The kinds of pictures that are kept, by what Pillow calls them, and their media types."""

_GLANCE: Final = 64  # pixels: JPEG is decoded to an eighth of its size for a look at whether it is whole
_DIGITS: Final = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Pictures:
    """A folder of pictures; any thread and process may read and keep at once."""

    folder: Path

    def path(self, digest: str) -> Path:
        """Where a picture lies, if it is here."""
        return self.folder / digest[:2] / digest

    def has(self, digest: str) -> bool:
        """Tell whether a picture is here."""
        return is_digest(digest) and self.path(digest).is_file()

    def read(self, digest: str) -> bytes | None:
        """The bytes of a picture, None where it is not here."""
        try:
            return self.path(digest).read_bytes() if is_digest(digest) else None
        except FileNotFoundError:
            return None

    def open(self, digest: str) -> Image.Image | None:
        """A picture, not decoded yet; None where it is not here."""
        return Image.open(self.path(digest), formats=tuple(KINDS)) if self.has(digest) else None

    def keep(self, digest: str, source: Path) -> None:
        """Keep a copy of a file: whole and safe on disk, or not at all."""
        target = self.path(digest)
        if target.is_file():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        waiting = target.with_name(f".{digest}.{secrets.token_hex(4)}")
        try:
            with source.open("rb") as given, waiting.open("xb") as file:
                shutil.copyfileobj(given, file, 1 << 20)
                file.flush()
                os.fsync(file.fileno())
            waiting.replace(target)
        finally:
            waiting.unlink(missing_ok=True)

    def faults(self) -> Iterator[tuple[str, str]]:
        """The pictures that are other than they were, each with its digest and what is wrong."""
        for path in sorted(self.folder.glob("??/*")):
            if is_digest(path.name) and digest_of(path) != path.name:
                yield path.name, "changed"


def is_digest(text: str) -> bool:
    """Tell whether a text is a SHA-256 as this service writes it."""
    return len(text) == 64 and _DIGITS.issuperset(text)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return file_digest(file, sha256).hexdigest()


def check_picture(path: Path, name: str, most_bytes: int, most_pixels: int) -> None:
    """Refuse a file that is no picture to be kept, by its content and before it can do harm.

    `Invalid`: `picture.format` for neither JPEG nor PNG, `picture.size` for too many bytes or pixels, `picture.damaged`
    for one that is cut off.
    """
    size = path.stat().st_size
    if size > most_bytes:
        raise Invalid.because("picture.size", uri=name, what=f"{size:,} > {most_bytes:,} bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path, formats=tuple(KINDS))
    except (UnidentifiedImageError, Image.DecompressionBombError):
        raise Invalid.because("picture.format", uri=name) from None
    with image:
        pixels = image.width * image.height
        if pixels > most_pixels:
            raise Invalid.because("picture.size", uri=name, what=f"{image.width} x {image.height} > {most_pixels:,}")
        _check_whole(image, name)


def _check_whole(image: Image.Image, name: str) -> None:
    try:
        image.draft("RGB", (_GLANCE, _GLANCE))
        image.load()
    except (OSError, SyntaxError, ValueError) as error:  # what Pillow says of a picture that is cut off or broken
        raise Invalid.because("picture.damaged", uri=name, why=str(error)[:100]) from None


def media_of(data: bytes) -> str:
    """The media type of a picture that is kept."""
    return KINDS["PNG" if data.startswith(b"\x89PNG") else "JPEG"]
