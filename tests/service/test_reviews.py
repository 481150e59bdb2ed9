"""The review desk over HTTP: who sees which cases, deciding, batches, holding, putting aside, taking back."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from service import departments
from service.cli import run
from service.departments import Department
from service.reviews import holds
from tests.service.conftest import Base, bearer, rule_of
from tests.service.test_auth import PAGE, sign_in
from tests.service.test_submissions import houses, send, settle
from tests.service.test_whole_pages import check

HALF = 0.0001  # degrees: half of a house of `houses`


def doubtful(client: FlaskClient, base: Base, count: int = 1, who: str = "province") -> list[dict[str, Any]]:
    """A survey, then one that shows each house half beside itself; returns the cases as lixia sees them."""
    places = [(117.3 + step / 100, 36.3) for step in range(count)]
    first = houses(*((west, south, 12.0) for west, south in places))
    settle(client, base, send(client, base, first, who=who, valid_from="2025-05-19"), who)
    moved = houses(*((west + HALF, south, 15.0) for west, south in places))
    done = settle(client, base, send(client, base, moved, who=who, name="again.geojson", valid_from="2026-05-19"), who)
    assert done["counts"]["review"] == count
    found: list[dict[str, Any]] = queue(client, base)["reviews"]
    return found


def queue(client: FlaskClient, base: Base, who: str = "lixia", query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/reviews{query}", headers=bearer(base, who)).json
    return found


def case(client: FlaskClient, base: Base, review: int, who: str = "lixia") -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/reviews/{review}", headers=bearer(base, who)).json
    return found


def decide(client: FlaskClient, base: Base, review: int, verdict: str, who: str = "lixia", **more: object) -> Any:
    seen = more.pop("seen", None) or case(client, base, review, who)["seen"]
    body = {"verdict": verdict, "seen": seen, **more}
    return client.post(f"/reviews/{review}/decide", json=body, headers=bearer(base, who))


def test_nobody_is_let_in_without_a_token(client: FlaskClient) -> None:
    for path in ("/reviews", "/reviews/1", "/reviews/batch?band=partly&class=310301", "/reviews/decided"):
        assert (client.get(path).status_code, rule_of(client.get(path))) == (401, "auth.needed")
    for path in ("/reviews/1/decide", "/reviews/batch", "/reviews/undo", "/reviews/1/hold", "/reviews/1/park"):
        assert client.post(path).status_code == 401


def test_the_report_leads_to_the_case(client: FlaskClient, base: Base) -> None:
    [one] = doubtful(client, base)
    sent = client.get("/submissions", headers=bearer(base, "province")).json["submissions"][0]
    report = client.get(f"/submissions/{sent['id']}/report", headers=bearer(base, "province")).json
    assert [feature["review"] for feature in report["features"]] == [one["id"]]


def test_a_case_says_everything_a_person_needs(client: FlaskClient, base: Base) -> None:
    [one] = doubtful(client, base)
    found = case(client, base, one["id"])
    assert (found["state"], found["department"], found["day"], found["row"]) == ("waiting", "province", "2026-05-19", 1)
    assert found["reasons"] and found["band"]["zh"] and found["may"]
    assert [one["code"] for one in found["candidates"]] == [found["chosen"]]
    rows = {row["field"]: row for row in found["rows"]}
    assert (rows["height"]["before"], rows["height"]["after"], rows["height"]["differs"]) == (12, 15, True)
    assert not rows["name"]["differs"]
    assert len(found["split"]["parts"]) == 2
    assert sum(part["share"] for part in found["split"]["parts"]) == pytest.approx(1, abs=0.01)
    assert found["queue"] | {"hidden": 0} == {
        **{"place": 1, "total": 1, "all": 1, "next": None, "previous": None, "filters": {}},
        "hidden": 0,
    }


def test_one_s_own_uploads_are_for_others_to_decide(client: FlaskClient, base: Base) -> None:
    doubtful(client, base, who="lixia")
    mine = queue(client, base, "lixia")
    assert (mine["total"], mine["hidden"]["own"]) == (0, 1)
    assert queue(client, base, "shizhong")["all"] == 0
    [one] = queue(client, base, "province")["reviews"]
    refused = decide(client, base, one["id"], "reject")
    assert (refused.status_code, rule_of(refused)) == (403, "review.own")
    assert "山东省自然资源厅" in refused.json["detail"]["zh"]
    elsewhere = decide(client, base, one["id"], "reject", "shizhong")
    assert (elsewhere.status_code, rule_of(elsewhere)) == (403, "review.where")
    assert decide(client, base, one["id"], "reject", "province").status_code == 200


def test_a_level_that_nobody_is_above_decides_about_its_own(client: FlaskClient, base: Base) -> None:
    doubtful(client, base)
    desk = base.desk()
    for name in ("lixia", "shizhong"):
        departments.remove(desk, name)
    [one] = queue(client, base, "province")["reviews"]
    assert decide(client, base, one["id"], "new", "province").status_code == 200


def test_a_decision_is_a_transaction_of_its_author(client: FlaskClient, base: Base) -> None:
    [one] = doubtful(client, base)
    answer = decide(client, base, one["id"], "same", note="量过")
    assert (answer.status_code, answer.json["verdict"], answer.json["left"]) == (200, "same", 0)
    code = answer.json["applied"][0]["codes"][0]
    card = client.get(f"/codes/{code}").json
    assert (card["height"], card["valid_from"], card["source"]["department"]) == (15.0, "2026-05-19", "lixia")
    assert card["source"]["file"] == "again.geojson" and card["source"]["submission"]
    assert "量过" in card["source"]["reason"]
    judged = case(client, base, one["id"])["judgement"]
    assert (judged["author"], judged["verdict"], judged["note"]) == ("lixia", "same", "量过")
    again = decide(client, base, one["id"], "new")
    assert (again.status_code, rule_of(again)) == (409, "review.decided")


def test_what_was_decided_is_not_asked_again(client: FlaskClient, base: Base) -> None:
    [one] = doubtful(client, base)
    decide(client, base, one["id"], "reject")
    moved = houses((117.3 + HALF, 36.3, 15.0))
    sent = send(client, base, moved, who="province", name="again.geojson", valid_from="2026-05-19")
    done = settle(client, base, sent, "province")
    assert (done["counts"]["review"], done["counts"]["rejected"]) == (0, 1)
    report = client.get(f"{sent.headers['Location']}/report", headers=bearer(base, "province")).json
    assert "lixia" in report["features"][0]["reasons"][-1]["zh"]
    assert queue(client, base)["total"] == 0


def test_a_decision_names_what_was_seen(client: FlaskClient, base: Base) -> None:
    [one] = doubtful(client, base)
    path, headers = f"/reviews/{one['id']}/decide", bearer(base, "lixia")
    blind = client.post(path, json={"verdict": "new"}, headers=headers)
    assert (blind.status_code, rule_of(blind)) == (428, "review.seen")
    stale = client.post(path, json={"verdict": "new"}, headers={**headers, "If-Match": '"0123"'})
    assert (stale.status_code, rule_of(stale)) == (412, "review.stale")
    seen = client.get(f"/reviews/{one['id']}", headers=headers).headers["ETag"]
    assert client.post(path, json={"verdict": "new"}, headers={**headers, "If-Match": seen}).status_code == 200


@pytest.mark.parametrize(
    ("verdict", "more", "status", "rule"),
    [
        ("perhaps", {}, 422, "review.verdict"),
        ("", {}, 422, "review.verdict"),
        ("same", {"codes": ["111111111111"]}, 422, "review.candidate"),
        ("same", {"codes": ["12"]}, 422, "code.form.length"),
        ("merge", {}, 422, "review.merge"),
        ("split", {"cut": "118,36 118,37"}, 422, "review.cut"),
        ("split", {"cut": "118,36"}, 422, "review.cut.form"),
        ("split", {"cut": "a,b c,d"}, 422, "review.cut.form"),
        ("split", {"cut": "nan,1 2,3"}, 422, "review.cut.form"),
    ],
)
def test_a_wrong_verdict_is_refused(
    client: FlaskClient, base: Base, verdict: str, more: dict[str, object], status: int, rule: str
) -> None:
    [one] = doubtful(client, base)
    answer = decide(client, base, one["id"], verdict, **more)
    assert (answer.status_code, rule_of(answer)) == (status, rule)
    assert queue(client, base)["total"] == 1


def test_an_unknown_case_is_not_found(client: FlaskClient, base: Base) -> None:
    answer = client.get("/reviews/99", headers=bearer(base, "lixia"))
    assert (answer.status_code, rule_of(answer)) == (404, "review.unknown")
    answer = client.post("/reviews/99/decide", json={"verdict": "new", "seen": "x"}, headers=bearer(base, "lixia"))
    assert answer.status_code == 404


def test_a_cut_is_counted_before_it_is_made(client: FlaskClient, base: Base) -> None:
    [one] = doubtful(client, base)
    line = "117.30005,36.2 117.30005,36.4"
    answer = client.get(f"/reviews/{one['id']}/cut?line={line}", headers=bearer(base, "lixia"))
    assert [round(part["share"], 2) for part in answer.json["parts"]] == [0.75, 0.25]
    beside = client.get(f"/reviews/{one['id']}/cut?line=118,36 118,37", headers=bearer(base, "lixia"))
    assert rule_of(beside) == "review.cut"
    made = decide(client, base, one["id"], "split", cut=line)
    assert len(made.json["applied"][0]["codes"]) == 2


def batch(client: FlaskClient, base: Base, cases: list[dict[str, Any]], verdict: str, who: str = "lixia") -> Any:
    pairs = [{"id": one["id"], "seen": case(client, base, one["id"], who)["seen"]} for one in cases]
    return client.post("/reviews/batch", json={"verdict": verdict, "cases": pairs}, headers=bearer(base, who))


def test_a_batch_is_one_transaction_and_one_undo(client: FlaskClient, base: Base) -> None:
    cases = doubtful(client, base, 3)
    before = client.get("/health").json["transaction"]
    page = client.get(f"/reviews/batch?band={cases[0]['band']['id']}&class=310301", headers=bearer(base, "lixia")).json
    assert len(page["cases"]) == 3
    made = batch(client, base, cases, "same")
    assert (made.status_code, made.json["transaction"]) == (200, before + 1)
    assert [one["outcome"] for one in made.json["applied"]] == ["changed"] * 3
    assert queue(client, base)["total"] == 0
    undone = client.post("/reviews/undo", headers=bearer(base, "lixia"))
    assert sorted(undone.json["reviews"]) == sorted(one["id"] for one in cases)
    assert queue(client, base)["total"] == 3
    again = client.post("/reviews/undo", headers=bearer(base, "lixia"))
    assert (again.status_code, rule_of(again)) == (409, "review.undo")


def test_a_batch_that_cannot_be_is_refused(client: FlaskClient, base: Base) -> None:
    cases = doubtful(client, base, 2)
    headers = bearer(base, "lixia")

    def rule(body: dict[str, object]) -> str:
        return rule_of(client.post("/reviews/batch", json=body, headers=headers))

    assert rule({"verdict": "same", "cases": []}) == "review.batch.none"
    many = [{"id": number, "seen": "x"} for number in range(51)]
    assert rule({"verdict": "same", "cases": many}) == "review.batch.many"
    assert rule({"verdict": "merge", "cases": [{"id": cases[0]["id"], "seen": "x"}]}) == "review.batch.verdict"
    assert rule({"verdict": "same", "cases": [{"id": "x"}]}) == "request.form"
    assert rule({"verdict": "same", "cases": [1]}) == "request.form"
    store = base.store()
    store.database.run("UPDATE review SET band = 'twice' WHERE id = ?", [cases[0]["id"]])
    store.database.commit()
    store.close()
    assert rule_of(batch(client, base, cases, "new")) == "review.batch.mixed"
    assert queue(client, base)["total"] == 2


def test_one_stale_case_stops_the_batch(client: FlaskClient, base: Base) -> None:
    first, second = doubtful(client, base, 2)
    pairs = [{"id": first["id"], "seen": case(client, base, first["id"])["seen"]}, {"id": second["id"], "seen": "old"}]
    answer = client.post("/reviews/batch", json={"verdict": "new", "cases": pairs}, headers=bearer(base, "lixia"))
    assert (answer.status_code, rule_of(answer)) == (412, "review.stale")
    assert queue(client, base)["total"] == 2


def test_any_of_the_last_decisions_is_taken_back(client: FlaskClient, base: Base) -> None:
    cases = doubtful(client, base, 3)
    numbers = [decide(client, base, one["id"], "new").json["transaction"] for one in cases]
    listed = client.get("/reviews/decided", headers=bearer(base, "lixia")).json["decisions"]
    assert [one["transaction"] for one in listed] == numbers[::-1]
    code = case(client, base, cases[1]["id"])["judgement"]
    assert code["verdict"] == "new"
    undone = client.post("/reviews/undo", json={"transaction": numbers[1]}, headers=bearer(base, "lixia"))
    assert undone.json["reviews"] == [cases[1]["id"]]
    assert case(client, base, cases[1]["id"])["state"] == "waiting"
    strange = client.post("/reviews/undo", json={"transaction": numbers[0]}, headers=bearer(base, "province"))
    assert (strange.status_code, rule_of(strange)) == (409, "review.undo")
    assert decide(client, base, cases[1]["id"], "same").status_code == 200


def test_what_a_colleague_holds_is_theirs(client: FlaskClient, base: Base) -> None:
    first, second = doubtful(client, base, 2)
    path = f"/reviews/{first['id']}"
    assert client.post(f"{path}/hold", headers=bearer(base, "lixia")).json == {"held": None}
    desk = base.desk()
    departments.add(desk, Department("also", "历下区测绘院", "370102"))
    base.tokens["also"] = departments.renew(desk, "also")
    seen = queue(client, base, "also")
    assert (seen["total"], seen["hidden"]["held"], seen["held"][0]["minutes"]) == (1, 1, 1)
    assert client.post(f"{path}/hold", headers=bearer(base, "also")).json["held"]["who"] == "历下区自然资源局"
    refused = decide(client, base, first["id"], "new", "also")
    assert (refused.status_code, rule_of(refused)) == (409, "review.held")
    assert decide(client, base, second["id"], "new", "also").status_code == 200
    client.post(f"{path}/release", headers=bearer(base, "lixia"))
    assert decide(client, base, first["id"], "new", "also").status_code == 200


def test_a_hold_ends_by_itself(client: FlaskClient, base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    [one] = doubtful(client, base)
    client.post(f"/reviews/{one['id']}/hold", headers=bearer(base, "lixia"))
    assert queue(client, base, "province")["hidden"]["held"] == 0  # its own upload, which others decide
    later = holds.now() + holds.LASTS + 1
    monkeypatch.setattr(holds, "now", lambda: later)
    assert holds.of_others(base.desk(), holds.Seat(Department("x", "x", "370000"), "", "x")) == {}


def test_a_case_is_put_aside_for_a_colleague(client: FlaskClient, base: Base) -> None:
    first, second = doubtful(client, base, 2)
    body = {"colleague": "张工", "note": "问一下现场"}
    answer = client.post(f"/reviews/{first['id']}/park", json=body, headers=bearer(base, "lixia"))
    assert answer.json == {"parked": True, "next": second["id"], "place": 1, "left": 1}
    assert [one["id"] for one in queue(client, base)["reviews"]] == [second["id"]]
    aside = queue(client, base, query="?parked=yes")
    assert [one["id"] for one in aside["reviews"]] == [first["id"]]
    assert aside["parked"][0] | {"by": ""} == {"review": first["id"], "by": "", **body}
    client.post(f"/reviews/{first['id']}/park", json={}, headers=bearer(base, "lixia"))
    assert queue(client, base)["total"] == 2


def test_the_queue_is_narrowed_by_filters_that_say_what_they_hide(client: FlaskClient, base: Base) -> None:
    cases = doubtful(client, base, 3)
    band = cases[0]["band"]["id"]
    assert queue(client, base, query=f"?band={band}&department=province&class=310301")["total"] == 3
    none = queue(client, base, query="?band=twice")
    assert (none["total"], none["all"], none["hidden"]["filters"]) == (0, 3, 3)
    assert none["facets"]["band"][0]["count"] == 3
    inside = case(client, base, cases[1]["id"])["queue"]
    assert (inside["place"], inside["previous"], inside["next"]) == (2, cases[0]["id"], cases[2]["id"])


def form(client: FlaskClient, path: str) -> dict[str, str]:
    """The hidden fields of a page's form of decisions."""
    page = client.get(path, headers=PAGE).text
    part = page[page.index('id="decide"') :]
    names = ("csrf", "seen", "candidate")
    return {name: part.split(f'name="{name}" value="')[1].split('"')[0] for name in names}


