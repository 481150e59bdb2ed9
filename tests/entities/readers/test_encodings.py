"""Chinese text in Shapefiles: whatever its encoding and whatever declares it, it is read right or refused."""

from pathlib import Path

import numpy as np
import pytest

from entities.errors import Refusal
from tests.entities.readers.made import NAMES, columns, read, rules, shapefile, squares, zipped

CHINESE = {"名称": "NAME", "高度": "JZGD", "层数": "CS", "标识码": "FEATID"}


def chinese_columns(count: int = 4) -> dict[str, np.ndarray]:
    fields = columns(count)
    return {name: fields[plain] for name, plain in CHINESE.items()}


def houses(folder: Path, encoding: str, cpg: str | None) -> Path:
    """A zipped Shapefile written in one encoding whose .cpg says another, or is missing."""
    shapefile(folder, encoding=encoding, fields=chinese_columns())
    page = folder / "houses.cpg"
    if cpg is None:
        page.unlink(missing_ok=True)
        clear_language_driver(folder / "houses.dbf")
    else:
        page.write_text(cpg)
    return zipped(folder / "houses.zip", *sorted(folder.glob("houses.*")))


def clear_language_driver(path: Path) -> None:
    words = bytearray(path.read_bytes())
    words[29] = 0
    path.write_bytes(words)


@pytest.mark.parametrize(
    ("encoding", "cpg"),
    [
        ("UTF-8", "UTF-8"),
        ("UTF-8", "utf8\n"),
        ("UTF-8", "65001"),
        ("GBK", "GBK"),
        ("GBK", "GB2312"),
        ("GBK", "936"),
        ("GBK", "CP936"),
        ("GBK", "ANSI 936"),
        ("GB18030", "GB18030"),
    ],
)
def test_declared_encodings(tmp_path: Path, encoding: str, cpg: str) -> None:
    candidates, reading = read(houses(tmp_path, encoding, cpg))
    assert [candidate.state.name for candidate in candidates] == NAMES
    assert "pkg.encoding" not in rules(reading)
    assert dict(candidates[0].state.attributes) == {"层数": 4}


def test_the_language_driver_of_the_table_declares_gbk(tmp_path: Path) -> None:
    path = houses(tmp_path, "GBK", None)
    words = bytearray((tmp_path / "houses.dbf").read_bytes())
    words[29] = 0x4D
    (tmp_path / "houses.dbf").write_bytes(words)
    candidates, reading = read(zipped(path, *sorted(tmp_path.glob("houses.[!z]*"))))
    assert [candidate.state.name for candidate in candidates] == NAMES
    assert rules(reading) == []


@pytest.mark.parametrize(("encoding", "said"), [("UTF-8", "UTF-8"), ("GBK", "GBK")])
def test_an_undeclared_encoding_is_told_by_the_text_and_said(tmp_path: Path, encoding: str, said: str) -> None:
    candidates, reading = read(houses(tmp_path, encoding, None))
    assert [candidate.state.name for candidate in candidates] == NAMES
    assert rules(reading) == ["pkg.encoding"]
    assert said in reading.findings[0].sentence.zh


def test_plain_ascii_needs_no_declaration(tmp_path: Path) -> None:
    shapefile(tmp_path, fields={"NAME": np.array(["a", "b", "c", "d"], dtype=object)})
    (tmp_path / "houses.cpg").unlink()
    candidates, reading = read(tmp_path / "houses.shp")
    assert [candidate.state.name for candidate in candidates] == ["a", "b", "c", "d"]
    assert rules(reading) == []


@pytest.mark.parametrize(("encoding", "cpg"), [("GBK", "UTF-8"), ("UTF-8", "GBK")])
def test_a_wrong_declaration_is_refused(tmp_path: Path, encoding: str, cpg: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(houses(tmp_path, encoding, cpg))
    assert caught.value.rule == "attr.encoding.declared"


def test_utf8_that_happens_to_be_readable_as_gbk_is_refused_where_gbk_is_declared(tmp_path: Path) -> None:
    """Two Chinese characters are six bytes of UTF-8, which GBK takes for three others."""
    names = ["济南", "青岛", "山东", "泉城"]
    assert all(name.encode().decode("gbk") for name in names)
    shapefile(tmp_path, fields={"NAME": np.array(names, dtype=object)})
    (tmp_path / "houses.cpg").write_text("GBK")
    with pytest.raises(Refusal) as caught:
        read(tmp_path / "houses.shp")
    assert caught.value.rule == "attr.encoding.declared"


def test_text_in_no_known_encoding_is_refused(tmp_path: Path) -> None:
    houses(tmp_path, "GBK", None)
    table = tmp_path / "houses.dbf"
    words = table.read_bytes()
    table.write_bytes(words.replace("泉城".encode("gbk"), b"\xff\xff\x81\x20"))
    with pytest.raises(Refusal) as caught:
        read(tmp_path / "houses.shp")
    assert caught.value.rule == "attr.encoding.declared"
    assert caught.value.findings[0].row == 2


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
@pytest.mark.parametrize("cpg", ["same", None])
def test_text_cut_off_within_a_character_is_read_up_to_it(tmp_path: Path, encoding: str, cpg: str | None) -> None:
    """A field of 254 bytes cuts long names anywhere; that is no reason to refuse a file."""
    long_name = "x" + "济" * 84
    fields = {"名称": np.array([long_name, "济南", "泉", "城"], dtype=object)}
    shapefile(tmp_path, encoding=encoding, fields=fields)
    if cpg is None:
        (tmp_path / "houses.cpg").unlink()
        clear_language_driver(tmp_path / "houses.dbf")
    break_off(tmp_path / "houses.dbf", encoding)
    names = [candidate.state.name for candidate in read(tmp_path / "houses.shp")[0]]
    assert names[1:] == ["济南", "泉", "城"]
    assert names[0] is not None and names[0].startswith(long_name)


def break_off(path: Path, encoding: str) -> None:
    """Fill the first record's text up to its width with half a character, as careless writers leave it."""
    words = path.read_bytes()
    half = "济".encode(encoding.lower())[:-1]
    (start, width) = int.from_bytes(words[8:10], "little") + 1, words[32 + 16]
    text = words[start : start + width].rstrip(b" \0")
    text = (text + b"x" * (width - len(text) - len(half)) + half)[:width]
    path.write_bytes(words[:start] + text + words[start + width :])


def test_names_inside_a_zip_in_gbk(tmp_path: Path) -> None:
    shapefile(tmp_path, "房屋", encoding="GBK", fields=chinese_columns())
    path = zipped(tmp_path / "a.zip", *sorted(tmp_path.glob("房屋.*")))
    words = path.read_bytes().replace(
        "房屋".encode(), "房屋房".encode("gbk")
    )  # the same length, as old programs write it
    clear_utf8_flags(path, words)
    candidates, _ = read(path)
    assert len(candidates) == 4
    assert read(path, layer="房屋房")[0] == candidates


def clear_utf8_flags(path: Path, words: bytes) -> None:
    changed = bytearray(words)
    for mark, offset in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        place = changed.find(mark)
        while place >= 0:
            changed[place + offset] &= ~0x08 & 0xFF
            place = changed.find(mark, place + 4)
    path.write_bytes(changed)


def test_many_names_in_one_field(tmp_path: Path) -> None:
    names = np.array([f"济南市历下区泉城路{i}号" for i in range(3000)], dtype=object)
    shapefile(tmp_path, encoding="GBK", shapes=squares(3000), fields={"名称": names})
    assert [candidate.state.name for candidate in read(tmp_path / "houses.shp")[0]] == names.tolist()
