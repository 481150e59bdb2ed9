"""The submission desk, from the upload to the report, with the worker's work done in between."""

import json
from contextlib import closing
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pyogrio
import pytest
from flask.testing import FlaskClient

from entities import intake
from entities.report import OUTCOMES
from service import departments
from service.app import create_app
from service.config import Config
from service.intake import submissions, taking
from service.intake.taking import ANSWERS
from service.work import jobs, worker
from tests.service.conftest import Base, bearer, rule_of
from tests.service.test_auth import PAGE, sign_in


def houses(*places: tuple[float, float, object], kind: str | None = "310301") -> dict[str, Any]:
    """A GeoJSON file of buildings, each with its west, south and height."""

    def ring(west: float, south: float) -> list[list[float]]:
        east, north = west + 0.0002, south + 0.0002
        return [[west, south], [east, south], [east, north], [west, north], [west, south]]

    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Polygon", "coordinates": [ring(west, south)]},
                "properties": {"ClassID": kind, "height": height, "NAME": f"楼<b>{number}</b>"},
            }
            for number, (west, south, height) in enumerate(places, 1)
        ],
    }


GOOD = houses((117.3, 36.3, 12.0), (117.31, 36.3, 15.0))


def send(client: FlaskClient, base: Base, data: object = None, who: str = "lixia", **options: object) -> Any:
    body = data if isinstance(data, bytes) else json.dumps(data or GOOD).encode()
    form = {"file": (BytesIO(body), options.pop("name", "houses.geojson")), "profile": "buildings", **options}
    return client.post("/submissions", data=form, headers=bearer(base, who))


def settle(client: FlaskClient, base: Base, sent: Any, who: str = "lixia") -> dict[str, Any]:
    """Let the worker do what waits, and read how the submission stands."""
    worker.run(base.config, once=True)
    answer = client.get(sent.headers["Location"], headers=bearer(base, who))
    found: dict[str, Any] = answer.json
    return found


def test_an_upload_becomes_entities_tiles_and_a_report(client: FlaskClient, base: Base) -> None:
    sent = send(client, base, reason="2026年修测", valid_from="2026-05-19")
    assert (sent.status_code, sent.json["state"]) == (202, "queued")
    assert sent.json["files"] == [{"name": "houses.geojson", "bytes": len(json.dumps(GOOD))}]
    done = settle(client, base, sent)
    assert (done["state"], done["transaction"]) == ("done", 4)
    assert done["counts"] == {**dict.fromkeys(OUTCOMES, 0), "new": 2}
    assert [(step["name"], step["state"]) for step in done["steps"]] == [
        ("receive", "done"),
        ("intake", "done"),
        ("tiles", "done"),
        ("maps", "done"),
    ]
    report = client.get(f"{sent.headers['Location']}/report", headers=bearer(base, "lixia")).json
    assert [(one["row"], one["outcome"]) for one in report["features"]] == [(1, "new"), (2, "new")]
    card = client.get(f"/codes/{report['features'][0]['code']}").json
    assert card["valid_from"] == "2026-05-19"
    assert card["source"] | {"known_at": ""} == {
        "department": "lixia",
        "reason": "2026年修测",
        "file": "houses.geojson",
        "submission": done["id"],
        "transaction": 4,
        "known_at": "",
    }
    assert client.get("/3dtiles/buildings/tileset.json").status_code == 200


def test_html_in_a_name_stays_text_on_the_page(client: FlaskClient, base: Base) -> None:
    sent = send(client, base, name="<img src=x>.geojson")
    settle(client, base, sent)
    code = client.get("/changes?transaction=4").json["changes"][0]["code"]
    assert client.get(f"/codes/{code}").json["name"].startswith("楼<b>")
    sign_in(client, base)
    for path in (f"/codes/{code}", sent.headers["Location"], "/submissions"):
        page = client.get(path, headers=PAGE).text
        assert "<img src" not in page and "楼<b>" not in page


def test_the_same_file_again_changes_nothing(client: FlaskClient, base: Base) -> None:
    settle(client, base, send(client, base))
    again = settle(client, base, send(client, base))
    assert (again["state"], again["transaction"]) == ("done", None)
    assert again["counts"]["unchanged"] == 2
    assert client.get("/health").json["transaction"] == 4


