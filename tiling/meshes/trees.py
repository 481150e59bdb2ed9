"""An existing tileset adopted: walked whole, held to what it promises, and copied with its old contents upgraded.

Every file that is named must be there, below the tileset's own folder, and no tileset may lead back to itself. What
nothing names is left behind.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from entities.errors import Invalid
from entities.rules import Finding
from tiling.geometry.volumes import corners, matrix_of
from tiling.holdings import Progress
from tiling.meshes.documents import FARTHEST, Json, Model
from tiling.meshes.files import Files, led_to
from tiling.meshes.fitting import check_extensions, fitted
from tiling.meshes.refusing import refused_as
from tiling.meshes.upgrading import inner, settled, upgraded

_OLD: Final = (b"b3dm", b"i3dm", b"pnts", b"cmpt")
_IMPLICIT: Final = "3DTILES_implicit_tiling"
_MULTIPLE: Final = "3DTILES_multiple_contents"


@dataclass
class Walk:
    """One walk through a tileset: what was copied where, and what was met."""

    files: Files
    folder: Path
    tell: Progress
    names: dict[str, str] = field(default_factory=dict)  # of each file that was copied: what it is called now
    findings: list[Finding] = field(default_factory=list)
    more: dict[str, list[str]] = field(default_factory=dict)  # of each composite: what else it is now
    up: str = "Y"

    @property
    def contents(self) -> int:
        """How many contents there are."""
        return sum(not name.endswith(".json") for name in self.names.values())

    def tileset(self, name: str, around: tuple[str, ...] = ()) -> str:
        """Copy a tileset and all it leads to, and return what it is called now."""
        if name in around:
            raise Invalid.because("mesh.loop", name=around[-1], uri=name)
        if name in self.names:
            return self.names[name]
        data = self._read(name, around[-1] if around else name)
        with refused_as("mesh.tileset", name):
            return self._taken(_tileset(data), name, around)

    def _taken(self, document: Json, name: str, around: tuple[str, ...]) -> str:
        """Copy a tileset that was read, and what it leads to."""
        up, self.up = self.up, str(document["asset"].pop("gltfUpAxis", self.up)).upper()
        self.names[name] = name
        for tile in tiles(document["root"]):
            self._tile(tile, name, (*around, name))
        if "schemaUri" in document:
            document["schemaUri"] = self._copied(document["schemaUri"], name)
        document["asset"]["version"] = "1.1"
        self.up = up
        self._write(name, text_of(document))
        return name

    def _tile(self, tile: Json, name: str, around: tuple[str, ...]) -> None:
        """Copy what one tile shows, and let it name that as it is called now."""
        implicit = tile.get("implicitTiling") or tile.get("extensions", {}).get(_IMPLICIT)
        if implicit:
            self._templated(implicit["subtrees"], name)
        more: list[Json] = []
        for content in _contents(tile):
            if "url" in content and "uri" not in content:
                content["uri"] = content.pop("url")
            if not isinstance(content.get("uri"), str):
                raise Invalid.because("mesh.tileset", name=name, why="content.uri")
            if implicit:
                self._templated(content, name)
            else:
                path = led_to(name, content["uri"])
                content["uri"] = self._shown(content["uri"], name, around)
                more += [{**content, "uri": relative(one, name)} for one in self.more.get(path, ())]
        if more:
            tile["contents"] = [*_contents(tile), *more]
            tile.pop("content", None)

    def _shown(self, uri: str, name: str, around: tuple[str, ...]) -> str:
        """What a content is called now, seen from the tileset that names it."""
        path = led_to(name, uri)
        if path in around:
            raise Invalid.because("mesh.loop", name=name, uri=uri)
        if path not in self.names:
            data = self._read(path, name)
            if _is_tileset(data):
                self.tileset(path, around)
            else:
                self._content(path, data)
        return relative(self.names[path], name)

    def _content(self, path: str, data: bytes) -> None:
        """Copy one content, upgraded where it is of an old kind."""
        self.names[path] = path
        if data[:4] in _OLD:
            self._old(path, data)
        elif data[:4] == b"glTF":
            self._named(path, self._model(path, data), ".glb")
        elif data.lstrip()[:1] == b"{":
            self._named(path, self._document(path, data), ".gltf")
        else:
            raise Invalid.because("mesh.content", name=path)
        self.tell("prepare", self.contents, 0)

    def _old(self, path: str, data: bytes) -> None:
        """Write the GLBs that an old content becomes, or the content with what it names where it cannot be one."""
        fetched: list[str] = []

        def fetch(uri: str) -> bytes:
            fetched.append(uri)
            return self._read(led_to(path, uri), path)

        newer = [one for part in inner(data, path) if (one := upgraded(part, path, self.up, fetch)) is not None]
        if newer and len(newer) == len(inner(data, path)):
            self._named(path, newer[0], ".glb")
            self.more[path] = [f"{path}.{number}.glb" for number in range(1, len(newer))]
            for name, part in zip(self.more[path], newer[1:], strict=True):
                self._write(name, part)
            return
        kind = data[:4].decode()
        self.findings.append(Finding("mesh.old", {"name": path, "kind": kind}))
        self._named(path, data, f".{kind}")
        for uri in fetched:
            self._copied(uri, path)

    def _model(self, path: str, data: bytes) -> bytes:
        """A GLB, as it is unless its axes or its references have to change."""
        model = Model.read(data, path)
        with refused_as("mesh.glb", path):
            changed = [one for one in model.references() if self._moved(one, path)]
            rtc = "CESIUM_RTC" in model.document.get("extensions", {})
            wrong = fitted(model, path)
            return settled(model, self.up, [0.0, 0.0, 0.0]) if changed or rtc or wrong or self.up != "Y" else data

    def _document(self, path: str, data: bytes) -> bytes:
        """A glTF that is no GLB: its buffers and images are files of their own."""
        with refused_as("mesh.glb", path):
            document = json.loads(data)
        if not isinstance(document, dict) or not str(document.get("asset", {}).get("version", "")).startswith("2"):
            raise Invalid.because("mesh.content", name=path)
        check_extensions(document, path)
        model = Model(document, b"")
        for one in model.references():
            self._moved(one, path)
        model.turned(self.up)
        return text_of(document)

    def _moved(self, reference: Json, path: str) -> bool:
        """Copy the file that a glTF refers to; tell whether it is called otherwise now."""
        before = reference["uri"]
        reference["uri"] = self._copied(before, path)
        return bool(reference["uri"] != before)

    def _copied(self, uri: str, name: str) -> str:
        """Copy a file as it is, and return what it is called now, seen from the file that names it."""
        path = led_to(name, uri)
        if path not in self.names:
            data = self._read(path, name)
            self.names[path] = path
            self._write(path, data)
        return relative(self.names[path], name)

    def _templated(self, content: Json, name: str) -> None:
        """Copy every file that a template of implicit tiling may mean; they stay what they are."""
        template = led_to(name, content["uri"])
        pattern = re.compile(re.sub(r"\\\{(level|x|y|z)\\\}", r"[0-9]+", re.escape(template)))
        found = [one for one in self.files.names() if pattern.fullmatch(one)]
        if not found:
            raise Invalid.because("mesh.missing", name=name, uri=content["uri"])
        for path in found:
            self._write(path, self._read(path, name))
            self.names[path] = path

    def _named(self, path: str, data: bytes, suffix: str) -> None:
        """Write a content under a name that says what it is."""
        self.names[path] = path if path.lower().endswith(suffix) else path + suffix
        self._write(self.names[path], data)

    def _read(self, path: str, name: str) -> bytes:
        if not self.files.has(path):
            raise Invalid.because("mesh.missing", name=name, uri=path)
        return self.files.read(path)

    def _write(self, path: str, data: bytes) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def tiles(root: Json) -> Iterator[Json]:
    """A tile and all those below it in the same file."""
    waiting = [root]
    while waiting:
        tile = waiting.pop()
        yield tile
        waiting += tile.get("children", ())


def text_of(document: Json) -> bytes:
    """A document as JSON, in one way only."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode() + b"\n"


def relative(path: str, name: str) -> str:
    """The path of a file as one in another folder names it."""
    here, there = name.split("/")[:-1], path.split("/")
    while here and len(there) > 1 and here[0] == there[0]:
        here, there = here[1:], there[1:]
    return "/".join([*[".."] * len(here), *there])


def _contents(tile: Json) -> Iterator[Json]:
    if "content" in tile:
        yield tile["content"]
    yield from tile.get("contents", ())
    yield from tile.get("extensions", {}).get(_MULTIPLE, {}).get("contents", ())


def _is_tileset(data: bytes) -> bool:
    """Tell a tileset from a glTF by what it has and the other has not."""
    if data.lstrip()[:1] != b"{":
        return False
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and "root" in document


def _tileset(data: bytes) -> Json:
    """A tileset's document, every volume and error of it looked at."""
    document: Json = json.loads(data)
    for tile in tiles(document["root"]):
        corners(tile["boundingVolume"], matrix_of(tile))
        if not 0 <= float(tile["geometricError"]) < FARTHEST:
            raise ValueError("geometricError")
    if float(document["geometricError"]) < 0:
        raise ValueError("geometricError")
    return document
