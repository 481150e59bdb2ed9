"""An entity through time: the shape of the proposal for versioned features, with the known axis beside it."""

import re
from typing import Any

import pytest
import shapely
from flask.testing import FlaskClient

from entities.matching import MatchPolicy
from entities.model import Candidate, Period, State, Version, day_text
from entities.settling import Settling, Survey
from tests.service.conftest import BUILDING, FIRST, SECOND, Base, rule_of, square

BEFORE, BETWEEN, SINCE = (day_text(day) for day in (FIRST - 1, FIRST + 10, SECOND))
HTTP_FIRST, HTTP_SECOND = "Sun, 19 May 2024 16:00:00 GMT", "Sun, 18 May 2025 16:00:00 GMT"


def links(answer: Any) -> dict[str, list[str]]:
    """Where the body's links lead, by relation."""
    found: dict[str, list[str]] = {}
    for link in answer.json["links"]:
        found.setdefault(link["rel"], []).append(link["href"].removeprefix("http://localhost"))
    return found


def header_links(answer: Any) -> dict[str, list[str]]:
    """Where the header's links lead, by relation."""
    found: dict[str, list[str]] = {}
    for href, rel in re.findall(r'<http://localhost([^>]*)>; rel="([^"]*)"', answer.headers["Link"]):
        found.setdefault(rel, []).append(href)
    return found


def test_an_entity_leads_to_its_versions(client: FlaskClient, base: Base) -> None:
    path = f"/items/{base.standing}"
    now = client.get(path)
    assert now.headers["Memento-Datetime"] == HTTP_SECOND
    told = links(now)
    assert told == header_links(now)
    assert told["self"] == told["original"] == told["timegate"] == [path]
    assert told["canonical"] == told["latest-version"] == [f"{path}?datetime={SINCE}"]
    assert told["predecessor-version"] == [f"{path}?datetime={day_text(FIRST)}"]
    assert told["timemap"] == told["version-history"] == [f"{path}/versions"]
    assert "successor-version" not in told
    before = client.get(told["predecessor-version"][0])
    assert before.json["properties"]["height"] == 21.0
    assert links(before)["successor-version"] == [f"{path}?datetime={SINCE}"]
    assert "predecessor-version" not in links(before)


@pytest.mark.parametrize(
    ("day", "start"), [(BETWEEN, HTTP_FIRST), (day_text(FIRST), HTTP_FIRST), (SINCE, HTTP_SECOND), ("", HTTP_SECOND)]
)
def test_a_moment_is_answered_by_the_version_that_was_so(client: FlaskClient, base: Base, day: str, start: str) -> None:
    answer = client.get(f"/collections/buildings/items/{base.standing}", query_string={"datetime": day})
    assert (answer.status_code, answer.headers["Memento-Datetime"]) == (200, start)
    [canonical] = links(answer)["canonical"]
    assert client.get(canonical).json["properties"] == answer.json["properties"]
    assert client.get(canonical).headers["ETag"] == answer.headers["ETag"]


def test_the_day_may_be_asked_for_as_memento_does(client: FlaskClient, base: Base) -> None:
    asked = {"Accept-Datetime": "Thu, 30 May 2024 10:00:00 GMT"}
    answer = client.get(f"/items/{base.standing}", headers=asked)
    assert answer.headers["Memento-Datetime"] == HTTP_FIRST
    assert "Accept-Datetime" in answer.headers["Vary"]
    now = client.get(f"/items/{base.standing}?datetime={SINCE}", headers=asked)
    assert now.headers["Memento-Datetime"] == HTTP_SECOND, "what stands in the address counts"
    wrong = client.get(f"/items/{base.standing}", headers={"Accept-Datetime": "yesterday"})
    assert (wrong.status_code, rule_of(wrong)) == (400, "param.datetime")


