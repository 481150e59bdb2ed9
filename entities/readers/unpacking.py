"""A zip unpacked without trusting it: no path out of the folder, no link, no bomb."""

import re
import shutil
import stat
import zipfile
import zlib
from pathlib import Path
from typing import IO, Final

from entities.errors import Invalid
from entities.readers.limits import Limits

_HARMLESS: Final = 16 << 20  # what unpacks to less than this is no bomb, whatever its ratio
_BLOCK: Final = 1 << 20
_LOCKED: Final = 1  # the flag of a member that needs a password
_DRIVE: Final = re.compile(r"^[A-Za-z]:")
_LITTER: Final = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


def unpack(path: Path, folder: Path, limits: Limits) -> None:
    """Unpack a zip into an empty folder.

    Raises `Invalid`: `pkg.path` for a member that would be written elsewhere or is a link, `pkg.bomb` for one that
    unpacks to far more than it should, `pkg.locked` for a password, `pkg.truncated` for a damaged one, `pkg.empty` for
    one with nothing inside.
    """
    try:
        with _opened(path) as archive:
            members = [member for member in archive.infolist() if not _is_litter(member.filename)]
            _check(members, path, limits)
            for member in members:
                _unpack_one(archive, member, folder, path.name)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise Invalid.because("pkg.truncated", name=path.name, why=str(error)) from None
    except NotImplementedError as error:  # another compression method
        raise Invalid.because("pkg.format", name=path.name, why=str(error)) from None


def check_zip(path: Path, limits: Limits) -> None:
    """Refuse a zip that is unfit to be unpacked, for one that another library reads. Raises as `unpack` does."""
    try:
        with _opened(path) as archive:
            _check(archive.infolist(), path, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise Invalid.because("pkg.truncated", name=path.name, why=str(error)) from None


def _opened(path: Path) -> zipfile.ZipFile:
    """Open a zip; names not marked as UTF-8 are read as GBK, as Chinese Windows writes them."""
    try:
        return zipfile.ZipFile(path, metadata_encoding="gb18030")
    except UnicodeDecodeError:
        return zipfile.ZipFile(path)


def _is_litter(name: str) -> bool:
    return name.endswith("/") or name.startswith(_LITTER) or name.rsplit("/", 1)[-1] in _LITTER


def _check(members: list[zipfile.ZipInfo], path: Path, limits: Limits) -> None:
    """Refuse what can be seen to be unfit before anything is unpacked."""
    if not members:
        raise Invalid.because("pkg.empty", name=path.name)
    if len(members) > limits.members:
        raise Invalid.because("pkg.bomb", name=path.name, what=f"{len(members)} > {limits.members} files")
    for member in members:
        _check_name(member, path.name)
        if member.flag_bits & _LOCKED:
            raise Invalid.because("pkg.locked", name=path.name, member=member.filename)
    unpacked = sum(member.file_size for member in members)
    if unpacked > limits.unpacked_bytes:
        raise Invalid.because("pkg.bomb", name=path.name, what=f"{unpacked} > {limits.unpacked_bytes} bytes")
    ratio = unpacked / max(1, path.stat().st_size)
    if unpacked > _HARMLESS and ratio > limits.ratio:
        raise Invalid.because("pkg.bomb", name=path.name, what=f"{ratio:.0f} : 1 > {limits.ratio:.0f} : 1")
    seen: set[str] = set()
    for member in members:
        if member.filename.lower() in seen:
            raise Invalid.because("pkg.path", name=path.name, member=f"{member.filename} (x 2)")
        seen.add(member.filename.lower())


def _check_name(member: zipfile.ZipInfo, name: str) -> None:
    """Refuse a member that would be written outside of the folder, or that is no plain file."""
    parts = member.filename.replace("\\", "/").split("/")
    mode = member.external_attr >> 16
    special = stat.S_IFMT(mode) not in (0, stat.S_IFREG)
    if ".." in parts or parts[0] == "" or _DRIVE.match(member.filename) or "\0" in member.filename or special:
        raise Invalid.because("pkg.path", name=name, member=member.filename)


def _unpack_one(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, name: str) -> None:
    relative = Path(member.filename.replace("\\", "/"))
    target = folder / relative.with_name(relative.stem + relative.suffix.lower())
    if not target.resolve().is_relative_to(folder.resolve()):
        raise Invalid.because("pkg.path", name=name, member=member.filename)
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, target.open("xb") as sink:
        _copy(source, sink, member, name)


def _copy(source: IO[bytes], sink: IO[bytes], member: zipfile.ZipInfo, name: str) -> None:
    shutil.copyfileobj(source, sink, _BLOCK)
    if sink.tell() != member.file_size:
        raise Invalid.because("pkg.truncated", name=name, why=member.filename)