def test_pages_decide_without_scripts(client: FlaskClient, base: Base) -> None:
    first, second = doubtful(client, base, 2)
    sign_in(client, base)
    assert f"/reviews/{first['id']}" in client.get("/reviews", headers=PAGE).text
    fields = form(client, f"/reviews/{first['id']}")
    answer = client.post(f"/reviews/{first['id']}/decide", data={**fields, "verdict": "same"}, headers=PAGE)
    assert answer.status_code == 303
    assert f"/reviews/{second['id']}?done=" in answer.headers["Location"]
    shown = client.get(answer.headers["Location"], headers=PAGE).text
    assert "撤回" in shown
    forged = client.post(
        f"/reviews/{second['id']}/decide", data={**fields, "csrf": "x", "verdict": "new"}, headers=PAGE
    )
    assert forged.status_code == 403
    back = client.post("/reviews/undo", data={"csrf": fields["csrf"]}, headers=PAGE)
    assert (back.status_code, back.headers["Location"]) == (303, f"/reviews/{first['id']}")


def test_an_officer_s_name_stands_in_their_decisions(client: FlaskClient, base: Base) -> None:
    [one] = doubtful(client, base)
    sign_in(client, base)
    fields = form(client, f"/reviews/{one['id']}")
    client.post("/reviews/officer", data={"csrf": fields["csrf"], "officer": " 张\n工 "}, headers=PAGE)
    client.post(f"/reviews/{one['id']}/decide", data={**fields, "verdict": "new"}, headers=PAGE)
    assert case(client, base, one["id"])["judgement"]["author"] == "lixia · 张 工"


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_pages_are_whole_in_every_state(client: FlaskClient, base: Base, language: str) -> None:
    first, second, _ = doubtful(client, base, 3)
    sign_in(client, base)
    for path in ("/reviews", "/reviews?band=twice", f"/reviews/{first['id']}", "/reviews/decided"):
        check(client, path, language)
    check(client, f"/reviews/batch?band={first['band']['id']}&class=310301", language)
    check(client, "/reviews/batch?band=twice&class=310301", language)
    check(client, "/reviews/batch", language, 400)
    check(client, "/reviews/99", language, 404)
    decide(client, base, first["id"], "new", note="<b>")
    client.post(f"/reviews/{second['id']}/park", json={"note": "<b>"}, headers=bearer(base, "lixia"))
    for path in (f"/reviews/{first['id']}", f"/reviews/{second['id']}", "/reviews/decided", "/reviews?parked=yes"):
        assert "<b>" not in check(client, path, language)


