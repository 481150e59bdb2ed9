"""The files of a tileset, wherever they lie: a folder, a zip, a `.3tz`; and where an address in one of them leads."""

import posixpath
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

from entities.errors import Invalid
from entities.readers.limits import Limits
from entities.readers.unpacking import check_zip

ENTRY: Final = "tileset.json"

_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_LIMITS: Final = Limits(members=5_000_000, unpacked_bytes=1 << 40)  # a city's tileset is large and of many files


class Files(Protocol):
    """Files by their paths, written with `/`, below one place; `name` is what a person calls the whole."""

    @property
    def name(self) -> str: ...

    def names(self) -> list[str]: ...

    def has(self, name: str) -> bool: ...

    def read(self, name: str) -> bytes: ...


class FolderFiles:
    """The files of a folder; a link that leads out of it leads nowhere."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.name = folder.name

    def names(self) -> list[str]:
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())

    def has(self, name: str) -> bool:
        path = self.folder / name
        return path.is_file() and path.resolve().is_relative_to(self.folder)

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()


class ZipFiles:
    """The files of an archive, read without unpacking it.

    `Invalid` where it is not to be trusted (`pkg.path`, `pkg.bomb`, `pkg.locked`) or cannot be read (`pkg.truncated`,
    `mesh.archive`).
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        check_zip(path, _LIMITS)
        self._zip = zipfile.ZipFile(path)
        members = [one for one in self._zip.infolist() if not one.is_dir()]
        for one in members:
            if one.compress_type not in _METHODS:
                raise Invalid.because("mesh.archive", name=self.name, why=f"{one.filename}: {one.compress_type}")
        self._top = _top(one.filename for one in members)
        self._names = {one.filename.removeprefix(self._top) for one in members if one.filename.startswith(self._top)}

    def names(self) -> list[str]:
        return sorted(self._names)

    def has(self, name: str) -> bool:
        return name in self._names

    def read(self, name: str) -> bytes:
        try:
            return self._zip.read(self._top + name)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise Invalid.because("pkg.truncated", name=self.name, why=f"{name}: {error}") from error


def led_to(document: str, uri: str) -> str:
    """The path of the file that an address in a document means.

    `Invalid` where it leads elsewhere: `mesh.address` to another host or to a root, `mesh.path` out of the whole.
    """
    parts = urlsplit(uri)
    if parts.scheme or parts.netloc or uri.startswith(("/", "\\")):
        raise Invalid.because("mesh.address", name=document, uri=uri[:200])
    path = posixpath.normpath(posixpath.join(posixpath.dirname(document), unquote(parts.path)))
    if path.startswith("..") or "\\" in path:
        raise Invalid.because("mesh.path", name=document, uri=uri[:200])
    return path


def _top(names: Iterable[str]) -> str:
    """The folder of an archive in which its tileset stands: the uppermost that has one."""
    found = sorted((name for name in names if posixpath.basename(name) == ENTRY), key=lambda name: name.count("/"))
    return found[0].removesuffix(ENTRY) if found else ""
