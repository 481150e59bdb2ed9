"""The page scripts judge files as a surveyor would, pack zips others can read, and write numbers as the server does."""

import io
import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from service import web
from service.web.words import number_text, say, size_text

PAGES = Path(web.__file__).parent / "pages"
pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(
        shutil.which("node") is None, reason="left out: Node is not here (nodejs.org, version 20 or later)"
    ),
]

JUDGE = """
import { grouped, judged } from './parts/judge.js';
const files = input.files.map(([name, text, size]) => {
  const file = new File([Buffer.from(text, 'latin1')], name);
  if (size) Object.defineProperty(file, 'size', { value: size });
  return file;
});
const items = grouped(files);
for (const item of items) item.judgements = await judged(item, input.limit, input.system);
console.log(JSON.stringify(items.map((item) => [item.name, item.files.length, item.judgements.map((j) => j.word)])));
"""
PACK = """
import { writeFileSync } from 'node:fs';
import { pack, entries } from './parts/zip.js';
const zip = await pack(input.files.map(([name, text]) => new File([text], name)));
writeFileSync(input.out, Buffer.from(await zip.arrayBuffer()));
console.log(JSON.stringify(await entries(zip)));
"""
WRITE = """
import { fill, numberText, sizeText } from './parts/speech.js';
console.log(JSON.stringify({
  numbers: input.numbers.map(numberText), sizes: input.sizes.map(sizeText),
  filled: input.counts.map((n) => fill(input.pattern, { n })),
}));
"""


def run(script: str, **values: object) -> Any:
    """Run a script in the folder of the page scripts; what it prints is read as JSON."""
    code = f"const input = {json.dumps(values)};\n{script}"
    command = ["node", "--no-warnings", "--input-type=module", "-e", code]
    done = subprocess.run(command, cwd=PAGES, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


SHP = "\0\0\x27\x0a" + "\0" * 96


def zip_text(*names: str, locked: bool = False) -> str:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    text = packed.getvalue()
    if locked:
        text = text.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")
    return text.decode("latin1")


def judge(*files: tuple[str, str], limit: int = 1 << 32, system: bool = False) -> list[tuple[str, int, list[str]]]:
    return [tuple(item) for item in run(JUDGE, files=files, limit=limit, system=system)]


def test_loose_parts_are_one_thing_and_the_missing_one_is_named() -> None:
    parts = [("房屋.shp", SHP), ("房屋.SHX", SHP), ("房屋.dbf", "\3"), ("房屋.prj", "GEOGCS"), ("房屋.shp.xml", "<m/>")]
    assert judge(*parts) == [("房屋.shp", 5, [])]
    assert judge(*parts[:2]) == [("房屋.shp", 2, ["drop.shapefile.missing"])]
    assert judge(*parts[:3]) == [("房屋.shp", 3, ["drop.shapefile.noprj"])]
    assert judge(*parts[:3], system=True) == [("房屋.shp", 3, [])]
    assert judge(("路.dbf", "\3")) == [("路.dbf", 1, ["drop.stray"])]


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("a.geojson", '\n {"type":', None),
        ("a.city.json", '{"type":"CityJSON"', None),
        ("a.geojson", "PK\3\4", "drop.unlike"),
        ("a.gpkg", "SQLite format 3\0", None),
        ("a.gpkg", "<html>", "drop.unlike"),
        ("a.gml", '\xef\xbb\xbf<?xml version="1.0"?>', None),
        ("a.dxf", "  0\nSECTION", None),
        ("a.fgb", "fgb\3fgb\0", None),
        ("a.parquet", "PAR1", None),
        ("a.ags", '"GROUP","PROJ"', None),
        ("a.docx", "PK", "drop.unknown"),
        ("a.geojson", "", "drop.empty"),
        ("a.zip", "PK\3\4cut off", "drop.zip.broken"),
        ("a.zip", zip_text("房屋/房屋.shp", "房屋/房屋.shx", "房屋/房屋.dbf"), None),
        ("a.zip", zip_text("a.shp", "a.shx"), "drop.zip.missing"),
        ("a.zip", zip_text("城.gdb/a0001.gdbtable"), None),
        ("a.zip", zip_text("../a.geojson"), "drop.zip.outside"),
        ("a.zip", zip_text("C:/a.geojson"), "drop.zip.outside"),
        ("a.zip", zip_text("readme.txt"), "drop.zip.nothing"),
        ("a.zip", zip_text("a.geojson", locked=True), "drop.zip.locked"),
    ],
)
def test_what_is_said_of_a_file(name: str, text: str, word: str | None) -> None:
    assert judge((name, text)) == [(name, 1, [word] if word else [])]


def test_a_file_that_is_too_large_is_never_sent() -> None:
    assert judge(("a.geojson", "{}" * 100), limit=199) == [("a.geojson", 1, ["drop.large"])]
    assert judge(("a.geojson", "{}" * 100), limit=200) == [("a.geojson", 1, [])]


def test_a_packed_zip_is_read_by_others(tmp_path: Path) -> None:
    files = [("房屋.shp", "shape" * 10_000), ("房屋.dbf", ""), ("房屋.prj", "GEOGCS")]
    listed = run(PACK, files=files, out=str(tmp_path / "out.zip"))
    assert [entry["name"] for entry in listed] == [name for name, _ in files]
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.testzip() is None
        assert [(name, archive.read(name).decode()) for name in archive.namelist()] == files


def test_scripts_write_as_the_server_does() -> None:
    numbers, sizes, counts = (
        [0, 7, 999, 1000, 20318, 1234567],
        [0, 999, 1000, 9_940_000, 48_000_000, 4 << 30],
        [1, 2, 1187],
    )
    pattern = "{n} {n:rule|rules}"
    written = run(WRITE, numbers=numbers, sizes=sizes, counts=counts, pattern=pattern)
    assert written["numbers"] == [number_text(number) for number in numbers]
    assert written["sizes"] == [size_text(size) for size in sizes]
    assert written["filled"][2] == str(say("en", "maps.count", n=1187)).replace("sheet", "rule")
