"""The kinds of holdings: which one takes which files, and what names a holding."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import shapely

from entities.errors import BadQuery, Invalid
from tiling.heights import ConstantAnomaly
from tiling.holdings import Kind, Order, Prepared, Progress
from tiling.holdings.kinds import kind_of, unfolded, uppermost

ORDER = Order(ConstantAnomaly(0.0, "a test"))


def prepare(paths: Sequence[Path], folder: Path, order: Order, tell: Progress) -> Prepared:
    return Prepared(shapely.box(117, 36, 117.1, 36.1), 0.0, 1.0, {})


SURFACE = Kind("surfaces", "900300", 1, frozenset({".tif", ".xyz"}), prepare, None)
PICTURE = Kind("pictures", "900400", 1, frozenset({".tif"}), prepare, None)
MODEL = Kind("models", "900200", 1, frozenset({".obj", "/"}), prepare)
ALL = {kind.name: kind for kind in (SURFACE, PICTURE, MODEL)}


def files(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return [folder / name for name in names]


def test_a_kind_is_told_by_the_files_or_by_its_name(tmp_path: Path) -> None:
    picture, grid, model = files(tmp_path, "a.TIF", "a.xyz", "a.obj")
    assert kind_of([model], kinds=ALL) is MODEL
    assert kind_of([tmp_path], kinds=ALL) is MODEL
    assert kind_of([picture, grid], kinds=ALL) is SURFACE
    assert kind_of([picture], "pictures", ALL) is PICTURE


def test_a_folder_gives_way_to_the_files_in_it_unless_it_is_one_thing(tmp_path: Path) -> None:
    names = (
        "s/b/2.tif",
        "s/1.TIF",
        "s/readme.md",
        "t/tileset.json",
        "t/a.tif",
        "o/Data/a.osgb",
        "n/readme.md",
        "a.xyz",
    )
    two, one, *_, alone = files(tmp_path, *names)
    folders = [tmp_path / name for name in "sto"]
    assert unfolded([*folders, alone], None, ALL) == (one, two, *folders[1:], alone)
    for folder, kind in ((tmp_path / "n", None), (folders[0], "models")):
        with pytest.raises(Invalid, match=r"holding\.suffix"):
            unfolded([folder], kind, ALL)


def test_what_no_kind_or_no_single_kind_takes_is_refused(tmp_path: Path) -> None:
    picture, grid, model, other = files(tmp_path, "a.tif", "a.xyz", "a.obj", "a.doc")
    with pytest.raises(Invalid, match=r"holding\.which"):
        kind_of([picture], kinds=ALL)
    with pytest.raises(Invalid, match=r"holding\.which"):
        kind_of([grid, model], kinds=ALL)
    with pytest.raises(Invalid, match=r"holding\.suffix"):
        kind_of([other], kinds=ALL)
    with pytest.raises(Invalid, match=r"holding\.suffix"):
        kind_of([grid], "pictures", ALL)
    with pytest.raises(BadQuery, match=r"holding\.kind"):
        kind_of([grid], "paintings", ALL)


def test_the_same_files_have_one_hash_and_any_other_thing_another(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    one, two = files(tmp_path, "a.tif", "b.tif")
    copies = [tmp_path / "again" / path.name for path in (one, two)]
    for path, copy in zip((one, two), copies, strict=True):
        copy.write_bytes(path.read_bytes())
    first = PICTURE.hash([one, two], ORDER)
    assert first == PICTURE.hash([two, one], ORDER) == PICTURE.hash(copies, ORDER)
    assert len(first) == 24
    copies[1].write_bytes(b"b.tiff")
    others = [
        PICTURE.hash([one], ORDER),
        PICTURE.hash(copies, ORDER),
        PICTURE.hash([one, two], Order(ConstantAnomaly(0.0, "a test"), "EPSG:4549")),
        PICTURE.hash([one, two], Order(ConstantAnomaly(1.0, "a test"))),
        SURFACE.hash([one, two], ORDER),
        replace(PICTURE, version=2).hash([one, two], ORDER),
    ]
    assert len({first, *others}) == 7


def test_a_holding_is_made_of_folders_and_companions_too(tmp_path: Path) -> None:
    inner, skin = files(tmp_path / "model", "Data/a.obj", "Data/skin.jpg")
    [outer] = files(tmp_path, "b.obj")
    assert MODEL.members([outer, tmp_path / "model"]) == [
        ("Data/a.obj", inner),
        ("Data/skin.jpg", skin),
        ("b.obj", outer),
    ]
    clothed = replace(MODEL, companions=lambda path: [skin] if path == outer else [])
    assert clothed.members([outer]) == [("b.obj", outer), ("skin.jpg", skin)]
    before = clothed.hash([outer], ORDER)
    skin.write_bytes(b"another")
    assert clothed.hash([outer], ORDER) != before


def test_files_that_others_need_beside_them_are_no_files_of_their_own(tmp_path: Path) -> None:
    model, skin, other = files(tmp_path, "a.obj", "skin.jpg", "b.jpg")
    clothed = replace(MODEL, companions=lambda path: [skin] if path == model else [])
    assert uppermost([skin, model, other], {"models": clothed}) == (model, other)