def test_a_period_is_no_moment_of_one_entity(client: FlaskClient, base: Base) -> None:
    answer = client.get(f"/items/{base.standing}?datetime={BETWEEN}/..")
    assert (answer.status_code, rule_of(answer)) == (400, "param.datetime")


def test_the_second_axis_stays_in_every_link(client: FlaskClient, base: Base) -> None:
    answer = client.get(f"/items/{base.standing}?known-at=2")
    assert answer.json["properties"]["height"] == 21.0
    told = links(answer)
    for rel in ("canonical", "latest-version", "timemap"):
        assert told[rel][0].endswith("known-at=2")
    assert "successor-version" not in told, "the second survey was not known then"


class TestGone:
    def test_what_ended_says_when_and_where_it_was(self, client: FlaskClient, base: Base) -> None:
        answer = client.get(f"/items/{base.ended}")
        assert (answer.status_code, rule_of(answer)) == (410, "code.ended")
        assert (answer.json["code"], answer.json["ended"], answer.json["successors"]) == (base.ended, SINCE, [])
        assert links(answer) == header_links(answer)
        [latest] = links(answer)["latest-version"]
        assert client.get(latest).status_code == 200
        assert client.get(links(answer)["timemap"][0]).status_code == 200

    def test_what_was_split_names_what_took_its_place(self, client: FlaskClient, base: Base) -> None:
        store = base.store()
        halves = [shapely.box(117.1, 36.5, 117.1001, 36.5002), shapely.box(117.1001, 36.5, 117.1002, 36.5002)]
        with store.transaction("lixia", "split") as transaction:
            settling = Settling(store, transaction, Survey(SECOND + 9, MatchPolicy.load()))
            settling.take([Candidate(row, State(BUILDING, half, height=24.0)) for row, half in enumerate(halves, 1)])
            settling.finish(lambda done, total: None)
        answer = client.get(f"/items/{base.standing}")
        assert answer.status_code == 410
        told = answer.json["successors"]
        assert [one["kind"] for one in told] == ["split", "split"]
        assert {one["code"] for one in told} == {one.codes[0] for one in settling.features()}
        for one in told:
            assert client.get(one["href"]).json["id"] == one["code"]
        page = client.get(f"/codes/{base.standing}", headers={"Accept": "text/html"})
        assert page.status_code == 410
        assert all(one["code"] in page.text for one in told)

    def test_what_never_was_and_what_was_retracted_are_told_apart(self, client: FlaskClient, base: Base) -> None:
        store = base.store()
        with store.transaction("lixia", "an error") as transaction:
            transaction.retract([base.standing])
        for path, status, rule in [
            ("/items/111111111111", 404, "code.unknown"),
            (f"/items/{base.standing}", 410, "code.retracted"),
            (f"/items/{base.standing}?known-at=3", 200, None),
            (f"/items/{base.standing}?known-at=1", 404, "code.unknown"),
            (f"/items/{base.ended}?datetime={BEFORE}", 404, "code.early"),
            (f"/collections/roads/items/{base.ended}?datetime={BETWEEN}", 404, "code.unknown"),
        ]:
            answer = client.get(path)
            assert answer.status_code == status, path
            assert rule is None or rule_of(answer) == rule
        gone = client.get(f"/items/{base.standing}")
        assert "latest-version" not in links(gone)
        assert client.get(links(gone)["timemap"][0]).status_code == 200


