"""The atlas draws what is stale and nothing else, and its index tells exactly what is there."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from tests.tiling.maps.conftest import MemoryView
from tiling.maps.atlas import INDEX, Atlas, draw_all
from tiling.maps.settings import MapSettings
from tiling.maps.sheet import Sheet


@pytest.fixture(scope="module")
def zaozhuang(shandong: MemoryView) -> MemoryView:
    """枣庄市 and its six districts and cities."""
    return shandong.only("3704")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_only_stale_sheets_are_drawn_again(tmp_path: Path, zaozhuang: MemoryView, settings: MapSettings) -> None:
    atlas = Atlas(tmp_path / "sheets", ("preview", "svg"))
    first = draw_all(zaozhuang, atlas, settings)
    assert (len(first.drawn), first.kept) == (7, ())
    before = contents(atlas.folder)
    assert draw_all(zaozhuang, atlas, settings).drawn == ()
    assert contents(atlas.folder) == before

    changed = zaozhuang.changed("370405", name="台庄区")  # 台儿庄区, in the south-east
    second = draw_all(changed, atlas, settings)
    assert {"370400", "370405", "370404"} <= set(second.drawn) and len(second.kept) >= 1
    after = contents(atlas.folder)
    kept = [name for name in after if name[:6] in second.kept]
    assert kept and all(after[name] == before[name] for name in kept)
    assert len(after) == len(before)  # the files of the old sheets are gone


def test_an_atlas_brought_up_to_date_equals_one_made_new(
    tmp_path: Path, zaozhuang: MemoryView, settings: MapSettings
) -> None:
    changed = zaozhuang.changed("370406", name="山城区")
    grown, new = Atlas(tmp_path / "grown", ("preview",)), Atlas(tmp_path / "new", ("preview",))
    draw_all(zaozhuang, grown, settings)
    draw_all(changed, grown, settings)
    draw_all(changed, new, settings)
    assert contents(grown.folder) == contents(new.folder)


def test_the_index_tells_size_and_hash_of_every_file(
    tmp_path: Path, zaozhuang: MemoryView, settings: MapSettings
) -> None:
    seen: list[tuple[int, int, str]] = []

    def progress(done: int, of: int, sheet: Sheet) -> None:
        seen.append((done, of, sheet.division.code))

    draw_all(zaozhuang.only("370481", "370400"), Atlas(tmp_path, ("preview", "pdf"), ("zh", "en")), settings, progress)
    index = json.loads((tmp_path / INDEX).read_text(encoding="utf-8"))
    assert seen == [(1, 2, "370400"), (2, 2, "370481")]
    files = [file for entry in index["sheets"] for file in entry["files"]]
    assert len(files) == 8
    for file in files:
        data = (tmp_path / file["path"]).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(data), sha256(data).hexdigest())
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([INDEX, *(file["path"] for file in files)])
    assert index["sheets"][1]["title"] == {"zh": "滕州市行政区划图", "en": "Administrative Map of Tengzhou City"}
    assert (index["sheets"][1]["data_version"], index["sheets"][1]["data_day"]) == (1, "2024-01-01")


def test_a_lost_file_is_drawn_again(tmp_path: Path, zaozhuang: MemoryView, settings: MapSettings) -> None:
    view, atlas = zaozhuang.only("370481"), Atlas(tmp_path, ("preview",))
    draw_all(view, atlas, settings)
    [lost] = tmp_path.glob("*.png")
    before = lost.read_bytes()
    lost.unlink()
    assert draw_all(view, atlas, settings).drawn == ("370481",)
    assert lost.read_bytes() == before
