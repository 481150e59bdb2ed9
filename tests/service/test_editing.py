"""One entity made, changed or ended by HTTP: by the rules, in the territory, and never over what someone else said."""

from collections.abc import Mapping
from typing import Any

import pytest
import shapely
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from entities.model import Period, State, Version, day_text, today
from entities.store.reviews import cases
from service.intake.drafts import merged
from tests.service.conftest import BUILDING, FIRST, SECOND, Base, bearer, rule_of, square

LONG_AGO = {"valid-from": "2024-06-01"}
LIXIA_PLACE, SHIZHONG_PLACE, BORDER_PLACE = (117.3, 36.4), (118.3, 36.4), (117.9999, 36.4)


def house(lon: float = 117.3, lat: float = 36.4, **properties: Any) -> dict[str, Any]:
    geometry = shapely.geometry.mapping(square(lon, lat))
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": {"class": BUILDING, "name": "新楼", "height": 12.0, **properties},
    }


class Editing:
    """A department that edits buildings."""

    def __init__(self, client: FlaskClient, base: Base, who: str = "lixia") -> None:
        self.client, self.base, self.headers = client, base, bearer(base, who)

    def post(self, feature: object, **query: object) -> TestResponse:
        return self.client.post("/collections/buildings/items", json=feature, headers=self.headers, query_string=query)

    def send(
        self, method: str, code: str, sent: object = None, tag: str | None = None, **query: object
    ) -> TestResponse:
        headers = {**self.headers, **({"If-Match": tag} if tag else {})}
        return self.client.open(self.path(code), method=method, json=sent, headers=headers, query_string=query)

    def get(self, code: str) -> TestResponse:
        return self.client.get(self.path(code))

    @staticmethod
    def path(code: str) -> str:
        return f"/collections/buildings/items/{code}"

    def tag(self, code: str) -> str:
        return self.get(code).headers["ETag"]


@pytest.fixture
def lixia(client: FlaskClient, base: Base) -> Editing:
    return Editing(client, base)


def transactions(base: Base) -> int:
    return base.store().view().moment.known_at


def sentence(answer: TestResponse) -> Mapping[str, str]:
    found: Mapping[str, str] = answer.json["detail"]
    return found


class TestMaking:
    def test_a_new_entity_gets_a_code_a_place_and_a_tag(self, lixia: Editing, base: Base) -> None:
        made = lixia.post(house(attributes={"use": "住宅", "floors": 4}), reason="竣工")
        assert made.status_code == 201
        code = made.json["id"]
        assert made.headers["Location"].endswith(lixia.path(code))
        assert made.headers["ETag"] == lixia.tag(code)
        assert made.json["properties"]["attributes"] == {"use": "住宅", "floors": 4}
        assert made.json["properties"]["valid_from"] == day_text(today())
        record = base.store().transaction_record(transactions(base))
        assert (record.actor, record.reason, record.source) == ("lixia", "竣工", "api")

    def test_a_thing_that_is_known_is_not_made_twice(self, lixia: Editing, base: Base) -> None:
        first = lixia.post(house())
        before = transactions(base)
        again = lixia.post(house())
        assert (again.status_code, again.json["id"]) == (200, first.json["id"])
        assert again.headers["ETag"] == first.headers["ETag"]
        for changed in (house(height=15.0), house(lon=117.30001)):
            refused = lixia.post(changed)
            assert (refused.status_code, rule_of(refused)) == (409, "edit.known")
            assert first.json["id"] in sentence(refused)["zh"]
        assert transactions(base) == before

    def test_what_is_unsure_is_left_to_a_person_once(self, lixia: Editing, base: Base) -> None:
        lixia.post(house())
        half = house(lon=117.3001)
        held = [lixia.post(half) for _ in range(2)]
        assert [answer.status_code for answer in held] == [202, 202]
        assert held[0].json["outcome"] == "review"
        assert held[0].headers["Location"] == held[1].headers["Location"]
        assert len(cases(base.store().database, "1 = 1", [])) == 1

    def test_it_may_be_so_since_a_day_in_the_past_and_not_from_one_to_come(self, lixia: Editing) -> None:
        made = lixia.post(house(), **{"valid-from": "2024-01-02"})
        assert made.json["properties"]["valid_from"] == "2024-01-02"
        refused = lixia.post(house(lon=117.4), **{"valid-from": "2999-01-01"})
        assert (refused.status_code, rule_of(refused)) == (422, "time.valid.future")

    @pytest.mark.parametrize(
        ("sent", "rule"),
        [
            ({"type": "Feature"}, "edit.form"),
            ({**house(), "type": "FeatureCollection"}, "edit.form"),
            (house(hieght=3), "edit.form"),
            (house(height="12"), "edit.form"),
            (house(height=True), "edit.form"),
            (house(attributes={"a": [1]}), "edit.form"),
            (house(attributes=7), "edit.form"),
            ({**house(), "geometry": None}, "geom.empty"),
            ({**house(), "geometry": {"type": "Polygon", "coordinates": [[[117.3, 36.4]]]}}, "geom.form.few"),
            ({**house(), "geometry": {"type": "Curve", "coordinates": []}}, "geom.form"),
            ({**house(), "geometry": shapely.geometry.mapping(shapely.Point(117.3, 36.4))}, "geom.kind"),
            ({**house(), "geometry": shapely.geometry.mapping(square(36.4, 117.3))}, "crs.swapped"),
            (house(height=5000.0), "model.tall"),
            (house(**{"class": "999999"}), "class.unknown"),
            (house(**{"class": "650100"}), "edit.layer"),
            (house(**{"class": None}), "class.unknown"),
        ],
    )
    def test_what_breaks_a_rule_is_refused_by_it(self, lixia: Editing, base: Base, sent: object, rule: str) -> None:
        before = transactions(base)
        refused = lixia.post(sent)
        assert (refused.status_code, rule_of(refused)) == (422, rule)
        assert transactions(base) == before

    @pytest.mark.parametrize("body", [b"{", b"[]", b"[" * 100_000, b"\xff", b'{"type": "Feature", "properties": '])
    def test_what_is_no_object_is_refused(self, lixia: Editing, body: bytes) -> None:
        headers = {**lixia.headers, "Content-Type": "application/geo+json"}
        answer = lixia.client.post("/collections/buildings/items", data=body, headers=headers)
        assert (answer.status_code, rule_of(answer)) == (400, "request.form")

    def test_numbers_that_are_none_are_refused(self, lixia: Editing) -> None:
        body = b'{"type": "Feature", "geometry": null, "properties": {"class": "310301", "height": NaN}}'
        headers = {**lixia.headers, "Content-Type": "application/json"}
        assert rule_of(lixia.client.post("/collections/buildings/items", data=body, headers=headers)) == "edit.form"

    def test_another_media_type_is_not_read(self, lixia: Editing) -> None:
        answer = lixia.client.post("/collections/buildings/items", data="<gml/>", headers=lixia.headers)
        assert answer.status_code == 415


