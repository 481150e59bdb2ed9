"""The whole set of sheets in a folder: only stale ones are drawn, files appear whole, an index says what is there."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from entities.model import day_text
from tiling.maps.divisions import Divisions, DivisionView
from tiling.maps.draw import FORMATS, SheetPainter
from tiling.maps.settings import MapSettings
from tiling.maps.sheet import Sheet, plan
from tiling.maps.style import page_of

INDEX: Final = "index.json"

Entry = dict[str, Any]
Progress = Callable[[int, int, Sheet], None]
"""Called after each sheet with how many are done, how many there are, and the sheet."""


@dataclass(frozen=True)
class Outcome:
    """What a run did: the codes of the divisions whose sheets were drawn, and of those that were current."""

    drawn: tuple[str, ...]
    kept: tuple[str, ...]


@dataclass(frozen=True)
class Atlas:
    """The sheets of a folder, as its index lists them."""

    folder: Path
    formats: Sequence[str] = ("pdf", "jpg", "preview")
    languages: Sequence[str] = ("zh",)

    def entries(self) -> dict[str, Entry]:
        """What the index lists, by division and theme; nothing where there is no index yet."""
        path = self.folder / INDEX
        listed = json.loads(path.read_text(encoding="utf-8"))["sheets"] if path.is_file() else []
        return {_key(entry["code"], entry["theme"]): entry for entry in listed}

    def current(self, entry: Entry | None, sheet: Sheet) -> bool:
        """Tell whether an entry is of this very sheet and all its files in the formats asked for are there."""
        if entry is None or entry["name"] != sheet.name:
            return False
        files = {(file["format"], file["language"]): file for file in entry["files"]}
        wanted = [files.get((form, language)) for form in self.formats for language in self.languages]
        return all(file is not None and self._there(file) for file in wanted)

    def _there(self, file: Mapping[str, Any]) -> bool:
        path = self.folder / str(file["path"])
        return path.is_file() and path.stat().st_size == file["bytes"]

    def draw(self, sheet: Sheet, painter: SheetPainter) -> Entry:
        """Draw a sheet in every format and language into the folder, and describe it."""
        files = [
            self._publish(sheet, form, language, painter.draw(sheet, form, language))
            for language in self.languages
            for form in self.formats
        ]
        return {**describe(sheet), "files": files}

    def _publish(self, sheet: Sheet, form: str, language: str, data: bytes) -> Entry:
        path = self.folder / file_name(sheet, form, language)
        write_whole(path, data)
        digest = sha256(data).hexdigest()
        return {"format": form, "language": language, "path": path.name, "bytes": len(data), "sha256": digest}

    def list_all(self, entries: Sequence[Entry]) -> None:
        """Publish the index, then take away the files of sheets that look different now."""
        page = json.dumps({"sheets": list(entries)}, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
        write_whole(self.folder / INDEX, page.encode())
        current = tuple(f"{entry['code']}-{entry['theme']}-{entry['size']}-{entry['name']}-" for entry in entries)
        for path in sorted(self.folder.glob("[0-9]*-*-*-*")):
            if path.is_file() and not path.name.startswith(current):
                path.unlink()


def draw_all(view: DivisionView, atlas: Atlas, settings: MapSettings, progress: Progress | None = None) -> Outcome:
    """Bring an atlas to the state of a view: draw the sheets whose name changed, keep the others, write the index.

    Raises `Conflict` (`map.font`, `map.failed`); the index then still lists the sheets as they were.
    """
    atlas.folder.mkdir(parents=True, exist_ok=True)
    known = atlas.entries()
    entries: list[Entry] = []
    drawn: list[str] = []
    kept: list[str] = []
    sheets = list(_sheets(view, settings))
    with SheetPainter(settings.fonts) as painter:
        for number, sheet in enumerate(sheets, 1):
            entry = known.get(_key(sheet.division.code, sheet.theme))
            fresh = entry is not None and atlas.current(entry, sheet)
            entries.append(entry if entry is not None and fresh else atlas.draw(sheet, painter))
            (kept if fresh else drawn).append(sheet.division.code)
            if progress:
                progress(number, len(sheets), sheet)
    atlas.list_all(entries)
    return Outcome(tuple(drawn), tuple(kept))


def _sheets(view: DivisionView, settings: MapSettings) -> Iterator[Sheet]:
    divisions = Divisions.read(view)
    for code in divisions.by_code:
        for theme in page_of("themes"):
            yield plan(view, divisions, code, theme, settings)


def describe(sheet: Sheet) -> Entry:
    """What an index and a catalogue say of a sheet besides its files."""
    return {
        "code": sheet.division.code,
        "title": {"zh": sheet.title.zh, "en": sheet.title.en},
        "level": sheet.division.level,
        "parent": sheet.division.parent,
        "theme": sheet.theme,
        "size": sheet.size,
        "scale": sheet.scale,
        "name": sheet.name,
        "data_version": sheet.data_version,
        "data_day": day_text(sheet.data_day),
        "approval": sheet.settings.approval,
    }


def file_name(sheet: Sheet, form: str, language: str) -> str:
    """The name of a sheet's file: it changes with what is drawn, so that a file once published never changes."""
    kind = FORMATS[form].kind
    special = "" if form == kind else f"-{form}"
    return f"{sheet.division.code}-{sheet.theme}-{sheet.size}-{sheet.name}-{language}{special}.{kind}"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it appears whole or not at all."""
    partial = path.with_name(f".{path.name}.part")
    partial.write_bytes(data)
    partial.replace(path)


def _key(code: str, theme: str) -> str:
    return f"{code}/{theme}"