class TestTimeMap:
    def test_it_lists_every_version_and_a_memento_for_each_that_holds(self, client: FlaskClient, base: Base) -> None:
        path = f"/items/{base.standing}"
        answer = client.get(f"{path}/versions")
        assert [one["properties"]["version"] for one in answer.json["features"]] == [
            f"{day_text(FIRST)}.2",
            f"{day_text(FIRST)}.3",
            f"{SINCE}.3",
        ]
        told = links(answer)
        assert told["original"] == told["timegate"] == [path]
        assert told["memento"] == [f"{path}?datetime={day_text(FIRST)}", f"{path}?datetime={SINCE}"]
        assert (told["first"], told["last"]) == ([told["memento"][0]], [told["memento"][-1]])
        assert told["latest-version"] == told["last"]
        days = [link["datetime"] for link in answer.json["links"] if link["rel"] == "memento"]
        assert days == [HTTP_FIRST, HTTP_SECOND]

    def test_it_is_written_as_links_too(self, client: FlaskClient, base: Base) -> None:
        for asked in ({"query_string": {"f": "links"}}, {"headers": {"Accept": "application/link-format"}}):
            answer = client.get(f"/items/{base.standing}/versions", **asked)
            assert answer.mimetype == "application/link-format"
            assert f'rel="memento"; type="application/geo+json"; datetime="{HTTP_FIRST}"' in answer.text

    @pytest.mark.parametrize("limit", [1, 2, 3, 100])
    def test_pages_of_any_size_add_up(self, client: FlaskClient, base: Base, limit: int) -> None:
        store = base.store()
        for step in range(5):
            with store.transaction("lixia", "again") as transaction:
                state = State(BUILDING, square(117.1, 36.5), "齐鲁大厦", 25.0 + step)
                transaction.put([Version(base.standing, Period(SECOND + step), state)])
        told, mementos = [], []
        address = f"/items/{base.standing}/versions?limit={limit}"
        while address:
            page = client.get(address)
            told += [one["properties"]["version"] for one in page.json["features"]]
            mementos += links(page).get("memento", [])
            address = next(iter(links(page).get("next", [])), "")
        assert told == [f"{day_text(one.period.start)}.{one.known_from}" for one in store.history(base.standing)]
        assert len(mementos) == len(set(mementos)) == len(store.view().course(base.standing)) == 6

    def test_as_known_then_it_knows_nothing_of_later(self, client: FlaskClient, base: Base) -> None:
        page = client.get(f"/items/{base.standing}/versions?known-at=2").json
        [only] = page["features"]
        assert (only["properties"]["known_from"], only["properties"]["known_to"]) == (2, None)
        assert client.get(f"/items/{base.standing}/versions?known-at=1").status_code == 404

    @pytest.mark.parametrize("cursor", ["x", "2024-05-20", "3", "2024-05-20.x", "2024-13-01.1"])
    def test_a_cursor_that_is_none_is_refused(self, client: FlaskClient, base: Base, cursor: str) -> None:
        answer = client.get(f"/items/{base.standing}/versions", query_string={"cursor": cursor})
        assert answer.status_code in (400, 422)


class TestOneVersion:
    def test_every_version_has_an_address_for_good(self, client: FlaskClient, base: Base) -> None:
        for one in client.get(f"/items/{base.standing}/versions").json["features"]:
            version = one["properties"]["version"]
            answer = client.get(f"/items/{base.standing}/versions/{version}")
            assert answer.json["properties"] == one["properties"]
            assert ("immutable" in answer.headers["Cache-Control"]) == (one["properties"]["known_to"] is not None)
            again = {"If-None-Match": answer.headers["ETag"]}
            assert client.get(f"/items/{base.standing}/versions/{version}", headers=again).status_code == 304

    def test_versions_lead_to_their_neighbours_as_known_together(self, client: FlaskClient, base: Base) -> None:
        path = f"/collections/buildings/items/{base.standing}"
        first = links(client.get(f"{path}/versions/{day_text(FIRST)}.3"))
        assert first["successor-version"] == [f"{path}/versions/{SINCE}.3"]
        assert first["original"] == [path]
        assert "predecessor-version" not in first
        superseded = links(client.get(f"{path}/versions/{day_text(FIRST)}.2"))
        assert "successor-version" not in superseded

    @pytest.mark.parametrize(
        ("version", "status", "rule"),
        [
            ("2024-05-20.9", 404, "version.unknown"),
            ("2024-05-21.2", 404, "version.unknown"),
            ("1", 400, "version.form"),
        ],
    )
    def test_a_version_that_is_none_is_refused(
        self, client: FlaskClient, base: Base, version: str, status: int, rule: str
    ) -> None:
        answer = client.get(f"/items/{base.standing}/versions/{version}")
        assert (answer.status_code, rule_of(answer)) == (status, rule)

    def test_a_person_is_sent_to_the_page_of_that_moment(self, client: FlaskClient, base: Base) -> None:
        answer = client.get(f"/items/{base.standing}/versions/{SINCE}.3", headers={"Accept": "text/html"})
        assert answer.status_code == 303
        assert answer.headers["Location"] == f"/codes/{base.standing}?datetime={SINCE}&known-at=3"