class TestTerritory:
    def test_nobody_edits_in_anothers_territory(self, client: FlaskClient, base: Base) -> None:
        lixia, shizhong = Editing(client, base), Editing(client, base, "shizhong")
        theirs = shizhong.post(house(*SHIZHONG_PLACE), **LONG_AGO).json["id"]
        before = transactions(base)
        tag = lixia.tag(theirs)
        for answer, rule in (
            (lixia.post(house(118.4)), "scope.owner"),
            (lixia.send("PUT", theirs, house(*SHIZHONG_PLACE, height=15.0), tag), "scope.owner"),
            (lixia.send("PUT", theirs, house(*LIXIA_PLACE), tag), "scope.entity"),
            (lixia.send("PATCH", theirs, {"properties": {"name": "x"}}, tag), "scope.owner"),
            (lixia.send("DELETE", theirs, None, tag), "scope.entity"),
            (lixia.send("DELETE", theirs, None, tag, retract="true"), "scope.entity"),
        ):
            assert (answer.status_code, rule_of(answer)) == (403, rule)
        assert transactions(base) == before

    def test_what_crosses_the_border_waits_for_the_other_side(self, client: FlaskClient, base: Base) -> None:
        lixia, province = Editing(client, base), Editing(client, base, "province")
        held = lixia.post(house(*BORDER_PLACE))
        assert (held.status_code, held.json["outcome"]) == (202, "review")
        assert cases(base.store().database, "1 = 1", [])[0].needs == ("370103",)
        made = province.post(house(*BORDER_PLACE), **LONG_AGO)
        assert made.status_code == 201
        code = made.json["id"]
        for method, sent in (("PUT", house(*BORDER_PLACE, height=30.0)), ("DELETE", None)):
            answer = lixia.send(method, code, sent, lixia.tag(code))
            assert (answer.status_code, answer.json["codes"]) == (202, [code])
        assert lixia.get(code).json["properties"]["height"] == 12.0

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    def test_nobody_edits_without_a_token(self, client: FlaskClient, base: Base, method: str) -> None:
        path = "/collections/buildings/items" + ("" if method == "POST" else f"/{base.standing}")
        answer = client.open(path, method=method, json=house(), headers={"If-Match": '"x"'})
        assert (answer.status_code, rule_of(answer)) == (401, "auth.needed")

    def test_another_hosts_page_cannot_edit_and_cannot_read_the_answer(self, lixia: Editing, base: Base) -> None:
        lixia.client.post("/sign-in", data={"token": base.tokens["lixia"]})
        answer = lixia.client.post("/collections/buildings/items", json=house())
        assert (answer.status_code, rule_of(answer)) == (403, "auth.form")
        assert "Access-Control-Allow-Origin" not in lixia.post(house()).headers