def test_a_broken_rule_refuses_the_whole_and_says_where(client: FlaskClient, base: Base, tmp_path: Path) -> None:
    sent = send(client, base, houses((117.3, 36.3, 12.0), (117.31, 36.3, 5000.0), (117.32, 36.3, -3.0)))
    refused = settle(client, base, sent)
    assert (refused["state"], refused["transaction"]) == ("refused", None)
    assert refused["counts"]["refused"] == 2
    assert {rule["rule"] for rule in refused["rules"] if rule["severity"] == "error"} == {"model.tall"}
    assert client.get("/health").json["transaction"] == 3
    assert "2" in refused["sentence"]["zh"] and refused["sentence"]["en"] and refused["remedy"]["zh"]
    path = sent.headers["Location"]
    rows = client.get(f"{path}/report?rule=model.tall&limit=1", headers=bearer(base, "lixia")).json["features"]
    assert [row["row"] for row in rows] == [2]
    assert rows[0]["findings"][0]["remedy"]["zh"]
    with client.get(f"{path}/failures.gpkg", headers=bearer(base, "lixia")) as given:
        assert given.mimetype == "application/geopackage+sqlite3"
        (tmp_path / "failures.gpkg").write_bytes(given.data)
    check_package(tmp_path / "failures.gpkg", {2, 3})


def check_package(path: Path, rows: set[int]) -> None:
    """The failing features, readable by any GIS, with what is wrong."""
    meta, _, shapes, columns = pyogrio.raw.read(path, layer="failures")
    table = dict(zip(meta["fields"], columns, strict=True))
    assert set(table["row"]) == rows
    assert all(shape is not None for shape in shapes)
    assert all(table[part].all() for part in ("rules", "sentence_zh", "sentence_en", "remedy_zh", "remedy_en"))
    assert table["name"][0].startswith("楼<b>")


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_the_pages_of_a_report_add_up(client: FlaskClient, base: Base, limit: int) -> None:
    sent = send(client, base, houses(*((117.3 + step / 100, 36.3, 10.0) for step in range(5))))
    settle(client, base, sent)
    rows: list[int] = []
    address = f"{sent.headers['Location']}/report?limit={limit}"
    while address:
        page = client.get(address, headers=bearer(base, "lixia")).json
        rows += [feature["row"] for feature in page["features"]]
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    assert rows == [1, 2, 3, 4, 5]


def test_what_was_mended_since_is_told(client: FlaskClient, base: Base) -> None:
    first = settle(client, base, send(client, base, houses((117.3, 36.3, -9.0), (117.31, 36.3, -9.0))))
    again = settle(client, base, send(client, base, houses((117.3, 36.3, 9.0), (117.31, 36.3, -9.0))))
    assert again["since"] == {"submission": first["id"], "mended": 1, "before": 2, "fresh": 0}


def test_a_guess_waits_to_be_confirmed(client: FlaskClient, base: Base) -> None:
    sent = send(client, base, houses((117.3, 36.3, 12.0), kind=None), profile="")
    asked = settle(client, base, sent)
    assert (asked["state"], asked["transaction"]) == ("confirm", None)
    assert asked["guess"]["class"] == "310301"
    assert asked["guess"]["height_field"] == "height"
    assert client.get("/health").json["transaction"] == 3
    path = sent.headers["Location"]
    answer = client.post(f"{path}/confirm", data={"class": "310500"}, headers=bearer(base, "lixia"))
    assert (answer.status_code, answer.json["state"]) == (200, "queued")
    done = settle(client, base, sent)
    assert (done["state"], done["counts"]["new"]) == ("done", 1)
    assert client.get("/changes?transaction=4").json["changes"][0]["class"] == "310500"
    again = client.post(f"{path}/confirm", headers=bearer(base, "lixia"))
    assert (again.status_code, rule_of(again)) == (409, "submission.state")


def test_a_confirmed_guess_may_say_that_there_is_no_such_field(client: FlaskClient, base: Base) -> None:
    sent = send(client, base, houses((117.3, 36.3, 12.0), kind=None), profile="")
    asked = settle(client, base, sent)
    answers = {name: value or "" for name, value in asked["guess"].items() if name in ANSWERS}
    path = f"{sent.headers['Location']}/confirm"
    answer = client.post(path, json={**answers, "name_field": ""}, headers=bearer(base, "lixia"))
    assert answer.status_code == 200, answer.text
    assert settle(client, base, sent)["state"] == "done"
    code = client.get("/changes?transaction=4").json["changes"][0]["code"]
    assert client.get(f"/items/{code}").json["properties"]["name"] is None


def test_nobody_writes_in_anothers_territory(client: FlaskClient, base: Base) -> None:
    refused = settle(client, base, send(client, base, who="shizhong"), "shizhong")
    assert refused["state"] == "refused"
    assert {rule["rule"] for rule in refused["rules"] if rule["severity"] == "error"} == {"scope.owner"}
    done = settle(client, base, send(client, base, who="province"), "province")
    assert done["state"] == "done"


