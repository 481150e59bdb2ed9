"""The pictures that a model names, found beside it and nowhere else, and looked at once each."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from entities.errors import Invalid
from entities.painting import WRAPS
from entities.pictures import check_picture, digest_of
from entities.readers.package import Package
from entities.rules import Finding

_ELSEWHERE: Final = re.compile(r"^/|^[A-Za-z][A-Za-z0-9+.-]*:|(^|/)\.\.(/|$)")
"""How a name begins, or what it holds, that leads out of the folder: a root, a drive or an address, a way up."""

_LONGEST: Final = 250  # bytes, which every file system takes

_WRAPPING: Final = {"wrap": "repeat", "mirror": "mirror", "clamp": "clamp", "border": "clamp", "none": "clamp"}


class Album:
    """Finds pictures by the names they have in a model; `found` has the file of each by its SHA-256.

    A model that came without any of its pictures is taken in without them (`picture.none`, a warning); where some are
    there, each that is missing is an error (`picture.missing`).
    """

    def __init__(self, package: Package) -> None:
        self._package = package
        self._folder = package.path.resolve().parent
        self._digests: dict[str, str] = {}
        self._missing: list[Finding] = []
        self._unfit: list[Finding] = []
        self.found: dict[str, Path] = {}

    def take(self, uri: str, feature: str | None) -> str:
        """The SHA-256 of a picture that a feature shows; empty where it cannot be had."""
        if uri not in self._digests:
            self._digests[uri] = self._looked_up(uri, feature)
        return self._digests[uri]

    def findings(self) -> Iterator[Finding]:
        """What is to be said of the pictures once every feature was read."""
        yield from self._unfit
        if self.found or self._unfit:
            yield from self._missing
        elif self._missing:
            yield Finding("picture.none", {"name": self._package.name, "count": len(self._missing)})

    def _looked_up(self, uri: str, feature: str | None) -> str:
        path = self._path(uri)
        if path is None:
            said = {"name": self._package.name, "uri": uri[:_LONGEST], "building": feature or "?"}
            self._missing.append(Finding("picture.missing", said, feature=feature))
            return ""
        limits = self._package.limits
        try:
            check_picture(path, uri, limits.picture_bytes, limits.picture_pixels)
        except Invalid as refusal:
            self._unfit += [Finding(one.rule, one.values, feature=feature) for one in refusal.findings]
            return ""
        digest = digest_of(path)
        self.found[digest] = path
        return digest

    def _path(self, uri: str) -> Path | None:
        """The file below the model's own folder; the ending may be written in capitals, the name as an address is."""
        for name in dict.fromkeys([uri, unquote(uri)]):
            plain = name.strip().replace("\\", "/")
            if _ELSEWHERE.search(plain) or "\0" in plain or not 0 < len(plain.encode("utf-8", "replace")) < _LONGEST:
                continue
            path = self._folder / plain
            for one in (path, path.with_suffix(path.suffix.lower())):
                if one.is_file() and one.resolve().is_relative_to(self._folder):
                    return one
        return None


def wrapping(mode: object) -> str:
    """How a picture goes on beyond its edges, of the words CityGML and CityJSON have for it."""
    return _WRAPPING.get(str(mode), WRAPS[0])