class TestChanging:
    def test_what_was_got_can_be_sent_back_and_is_nothing_new(self, lixia: Editing, base: Base) -> None:
        before, got = transactions(base), lixia.get(base.standing)
        put = lixia.send("PUT", base.standing, got.json, got.headers["ETag"])
        assert (put.status_code, put.headers["ETag"]) == (200, got.headers["ETag"])
        assert transactions(base) == before

    def test_a_change_is_a_version_from_its_day_on_and_has_a_new_tag(self, lixia: Editing, base: Base) -> None:
        got = lixia.get(base.standing)
        sent = {**got.json, "properties": {**got.json["properties"], "height": 27.0}}
        put = lixia.send("PUT", base.standing, sent, got.headers["ETag"])
        assert put.status_code == 200
        assert put.json["properties"]["height"] == 27.0
        assert put.headers["ETag"] == lixia.tag(base.standing) != got.headers["ETag"]
        heights = [version.state.height for version in base.store().view().course(base.standing)]
        assert heights == [21.0, 24.0, 27.0]
        assert rule_of(lixia.send("PUT", base.standing, sent, got.headers["ETag"])) == "request.stale"

    def test_a_centimetre_counts(self, lixia: Editing, base: Base) -> None:
        got = lixia.get(base.standing).json
        moved = {**got, "geometry": shapely.geometry.mapping(square(117.1000001, 36.5))}
        put = lixia.send("PUT", base.standing, moved, lixia.tag(base.standing))
        assert put.json["geometry"]["coordinates"][0][0][0] in (117.1000001, 117.1002001)

    def test_a_patch_changes_what_it_names_alone(self, lixia: Editing, base: Base) -> None:
        patch = {"properties": {"name": None, "attributes": {"use": "商业"}}}
        done = lixia.send("PATCH", base.standing, patch, lixia.tag(base.standing))
        facts = done.json["properties"]
        assert (facts["name"], facts["height"]) == (None, 24.0)
        assert facts["attributes"] == {"note": "<script>alert(1)</script>", "use": "商业"}

    def test_an_edit_of_a_day_speaks_up_to_the_next_thing_known(self, lixia: Editing, base: Base) -> None:
        day = day_text(FIRST + 10)
        then = lixia.client.get(lixia.path(base.standing), query_string={"datetime": day})
        done = lixia.send(
            "PATCH", base.standing, {"properties": {"height": 22.0}}, then.headers["ETag"], **{"valid-from": day}
        )
        assert done.status_code == 200
        told = [(one.period.start, one.state.height) for one in base.store().view().course(base.standing)]
        assert told == [(FIRST, 21.0), (FIRST + 10, 22.0), (SECOND, 24.0)]

    def test_heights_along_a_line_are_not_lost_in_silence(self, client: FlaskClient, base: Base) -> None:
        store = base.store()
        shape = shapely.LineString([(117.3, 36.3, 20.0), (117.301, 36.3, 21.0)])
        with store.transaction("lixia", "pipe") as transaction:
            state = State("510201", shape, "管")
            [code] = transaction.issue([state])
            transaction.put([Version(code, Period(FIRST), state)])
        layer = store.meaning.layer_of("510201")
        path, headers = f"/collections/{layer}/items/{code}", bearer(base, "lixia")
        got = client.get(path)
        named = merged(got.json, {"properties": {"name": "干管"}})
        done = client.put(path, json=named, headers={**headers, "If-Match": got.headers["ETag"]})
        assert done.status_code == 200
        assert base.store().view().get(code).state.geometry.equals(shape)
        assert base.store().view().get(code).state.geometry.has_z
        bent = merged(named, {"geometry": {"coordinates": [[117.3, 36.3], [117.302, 36.3]]}})
        tag = done.headers["ETag"]
        refused = client.put(path, json=bent, headers={**headers, "If-Match": tag})
        assert (refused.status_code, rule_of(refused)) == (422, "edit.heights")
        raised = merged(named, {"geometry": {"coordinates": [[117.3, 36.3, 20.0], [117.302, 36.3, 21.0]]}})
        assert client.put(path, json=raised, headers={**headers, "If-Match": tag}).status_code == 200

    @pytest.mark.parametrize(
        ("tag", "status", "rule"),
        [
            (None, 428, "request.condition"),
            ("*", 428, "request.condition"),
            ('"0123"', 412, "request.stale"),
            ('"a", "b"', 412, "request.stale"),
            ('W/"0123"', 412, "request.weak"),
            ('"a", W/"b"', 412, "request.weak"),
            ("0123", 400, "request.tag"),
            ('"a" "b"', 400, "request.tag"),
            ('"a",', 400, "request.tag"),
        ],
    )
    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
    def test_nothing_is_changed_unseen(
        self, lixia: Editing, base: Base, method: str, tag: str | None, status: int, rule: str
    ) -> None:
        before = transactions(base)
        answer = lixia.send(method, base.standing, house(117.1, 36.5), tag)
        assert (answer.status_code, rule_of(answer)) == (status, rule)
        assert transactions(base) == before

    def test_one_of_several_tags_is_enough(self, lixia: Editing, base: Base) -> None:
        tags = f'"x" , {lixia.tag(base.standing)},"y"'
        assert lixia.send("PATCH", base.standing, {"properties": {"name": "楼"}}, tags).status_code == 200

    @pytest.mark.parametrize(
        ("code", "layer", "status"),
        [("ended", "buildings", 410), ("111111111111", "buildings", 404), ("standing", "roads", 404)],
    )
    def test_what_is_not_there_cannot_be_changed(
        self, lixia: Editing, base: Base, code: str, layer: str, status: int
    ) -> None:
        known = getattr(base, code, code)
        headers = {**lixia.headers, "If-Match": '"x"'}
        answer = lixia.client.patch(f"/collections/{layer}/items/{known}", json={}, headers=headers)
        assert answer.status_code == status

    @pytest.mark.parametrize("query", [{"datetime": "2024-06-01"}, {"known-at": "2"}])
    def test_a_version_cannot_be_changed(self, lixia: Editing, base: Base, query: dict[str, str]) -> None:
        answer = lixia.send("PUT", base.standing, house(), lixia.tag(base.standing), **query)
        assert (answer.status_code, rule_of(answer)) == (405, "request.method")
        assert answer.headers["Allow"] == "GET, HEAD"