class TestManyVersions:
    @pytest.mark.parametrize("limit", [1, 2, 100])
    @pytest.mark.parametrize(
        ("period", "heights"),
        [("../..", [21.0, 24.0, 9.0]), (f"{BEFORE}/{BETWEEN}", [21.0, 9.0]), (f"{SINCE}/..", [24.0])],
    )
    def test_a_profile_tells_all_versions_of_a_period(
        self, client: FlaskClient, base: Base, limit: int, period: str, heights: list[float]
    ) -> None:
        told = []
        address = f"/collections/buildings/items?profile=versions-as-features&limit={limit}&datetime={period}"
        while address:
            page = client.get(address)
            assert page.headers["Link"].endswith('versions-as-features>; rel="profile"')
            told += page.json["features"]
            address = next(iter(links(page).get("next", [])), "")
        assert sorted(one["properties"]["height"] for one in told) == sorted(heights)
        assert {one["id"] for one in told} <= {base.standing, base.ended}

    def test_ids_may_be_those_of_the_versions(self, client: FlaskClient, base: Base) -> None:
        page = client.get("/collections/buildings/items?profile=versions-as-features-unique-ids").json
        ids = [one["id"] for one in page["features"]]
        assert len(set(ids)) == len(ids) == 3
        for one in page["features"]:
            [own] = [link["href"] for link in one["links"] if link["rel"] == "self"]
            assert client.get(own).json["properties"] == one["properties"]

    def test_another_profile_is_refused(self, client: FlaskClient, base: Base) -> None:
        answer = client.get("/collections/buildings/items?profile=features-with-time-slices")
        assert (answer.status_code, rule_of(answer)) == (400, "param.value")


def test_a_collection_says_which_axis_its_days_are_on(client: FlaskClient, base: Base) -> None:
    for one in client.get("/collections").json["collections"]:
        assert one["versioning"] == {"timeAxis": "validity-time", "mutationTime": "server"}
    conforms = client.get("/conformance").json["conformsTo"]
    for wanted in ("features-4/1.0/conf/optimistic-locking-etags", "features-n/0.0/conf/versioned-features-core"):
        assert any(one.endswith(wanted) for one in conforms)


def test_a_tag_changes_when_what_is_answered_does_and_only_then(client: FlaskClient, base: Base) -> None:
    path = f"/items/{base.standing}?datetime={day_text(FIRST)}"
    first = client.get(path).headers["ETag"]
    store = base.store()
    with store.transaction("lixia", "elsewhere") as transaction:
        transaction.put([Version(base.ended, Period(FIRST, SECOND), State(BUILDING, square(117.2, 36.6), "楼"))])
    assert client.get(path).headers["ETag"] == first
    assert client.get(path, headers={"If-None-Match": first}).status_code == 304
    with store.transaction("lixia", "in between") as transaction:
        state = State(BUILDING, square(117.1, 36.5), "齐鲁大厦", 22.0)
        transaction.put([Version(base.standing, Period(FIRST + 5, SECOND), state)])
    again = client.get(path, headers={"If-None-Match": first})
    assert (again.status_code, again.json["properties"]["valid_to"]) == (200, day_text(FIRST + 5))