def test_nobody_sees_anothers_submission(client: FlaskClient, base: Base) -> None:
    path = send(client, base).headers["Location"]
    for method, address in [
        ("GET", path),
        ("GET", f"{path}/report"),
        ("GET", f"{path}/failures.gpkg"),
        ("DELETE", path),
        ("POST", f"{path}/withdraw"),
        ("POST", f"{path}/confirm"),
    ]:
        answer = client.open(address, method=method, headers=bearer(base, "shizhong"))
        assert (answer.status_code, rule_of(answer)) == (403, "auth.other")
    assert client.get("/submissions", headers=bearer(base, "shizhong")).json["submissions"] == []
    assert len(client.get("/submissions", headers=bearer(base, "province")).json["submissions"]) == 1


def test_a_submission_is_withdrawn_before_it_is_written(client: FlaskClient, base: Base) -> None:
    sent = send(client, base)
    gone = client.delete(sent.headers["Location"], headers=bearer(base, "lixia"))
    assert (gone.status_code, gone.json["state"]) == (200, "withdrawn")
    assert settle(client, base, sent)["state"] == "withdrawn"
    assert client.get("/health").json["transaction"] == 3
    assert not (base.config.uploads / gone.json["id"]).exists()
    again = client.delete(sent.headers["Location"], headers=bearer(base, "lixia"))
    assert (again.status_code, rule_of(again)) == (409, "submission.state")


def test_what_is_in_the_base_cannot_be_withdrawn(client: FlaskClient, base: Base) -> None:
    sent = send(client, base)
    settle(client, base, sent)
    assert client.delete(sent.headers["Location"], headers=bearer(base, "lixia")).status_code == 409


@pytest.mark.parametrize(
    ("data", "name", "rule"),
    [
        (b"", "empty.geojson", "pkg."),
        (b'{"type": "FeatureCollection", "features": [', "cut.geojson", "pkg."),
        (b"PK\x03\x04 and no zip", "bad.zip", "pkg."),
        (b"\x00\x01\x02", "what.gpkg", "pkg."),
    ],
)
def test_a_file_that_cannot_be_read_is_a_refused_submission(
    client: FlaskClient, base: Base, data: bytes, name: str, rule: str
) -> None:
    refused = settle(client, base, send(client, base, data or b" ", name=name))
    assert refused["state"] == "refused"
    assert refused["findings"][0]["rule"].startswith(rule)
    assert client.get("/health").json["transaction"] == 3


def test_a_report_before_its_time_is_refused(client: FlaskClient, base: Base) -> None:
    path = send(client, base).headers["Location"]
    answer = client.get(f"{path}/report", headers=bearer(base, "lixia"))
    assert (answer.status_code, rule_of(answer)) == (409, "submission.early")


@pytest.mark.parametrize(
    ("form", "status", "rule"),
    [
        ({}, 422, "submission.file"),
        ({"file": (BytesIO(b"{}"), "a.geojson"), "colour": "red"}, 400, "submission.option"),
        ({"file": (BytesIO(b"{}"), "a.geojson"), "valid_from": "soon"}, 422, "time.valid"),
        ({"upload": "0" * 32}, 404, "upload.unknown"),
        ({"file": (BytesIO(b"x" * 300_000), "a.geojson")}, 413, "request.large"),
    ],
)
def test_a_wrong_upload_is_refused_at_once(
    client: FlaskClient, base: Base, form: dict[str, Any], status: int, rule: str
) -> None:
    answer = client.post("/submissions", data=form, headers=bearer(base, "lixia"))
    assert (answer.status_code, rule_of(answer)) == (status, rule)
    assert client.get("/submissions", headers=bearer(base, "lixia")).json["submissions"] == []
    assert not list(base.config.uploads.glob("*"))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\城.gdb.zip", "城.gdb.zip"),
        ("", "upload"),
        ("..", "upload"),
        (".hidden", "hidden"),
        ("a\x00b:c.shp", "a_b_c.shp"),
    ],
)
def test_a_files_name_leads_nowhere_else(name: str, kept: str) -> None:
    assert submissions.safe_name(name) == kept


def test_a_page_uploads_and_follows(client: FlaskClient, base: Base) -> None:
    word = sign_in(client, base)
    form = {
        "file": (BytesIO(json.dumps(GOOD).encode()), "a.geojson"),
        "csrf": word,
        "profile": "buildings",
        "reason": "",
    }
    sent = client.post("/submissions", data=form, headers=PAGE)
    assert sent.status_code == 303
    assert client.get(sent.headers["Location"], headers=PAGE).status_code == 200
    worker.run(base.config, once=True)
    page = client.get(sent.headers["Location"] + "/report", headers=PAGE)
    assert page.status_code == 200 and "text/html" in page.content_type