class TestEnding:
    def test_what_ended_is_gone_and_says_since_when(self, lixia: Editing, base: Base) -> None:
        assert lixia.send("DELETE", base.standing, None, lixia.tag(base.standing)).status_code == 204
        gone = lixia.get(base.standing)
        assert (gone.status_code, rule_of(gone)) == (410, "code.ended")
        assert gone.json["ended"] == day_text(today())
        assert base.store().view(valid_at=SECOND).get(base.standing).state.height == 24.0
        again = lixia.send("DELETE", base.standing, None, '"x"')
        assert again.status_code == 410

    def test_what_never_was_is_retracted(self, lixia: Editing, base: Base) -> None:
        done = lixia.send("DELETE", base.standing, None, lixia.tag(base.standing), retract="true")
        assert done.status_code == 204
        assert rule_of(lixia.get(base.standing)) == "code.retracted"
        assert lixia.client.get(f"/items/{base.standing}?known-at=3").status_code == 200

    def test_nothing_ends_before_it_began(self, lixia: Editing) -> None:
        code = lixia.post(house()).json["id"]
        refused = lixia.send("DELETE", code, None, lixia.tag(code))
        assert (refused.status_code, rule_of(refused)) == (409, "edit.end")

    def test_the_day_may_be_said_in_the_header_of_versioned_features(self, lixia: Editing, base: Base) -> None:
        day = day_text(SECOND + 9)
        headers = {**lixia.headers, "If-Match": lixia.tag(base.standing), "OGC-Mutation-Datetime": f"{day}T08:00:00Z"}
        assert lixia.client.delete(lixia.path(base.standing), headers=headers).status_code == 204
        assert lixia.get(base.standing).json["ended"] == day

    def test_a_wrong_word_is_refused(self, lixia: Editing, base: Base) -> None:
        answer = lixia.send("DELETE", base.standing, None, lixia.tag(base.standing), retract="yes")
        assert (answer.status_code, rule_of(answer)) == (400, "param.value")


def test_the_tiles_and_sheets_follow_once(lixia: Editing, base: Base) -> None:
    lixia.post(house())
    lixia.post(house(lon=117.4))
    waiting = base.desk().rows("SELECT kind FROM job WHERE state = 'waiting' ORDER BY kind")
    assert waiting == [("maps",), ("tiles",)]


def test_the_methods_are_told(client: FlaskClient, base: Base) -> None:
    allowed = client.options(f"/collections/buildings/items/{base.standing}").headers["Allow"]
    assert set(allowed.split(", ")) == {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"}
    assert "POST" in client.options("/collections/buildings/items").headers["Allow"]


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [  # of RFC 7396, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patches_are_those_of_the_standard(target: object, patch: object, result: object) -> None:
    assert merged(target, patch) == result
