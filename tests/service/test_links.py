"""Linking by command and by HTTP: a file, its report, who may, and what is refused."""

import io
from typing import Any

import pytest
from flask.testing import FlaskClient

from entities.rules import all_rules
from service.cli import run
from tests.service.conftest import Base, bearer, rule_of

PARCEL = "370102001001GB00001"


def send(client: FlaskClient, base: Base, text: str, department: str = "lixia", **form: str) -> Any:
    data = {"file": (io.BytesIO(text.encode("gb18030")), "宗地.csv"), "scheme": "parcel", **form}
    return client.post("/links", data=data, headers=bearer(base, department))


def test_a_file_is_linked_and_answered_with_its_report(client: FlaskClient, base: Base) -> None:
    answer = send(client, base, f"实体编码,宗地代码\n{base.standing},{PARCEL}\n", valid_from="2025-06-01")
    assert answer.status_code == 200 and answer.json["accepted"]
    assert answer.json["outcomes"]["linked"] == 1 and answer.json["transaction"] == 4
    card = client.get(f"/codes/{PARCEL}").json
    found = next(one for one in card["codes"] if one["scheme"] == "parcel")
    assert (card["code"], found["valid_from"], found["titles"]["zh"]) == (base.standing, "2025-06-01", "宗地代码")
    record = base.store().transaction_record(4)
    assert (record.actor, record.source) == ("lixia", "宗地.csv")


def test_a_file_with_a_wrong_row_changes_nothing(client: FlaskClient, base: Base) -> None:
    text = f"entity,parcel\n{base.standing},{PARCEL}\n{base.ended},{PARCEL}\n"
    answer = send(client, base, text)
    assert answer.status_code == 422 and not answer.json["accepted"]
    [finding] = answer.json["findings"]
    assert (finding["rule"], finding["row"]) == ("link.ended", 2) and finding["remedy"]["zh"]
    assert base.store().links(base.standing) == []
    assert send(client, base, text, partial="true").json["outcomes"]["linked"] == 1


def test_only_a_department_may_link_and_only_at_home(client: FlaskClient, base: Base) -> None:
    text = f"entity,parcel\n{base.standing},{PARCEL}\n"
    assert client.post("/links", data={"file": (io.BytesIO(text.encode()), "a.csv")}).status_code == 401
    answer = send(client, base, text, "shizhong")
    assert answer.status_code == 422 and answer.json["findings"][0]["rule"] == "link.scope"
    assert send(client, base, text, "province").status_code == 200


@pytest.mark.parametrize(
    ("form", "rule"),
    [
        ({"scheme": "nobody"}, "code.scheme"),
        ({"by": "luck"}, "param.value"),
        ({"colour": "red"}, "submission.option"),
        ({"columns": "nobody=a"}, "param.value"),
        ({"columns": "value=b"}, "link.columns"),
    ],
)
def test_what_cannot_be_asked_is_refused(client: FlaskClient, base: Base, form: dict[str, str], rule: str) -> None:
    assert rule_of(send(client, base, f"entity,parcel\n{base.standing},{PARCEL}\n", **form)) == rule


def test_a_request_without_a_file_is_refused(client: FlaskClient, base: Base) -> None:
    assert rule_of(client.post("/links", data={"scheme": "parcel"}, headers=bearer(base, "lixia"))) == "request.form"


def test_the_command_links_and_writes_what_became_of_every_row(base: Base, capsys: pytest.CaptureFixture[str]) -> None:
    folder = base.config.data
    path, report = folder / "links.csv", folder / "report.csv"
    path.write_text(f"entity,parcel\n{base.standing},{PARCEL}\nNWQNXN3SYKSR,{PARCEL}\n", encoding="utf-8")
    words = ["--data", str(folder), "link", str(path), "--scheme", "parcel", "--as", "lixia", "--report", str(report)]
    assert run(words) == 1
    said = capsys.readouterr().out
    assert "code.unknown" in said and "没有挂接" in said and "base is unchanged" in said
    lines = report.read_text("utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in lines[1:]] == ["linked", "unknown"]
    assert run([*words, "--partial"]) == 0
    assert base.store().resolve(PARCEL) == [base.standing]
    assert base.store().transaction_record(4).actor == "lixia"


def test_every_rule_of_linking_is_said_in_both_languages() -> None:
    found = {name: rule for name, rule in all_rules().items() if name.startswith(("link.", "code.scheme"))}
    assert len(found) > 15
    assert all("" not in (rule.title.zh, rule.title.en, rule.remedy.zh, rule.remedy.en) for rule in found.values())
