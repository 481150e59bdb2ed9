"""Whatever is unfit is refused, in words that say what and where and what to do, and nothing of it is stored."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from flask.testing import FlaskClient

from entities.codes import new_codes
from tests.intake.cases import CASES
from tests.intake.desk import Desk, options, send, visiting
from tests.intake.unfit import Unfit, box, content, cut, geojson, house, polygon, text_of

LIMITS: Final = """
limits: {upload_bytes: 400000, unpacked_bytes: 20000000, members: 50, features: 400, vertices_per_feature: 1000}
"""
HAN: Final = re.compile(r"[\u3400-\u9fff]")
QUOTED: Final = re.compile(r"“[^”]*”|\([^()]*\)")


@dataclass(frozen=True)
class Base:
    """A base with three houses, one of them gone, in one of two counties; codes by what they are, and tokens."""

    desk: Desk
    codes: dict[str, str]
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    folder = tmp_path_factory.mktemp("unfit")
    desk = Desk.made(folder / "base", LIMITS)
    desk.json("load", "--profile", "divisions", divisions(folder), "--valid-from", "2020-01-01")
    standing = geojson(*(house(50 + number) for number in range(3)), name="first.geojson")(folder)
    desk.json("load", "--profile", "buildings", "--valid-from", "2024-05-20", standing)
    codes = [line.split()[-1] for line in desk("feed", "--layer", "buildings").out.splitlines()]
    gone = geojson(house(50, EntityID=codes[0], CHANGETYPE="灭失"), name="gone.geojson")(folder)
    desk.json("load", "--profile", "buildings", "--valid-from", "2025-05-20", gone)
    tokens = {
        name: desk.json("user", "add", name, "--division", division, *flags)["token"]
        for name, division, *flags in (("province", "370000", "--everywhere"), ("west", "370101"), ("east", "370102"))
    }
    return Base(desk, told(codes), tokens)


def divisions(folder: Path) -> Path:
    """A province with two counties side by side, the border between them at 120.5°."""
    shapes = (
        ("370000", "630100", 119.5, 121.5),
        ("370101", "650100", 119.5, 120.5),
        ("370102", "650100", 120.5, 121.5),
    )
    features = []
    for code, kind, west, east in shapes:
        ring = [[west, 36], [east, 36], [east, 37], [west, 37], [west, 36]]
        parent = "" if code.endswith("0000") else "370000"
        level = "county" if parent else "province"
        said = {"ClassID": kind, "adcode": code, "name": f"县{code}", "level": level, "parent": parent}
        features.append((polygon(ring), said))
    path = folder / "divisions.geojson"
    path.write_text(text_of(features))
    return path


def told(codes: list[str]) -> dict[str, str]:
    """Codes to write into files: one that stands, one retired, one nobody was given, one with a slip of the pen."""
    retired, standing, _ = codes
    [unissued] = new_codes(1, np.random.default_rng(9))
    slip = "2" if standing[0] != "2" else "3"
    return {"standing": standing, "retired": retired, "unissued": unissued, "mistyped": slip + standing[1:]}


@pytest.fixture(scope="module")
def client(base: Base) -> Iterator[FlaskClient]:
    with visiting(base.desk) as found:
        yield found


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which anything temporary is put."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def made(case: Unfit, base: Base, folder: Path) -> Path:
    """The file of a case, with the codes of this base written in where it asks for one."""
    place = folder / "sent"
    place.mkdir()
    path = case.make(place)
    words = path.read_bytes()
    for name, code in base.codes.items():
        words = words.replace(f'"{{{name}}}"'.encode(), f'"{code}"'.encode())
    path.write_bytes(words)
    return path


every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@every_case
def test_the_command_line_refuses_it(case: Unfit, base: Base, tmp_path: Path, scratch: Path) -> None:
    path = made(case, base, tmp_path)
    tables, files, around = base.desk.tables(), base.desk.files(), listed(tmp_path)
    wishes = {**case.wishes, **({"as": case.sender} if case.sender != "province" else {})}
    said = base.desk.load(path, wishes)
    assert said.code == 1, said.out
    assert_named(case, said.value["findings"])
    for language in ("zh", "en"):
        spoken = base.desk("load", *options(wishes), path, language=language)
        assert spoken.code == 1
        assert f"[{case.rule}]" in spoken.out + spoken.err
        assert ("底库没有改动" if language == "zh" else "The base is unchanged") in spoken.out + spoken.err
    assert (base.desk.tables(), base.desk.files(), listed(tmp_path)) == (tables, files, around)
    assert list(scratch.iterdir()) == []


@every_case
def test_the_service_refuses_it(case: Unfit, base: Base, client: FlaskClient, tmp_path: Path, scratch: Path) -> None:
    path = made(case, base, tmp_path)
    tables, files = base.desk.tables(), base.desk.files()
    answer = send(client, base.desk, path, case.wishes, base.tokens[case.sender])
    if case.status != 202:
        assert (answer.status_code, answer.json["rule"]) == (case.status, case.rule_over_http or case.rule)
        assert_words(answer.json["findings"][0])
        assert base.desk.files() == files
    else:
        assert (answer.json["state"], answer.json["transaction"]) == ("refused", None)
        assert_named(case, answer.json["findings"])
        assert answer.json["sentence"]["zh"].startswith("底库没有改动")
        kept = {Path(name).name for name in base.desk.files() - files}
        assert kept == {path.name, "report.parquet"}
    assert base.desk.tables() == tables
    assert list(scratch.iterdir()) == []


UNGUESSED: Final = (
    Unfit("latitude first", "crs.swapped", geojson(house(0, polygon([[y, x] for x, y in box()]), ClassID=...)), row=1),
    Unfit("cut off in the middle", "pkg.truncated", cut(0.99)(content("a.geojson", text_of([house()] * 300)))),
)


@pytest.mark.parametrize("case", UNGUESSED, ids=lambda case: case.name)
def test_nobody_is_asked_about_a_file_that_cannot_be_read(
    case: Unfit, base: Base, client: FlaskClient, tmp_path: Path
) -> None:
    tables = base.desk.tables()
    answer = send(client, base.desk, made(case, base, tmp_path), {}, base.tokens["province"])
    assert answer.json["state"] == "refused"
    assert_named(case, answer.json["findings"])
    assert base.desk.tables() == tables


MARKUP: Final = "<img src=x onerror=alert(1)>&amp;\"'</script><b>历山楼"


def test_markup_in_a_text_is_kept_letter_by_letter_and_shown_as_text(
    base: Base, client: FlaskClient, tmp_path: Path
) -> None:
    path = geojson(house(70, NAME=MARKUP, NOTE=MARKUP), name="<i>markup.geojson")(tmp_path)
    report = base.desk.json("load", "--profile", "buildings", "--reason", MARKUP, path)
    assert (report["accepted"], report["outcomes"]["new"]) == (True, 1)
    feed = client.get(f"/changes?transaction={report['transaction']}").json["changes"]
    [code] = [change["code"] for change in feed]
    [card] = base.desk.json("codes", code)["entities"]
    assert (card["name"], card["attributes"]["NOTE"]) == (MARKUP, MARKUP)
    item = client.get(f"/items/{code}").json["properties"]
    assert (item["name"], item["attributes"]["NOTE"]) == (MARKUP, MARKUP)
    for address in (f"/codes/{code}", f"/items/{code}", "/changes", "/collections/buildings/items"):
        page = client.get(address, headers={"Accept": "text/html"})
        assert "text/html" in page.content_type
        assert "<img src=x" not in page.text and "<b>历山楼" not in page.text and "<i>markup" not in page.text
    assert "&lt;img src=x" in client.get(f"/codes/{code}", headers={"Accept": "text/html"}).text


def assert_named(case: Unfit, findings: list[dict[str, Any]]) -> None:
    """The first thing said is the rule broken, of the feature that breaks it, with what to do."""
    errors = [finding for finding in findings if finding["severity"] == "error"]
    assert {finding["rule"] for finding in errors} == {case.rule}, errors
    assert errors[0]["row"] == case.row
    for finding in errors:
        assert_words(finding)


def assert_words(finding: dict[str, Any]) -> None:
    """Both languages say something, each in its own letters, with every value in its place."""
    for part in ("sentence", "remedy"):
        zh, en = finding[part]["zh"], finding[part]["en"]
        assert HAN.search(zh) and en and "“…”" not in zh + en, finding
        assert not re.search(f"{HAN.pattern}|…", QUOTED.sub("", en)), en
        assert zh[-1] in "。？" and en[-1] in ".?", finding


def listed(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))