def test_cases_are_decided_at_a_shell(client: FlaskClient, base: Base, capsys: pytest.CaptureFixture[str]) -> None:
    [one] = doubtful(client, base)

    def shell(*arguments: str) -> tuple[int, str]:
        code = run(["--data", str(base.config.data), "--lang", "en", "review", *arguments])
        said = capsys.readouterr()
        return code, said.out + said.err

    number = str(one["id"])
    code, listed = shell("list", "--as", "lixia")
    assert code == 0 and listed.startswith("1 cases wait") and number in listed
    assert "* height: 12 → 15" in shell("show", number)[1]
    code, refused = shell("decide", number, "same", "--as", "shizhong")
    assert code == 1 and "review.where" in refused
    code, refused = shell("decide", number, "perhaps")
    assert code == 1 and "review.verdict" in refused
    code, decided = shell("decide", number, "new", "--replaces", "--as", "lixia", "--note", "rebuilt")
    assert code == 0 and "Recorded" in decided
    assert case(client, base, one["id"])["judgement"]["note"] == "rebuilt"
    code, undone = shell("undo", "--as", "lixia")
    assert code == 0 and f"waits again: {number}" in undone
    assert queue(client, base)["total"] == 1


def test_a_hold_that_ends_while_the_queue_is_told_is_told_no_more(
    client: FlaskClient, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    [one] = doubtful(client, base)
    hold = holds.Hold(one["id"], "city", "李", "another", 0, 2**40)
    told = iter([{one["id"]: hold}, {}])
    monkeypatch.setattr(holds, "of_others", lambda desk, seat: next(told))
    found = client.get("/reviews", headers=bearer(base, "lixia"))
    assert (found.status_code, found.json["held"]) == (200, [])
