"""Link files on both databases: by code, by another code, by place; what is there already; what is refused whole."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import openpyxl
import pyogrio.raw
import pytest
import shapely

from entities.codes import code_text
from entities.linking import LinkOptions, LinkReport, RowOutcome, link_file
from entities.model import Link, Moment, Period, State, Version, parse_day
from entities.store import Store

DAY = parse_day("2026-05-19")
UNITS = tuple(f"370102001001GB0000{number}F00010001" for number in range(10))
PARCELS = tuple(unit[:19] for unit in UNITS)


@pytest.fixture
def houses(store: Store) -> list[str]:
    """Three houses side by side, 9 m by 11 m, with 9 m between; the last ended in 2025."""
    states = [State("310301", shapely.box(117 + x, 36, 117.0001 + x, 36.0001), f"楼{x}") for x in (0.0, 0.0002, 0.0004)]
    with store.transaction("lixia", "houses") as transaction:
        codes = transaction.issue(states)
        transaction.put([Version(code, Period(0), one) for code, one in zip(codes, states, strict=True)])
    with store.transaction("lixia", "demolition") as transaction:
        transaction.end({codes[2]: parse_day("2025-01-01")})
    return codes


Taker = Callable[..., tuple[LinkReport, list[RowOutcome]]]


@pytest.fixture
def take(store: Store, tmp_path: Path) -> Taker:
    def taken(text: str, **options: object) -> tuple[LinkReport, list[RowOutcome]]:
        path = tmp_path / "links.csv"
        path.write_text(text, encoding=str(options.pop("encoding", "utf-8")))
        outcomes: list[RowOutcome] = []
        given = {"scheme": "parcel", **options}
        return link_file(store, path, LinkOptions("lixia", "test", DAY, **given), outcomes.append), outcomes

    return taken


def write(path: Path, shapes: Sequence[shapely.Geometry], field: str, values: Sequence[str]) -> None:
    column = np.array(values, dtype=object)
    pyogrio.raw.write(path, shapely.to_wkb(shapes), [column], [field], crs="EPSG:4490", geometry_type="Polygon")


def outcomes_of(outcomes: list[RowOutcome]) -> list[str]:
    return [one.outcome for one in outcomes]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_codes_are_linked_by_entity_code_in_any_encoding(
    store: Store, houses: list[str], take: Taker, encoding: str
) -> None:
    text = (
        "实体编码,宗地代码,发证日期,备注\n"
        f"{code_text(houses[0])},{PARCELS[1]},2020年5月1日,原件\n{houses[1]},３７０１０２ 001001GB00002,,\n"
    )
    report, outcomes = take(text, encoding=encoding, issuer="登记中心")
    assert outcomes_of(outcomes) == ["linked", "linked"] and report.by == "code"
    first, second = store.links(houses[0])[0], store.links(houses[1])[0]
    assert (first.value, first.note, first.issuer, first.method) == (PARCELS[1], "原件", "登记中心", "declared")
    assert first.period == Period(parse_day("2020-05-01")) and second.period == Period(DAY)
    assert second.value == PARCELS[2]
    again, outcomes = take(text, encoding=encoding)
    assert outcomes_of(outcomes) == ["already", "already"] and again.transaction is None


def test_one_bad_row_refuses_the_file_unless_partial(store: Store, houses: list[str], take: Taker) -> None:
    text = f"entity,value\n{houses[0]},{PARCELS[0]}\n{houses[1]},379999001001GB00001\nNWQNXN3SYKSR,{PARCELS[2]}\n"
    columns = {"value": "value"}
    report, outcomes = take(text, columns=columns)
    assert not report.accepted and report.transaction is None and store.links(houses[0]) == []
    assert [(one.row, one.finding and one.finding.rule) for one in outcomes] == [
        *[(1, None), (2, "code.scheme.part"), (3, "code.unknown")]
    ]
    report, _ = take(text, columns=columns, partial=True)
    assert report.accepted and dict(report.counts) == {"linked": 1, "refused": 1, "unknown": 1}
    assert [link.value for link in store.links(houses[0])] == [PARCELS[0]]


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("3.70102E+18", "link.number"),
        ("37010200100GB00001", "code.scheme.length"),
        ("", "link.empty"),
        ("370102001001GB0000O", "code.scheme.symbol"),
    ],
)
def test_what_spreadsheets_do_to_codes_is_said(houses: list[str], take: Taker, cell: str, rule: str) -> None:
    report, _ = take(f"entity,parcel\n{houses[0]},{cell}\n")
    assert [finding.rule for finding in report.findings] == [rule]


def test_lost_zeros_and_thousands_are_seen(store: Store, houses: list[str], take: Taker, tmp_path: Path) -> None:
    scheme = "basic-farmland"
    report, _ = take(f"entity;code_value\n{houses[0]};'3701020010010001\n", scheme=scheme)
    assert report.accepted and store.links(houses[0])[0].value == "3701020010010001"
    report, _ = take(f'entity;code_value\n{houses[1]};"370,102"\n', scheme="division")
    assert report.accepted and store.links(houses[1])[0].value == "370102"
    report, _ = take(f"entity;code_value\n{houses[1]};10102\n", scheme="division")
    assert [finding.rule for finding in report.findings] == ["code.scheme.length"]
    book = openpyxl.Workbook()
    book.active.append(["entity", "code_value"])
    for value in (370102001001000123456, 3.7e20, "370102211000012345", 110101):
        book.active.append([houses[0], value])
    book.save(tmp_path / "links.xlsx")
    options = LinkOptions("lixia", "test", DAY, scheme="land-use-patch", partial=True)
    report = link_file(store, tmp_path / "links.xlsx", options)
    assert [finding.rule for finding in report.findings if finding.rule != "link.class"] == [
        *["link.number", "link.number", "code.scheme.length"]
    ]
    assert report.counts["linked"] == 1


def test_a_link_to_an_ended_entity_is_refused_unless_it_is_of_then(
    store: Store, houses: list[str], take: Taker
) -> None:
    report, _ = take(f"entity,parcel\n{houses[2]},{PARCELS[0]}\n")
    assert [finding.rule for finding in report.findings] == ["link.ended"]
    report, _ = take(f"entity,parcel,valid_from,valid_to\n{houses[2]},{PARCELS[0]},2020-01-01,2025-01-01\n")
    assert report.accepted
    assert store.resolve(PARCELS[0], Moment(parse_day("2024-01-01"))) == [houses[2]]


def test_another_code_leads_to_the_entity(store: Store, houses: list[str], take: Taker) -> None:
    take(f"entity,parcel\n{houses[0]},{PARCELS[0]}\n{houses[0]},{PARCELS[1]}\n{houses[1]},{PARCELS[1]}\n")
    keys = (PARCELS[0], f"parcel:{PARCELS[0]}", PARCELS[1], "没有")
    pairs = zip(keys, (UNITS[0], UNITS[2], UNITS[1], UNITS[3]), strict=True)
    text = "另一编码,BDCDYH\n" + "".join(f"{key},{unit}\n" for key, unit in pairs)
    report, outcomes = take(text, scheme="real-estate-unit", columns={"other": "另一编码"}, partial=True)
    assert outcomes_of(outcomes) == ["linked", "linked", "ambiguous", "unknown"] and report.by == "other"
    assert store.resolve(UNITS[0]) == store.resolve(UNITS[2]) == [houses[0]]
    assert store.links(houses[0])[-1].method == "imported"


def test_a_point_is_linked_to_the_house_it_lies_in(store: Store, houses: list[str], take: Taker) -> None:
    rows = [(117.00005, 36.00005), (117.000201, 36.00005), (117.00015, 36.00005), (118, 36)]
    text = "经度,纬度,宗地代码\n" + "".join(f"{x},{y},{PARCELS[n]}\n" for n, (x, y) in enumerate(rows))
    report, outcomes = take(text)
    assert outcomes_of(outcomes) == ["linked", "linked", "unknown", "unknown"] and report.by == "place"
    assert report.accepted, "rows of no entity are told, the others stored"
    sure, unsure = store.links(houses[0])[0], store.links(houses[1])[0]
    assert (sure.method, sure.confidence) == ("spatial", 1.0) and 0.5 <= unsure.confidence < 0.7


def test_an_outline_is_linked_to_the_parcel_it_is(store: Store, tmp_path: Path, houses: list[str]) -> None:
    shapes = [
        shapely.box(117, 36, 117.0001, 36.00011),  # the first house, a little longer
        shapely.box(117, 36, 117.0003, 36.0001),  # two houses, neither for the most part
        shapely.box(116, 36, 116.1, 36.1),
    ]
    path = tmp_path / "units.gpkg"
    pyogrio.raw.write(
        path,
        shapely.to_wkb(shapes),
        [np.array(PARCELS[:3], dtype=object)],
        ["ZDDM"],
        crs="EPSG:4490",
        geometry_type="Polygon",
    )
    outcomes: list[RowOutcome] = []
    report = link_file(store, path, LinkOptions("lixia", "test", DAY, scheme="parcel"), outcomes.append)
    assert outcomes_of(outcomes) == ["linked", "ambiguous", "unknown"], outcomes
    assert report.accepted
    assert store.links(houses[0])[0].confidence == pytest.approx(1 / 1.1, abs=0.01)


def test_a_planning_unit_is_linked_to_all_it_holds(store: Store, tmp_path: Path, houses: list[str]) -> None:
    path = tmp_path / "units.gpkg"
    shape = shapely.box(116.9999, 35.9999, 117.00025, 36.0002)  # the first house, and half of the second
    pyogrio.raw.write(
        path,
        shapely.to_wkb([shape]),
        [np.array(["370102-A-1"], dtype=object)],
        ["unit"],
        crs="EPSG:4490",
        geometry_type="Polygon",
    )
    report = link_file(store, path, LinkOptions("lixia", "test", DAY, scheme="plan-unit"))
    assert report.counts == {"linked": 1} and store.resolve("370102-A-1") == [houses[0]]


def test_links_are_replaced_ended_and_taken_back(store: Store, houses: list[str], take: Taker) -> None:
    take(f"entity,parcel,valid_from\n{houses[0]},{PARCELS[0]},2020-01-01\n")
    then = store.view().moment.known_at
    _, outcomes = take(f"entity,parcel,valid_from\n{houses[0]},{PARCELS[1]},2024-01-01\n", replace=True)
    assert outcomes_of(outcomes) == ["replaced"]
    day = parse_day("2024-01-01")
    assert {(link.value, link.period) for link in store.links(houses[0])} == {
        (PARCELS[0], Period(parse_day("2020-01-01"), day)),
        (PARCELS[1], Period(day)),
    }
    assert [link.value for link in store.links(houses[0], Moment(DAY, then))] == [PARCELS[0]]
    rows = [f"{PARCELS[1]},注销,2026-01-01", f"{PARCELS[0]},撤销,", f"{PARCELS[5]},撤销,"]
    text = "entity,parcel,操作,失效日期\n" + "".join(f"{houses[0]},{row}\n" for row in rows)
    report, outcomes = take(text, partial=True)
    assert outcomes_of(outcomes) == ["ended", "retracted", "unknown"]
    assert [finding.rule for finding in report.findings] == ["link.unknown"]
    assert [(link.value, link.period.end) for link in store.links(houses[0])] == [(PARCELS[1], parse_day("2026-01-01"))]
    assert store.resolve(PARCELS[0]) == []


def test_a_department_links_within_its_territory_only(store: Store, houses: list[str], take: Taker) -> None:
    counties = [("370102", 116.9, 0.2), ("370103", 117.1, 0.2)]
    states = [
        State(
            "650100", shapely.box(west, 35.9, west + width, 36.1), code, attributes={"adcode": code, "level": "county"}
        )
        for code, west, width in counties
    ]
    with store.transaction("admin", "divisions") as transaction:
        codes = transaction.issue(states)
        transaction.put([Version(code, Period(0), one) for code, one in zip(codes, states, strict=True)])
    text = f"entity,parcel\n{houses[0]},{PARCELS[0]}\n"
    report, _ = take(text, territory=("370103",))
    assert [finding.rule for finding in report.findings] == ["link.scope"] and store.links(houses[0]) == []
    report, _ = take(text, territory=("370102",))
    assert report.accepted


def test_the_same_row_twice_in_a_file_is_linked_once(store: Store, houses: list[str], take: Taker) -> None:
    _, outcomes = take(f"entity,parcel\n{houses[0]},{PARCELS[0]}\n,\n{houses[0]},{PARCELS[0]}\n")
    assert outcomes_of(outcomes) == ["linked", "already"] and [one.row for one in outcomes] == [1, 3]
    assert store.links(houses[0]) == [
        Link(houses[0], "parcel", PARCELS[0], Period(DAY), known_from=store.view().moment.known_at)
    ]


@pytest.mark.parametrize(
    ("text", "options", "rule"),
    [
        ("a,b\n1,2\n", {}, "link.columns"),
        ("entity,value\n1,2\n", {"scheme": None}, "link.scheme"),
        ("entity,value\n1,2\n", {"scheme": "nobody"}, "code.scheme"),
        ("entity,value\n1,2\n", {"columns": {"value": "没有"}}, "link.columns"),
        ("entity,value\n", {}, "pkg.empty"),
        ("\n\n", {}, "pkg.empty"),
    ],
)
def test_a_file_that_says_nothing_is_refused(
    houses: list[str], take: Taker, text: str, options: dict, rule: str
) -> None:
    with pytest.raises(Exception, match=rule.replace(".", r"\.")):
        take(text, **options)