def test_several_data_sets_are_several_submissions(client: FlaskClient, base: Base) -> None:
    files = [(BytesIO(json.dumps(GOOD).encode()), name) for name in ("houses.geojson", "houses.json")]
    sent = client.post("/submissions", data={"file": files, "profile": "buildings"}, headers=bearer(base, "lixia"))
    listed = client.get("/submissions", headers=bearer(base, "lixia")).json["submissions"]
    assert {one["id"] for one in listed} == {sent.json["id"], *sent.json["others"]}
    assert sorted(one["files"][0]["name"] for one in listed) == ["houses.geojson", "houses.json"]
    assert settle(client, base, sent)["counts"]["new"] == 2


def test_a_shapefile_may_come_in_its_parts(client: FlaskClient, base: Base, tmp_path: Path) -> None:
    path = tmp_path / "houses.geojson"
    path.write_text(json.dumps(GOOD))
    meta, _, shapes, columns = pyogrio.raw.read(path)
    about = {"driver": "ESRI Shapefile", "geometry_type": "Polygon", "crs": "EPSG:4490"}
    pyogrio.raw.write(tmp_path / "houses.shp", shapes, columns, meta["fields"], encoding="UTF-8", **about)
    parts = [(BytesIO(part.read_bytes()), part.name) for part in sorted(tmp_path.glob("houses.*")) if part != path]
    sent = client.post("/submissions", data={"file": parts, "profile": "buildings"}, headers=bearer(base, "lixia"))
    assert settle(client, base, sent)["counts"]["new"] == 2


def test_a_job_whose_submission_was_lost_sight_of_is_tried_again_and_then_failed(
    client: FlaskClient, base: Base
) -> None:
    sent = send(client, base)
    desk = base.desk()
    for attempt in range(1, jobs.ATTEMPTS + 1):
        job = jobs.claim(desk, "dead", attempt * 10 * jobs.LEASE)
        assert job is not None and job.attempts == attempt
    desk.change("job", ("submission", sent.json["id"]), lease=0)
    failed = settle(client, base, sent)
    assert (failed["state"], failed["transaction"]) == ("failed", None)
    assert failed["sentence"]["en"].startswith("The service failed")


def test_a_lost_file_is_said_to_be_lost(client: FlaskClient, base: Base) -> None:
    sent = send(client, base)
    (base.config.uploads / sent.json["id"] / "houses.geojson").unlink()
    refused = settle(client, base, sent)
    assert (refused["state"], client.get("/health").json["transaction"]) == ("refused", 3)


def test_a_departments_own_rules_hold_for_it_alone(config: Config, base: Base, tmp_path: Path) -> None:
    (tmp_path / "rules" / "lixia").mkdir(parents=True)
    (tmp_path / "rules" / "lixia" / "names.yaml").write_text(
        "- id: lixia.name\n  kind: pattern\n  severity: error\n  field: name\n  pattern: 历下.*\n"
        "  title: {zh: 名称, en: Name}\n  sentence: {zh: 名称要以历下开头, en: Names begin with Lixia}\n"
        "  remedy: {zh: 改名, en: Rename}\n"
    )
    ruled = replace(config, department_rules=tmp_path / "rules")
    client = create_app(ruled).test_client()
    sent = send(client, base)
    worker.run(ruled, once=True)
    refused = client.get(sent.headers["Location"], headers=bearer(base, "lixia")).json
    assert [rule["rule"] for rule in refused["rules"] if rule["severity"] == "error"] == ["lixia.name"]
    assert refused["rules"][0]["title"] == {"zh": "名称", "en": "Name"}
    other = send(client, base, who="province")
    worker.run(ruled, once=True)
    assert client.get(other.headers["Location"], headers=bearer(base, "province")).json["state"] == "done"


def test_a_worker_that_died_after_committing_is_made_good_by_the_next(client: FlaskClient, base: Base) -> None:
    sent = send(client, base)
    desk, submission = base.desk(), submissions.get(base.desk(), sent.json["id"])
    assert jobs.claim(desk, "dies", 1) is not None
    with closing(base.store()) as store:  # what the first worker did before it died
        upload = submissions.upload_of(base.config.uploads, submission)
        options = taking.options_of(base.config, store, upload, departments.named(desk, "lixia"))
        assert intake.load(store, upload.path, options).transaction == 4
    done = settle(client, base, sent)
    assert (done["state"], done["transaction"], done["counts"]["unchanged"]) == ("done", 4, 2)
    assert [step["state"] for step in done["steps"]] == ["done"] * 4
    assert client.get("/health").json["transaction"] == 4


def test_a_submission_withdrawn_at_the_last_moment_is_not_written(client: FlaskClient, base: Base) -> None:
    sent = send(client, base)
    desk = base.desk()
    submission = submissions.get(desk, sent.json["id"])
    assert submissions.begin(desk, submission)
    late = client.delete(sent.headers["Location"], headers=bearer(base, "lixia"))
    assert (late.status_code, rule_of(late)) == (409, "submission.state")
    submissions.change(desk, submission, state="withdrawn")
    assert not submissions.begin(desk, submission)
