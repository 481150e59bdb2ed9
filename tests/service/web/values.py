"""Example values for every page: what the API's views hand to the templates, in every state a person can meet."""

from collections.abc import Mapping
from types import MappingProxyType, SimpleNamespace
from typing import Any, Final

from tests.service.web.review_values import REVIEW_PAGES

HOSTILE: Final = "<script>alert(1)</script>&\"'<b>楼"
"""A name that would be a programme if it were not shown as text."""

DEPARTMENT: Final = SimpleNamespace(name="lixia", title=HOSTILE, division="370102")


KIND: Final = {"code": "310301", "zh": "普通房屋", "en": "Ordinary building"}


def both(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def place(code: str, name: str) -> dict[str, Any]:
    return {"division": code, "name": name, "titles": both(name, "Place")}


def sheet(approval: str | None) -> dict[str, Any]:
    formats = [{"format": kind, "href": f"http://x/maps/370102.{kind}", "bytes": 2_130_000} for kind in ("pdf", "jpg")]
    return {
        "division": "370102",
        "name": "历下区",
        "titles": both("济南市历下区地图", "Lixia, Jinan"),
        "level": "county",
        "parent": place("370100", "济南市"),
        "scale": 100_000,
        "size": "A4",
        "theme": "administrative",
        "thumbnail": "/maps/370102/thumbnail.jpg",
        "formats": [*formats, {"format": "png", "href": "/maps/370102.png", "bytes": None}],
        "approval_number": approval,
        "day": "2026-05-19",
        "transaction": 1187,
        "version": "9f86d081",
        "sha256": "9f86d081" * 8,
        "bbox": [116.9, 36.6, 117.2, 36.7],
        "children": [place("370103", "市中区")],
        "neighbours": [place("370112", "历城区")],
        "links": [],
    }


def facet(value: str, chosen: bool) -> dict[str, Any]:
    titles = both("济南市", "Jinan")
    return {"value": value, "titles": titles, "count": 13, "href": f"/maps?parent={value}", "chosen": chosen}


def maps(*sheets: dict[str, Any], relaxed: bool = False, chosen: bool = False) -> dict[str, Any]:
    return {
        "query": {"q": "济南"},
        "total": len(sheets),
        "sheets": list(sheets),
        "facets": {"level": [], "parent": [facet("370100", chosen), facet("370200", False)], "format": []},
        "relaxed": [{"titles": both("济南市", "Jinan"), "count": 6, "href": "/maps"}] if relaxed else [],
        "links": [{"rel": "next", "href": "http://x/maps?cursor=5"}],
    }


def version(known_to: int | None, valid_to: str = "..") -> dict[str, Any]:
    when = {"valid_from": "2021-04-02", "valid_to": valid_to, "known_from": 3, "known_to": known_to}
    return {**when, "transaction": 3, "class": KIND, "name": HOSTILE, "height": 18.2, "base": 23.1}


def link(confidence: float) -> dict[str, Any]:
    return {
        "scheme": "real_estate",
        "titles": both("不动产单元代码", "Real-estate unit code"),
        "value": "370102001001GB00001F00010001",
        "text": "370102 001001 GB00001 F00010001",
        "method": "spatial",
        "confidence": confidence,
        "issuer": None,
        "valid_from": "2021-04-02",
        "valid_to": "..",
    }


def event(kind: str, steps: list[tuple[str, str, float, float | None]], *waiting: str) -> dict[str, Any]:
    names = ("parent", "child", "share", "share_of_parent")
    parents, children = (
        [{"code": code, "text": code} for code in dict.fromkeys(step[side] for step in steps)] for side in (0, 1)
    )
    return {
        "id": "12.0",
        "transaction": 12,
        "kind": kind,
        "titles": both("分割", "split"),
        "day": "2021-04-02",
        "parents": parents,
        "children": children,
        "kept": [],
        "steps": [dict(zip(names, step, strict=True)) for step in steps],
        "open": [
            {"code": "AAAA", "scheme": HOSTILE, "titles": both("规划", HOSTILE), "value": value} for value in waiting
        ],
        "taken_back": 14 if waiting else None,
    }


RECORD: Final = {
    "number": 12,
    "department": HOSTILE,
    "reason": HOSTILE,
    "file": HOSTILE,
    "submission": "3f9a1c22ab04",
    "known_at": "2026-05-19T06:03:11.000Z",
    "policy": "default 2; default 2",
    "counts": {"create": 20318, "lineage": 2, "strange": 1},
    "origin": "0" * 36,
    "origin_number": 7,
    "own": True,
    "chain": "9f86d081" * 8,
    "reverts": None,
    "reverted_by": None,
    "links": [],
}


ENTITY: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "code": "SD7K4QWM92XA",
        "text": "SD7K-4QWM-92XA",
        "query": "SD7K4QWM92XA",
        "layer": {"id": "buildings", "titles": both("房屋", "Buildings")},
        "class": KIND,
        "name": HOSTILE,
        "height": 21.7,
        "base": 23.1,
        "valid_from": "2025-04-02",
        "valid_to": "..",
        "day": "2026-11-24",
        "known_at": 1187,
        "codes": [link(0.93), link(1.0), {**link(1.0), "method": "derived", "confidence": None, "valid_from": None}],
        "source": {
            "department": HOSTILE,
            "reason": HOSTILE,
            "submission": "3f9a",
            "transaction": 1187,
            "known_at": "2026-05-19T06:03:11.000Z",
        },
        "attributes": {"floors": 7, HOSTILE: HOSTILE, "strata": "[]"},
        "strata": [
            {
                "top": 0.0,
                "base": 2.5,
                "kind": {"id": "clay", **both("黏土", "Clay")},
                "colour": "#c98a6b",
                "name": HOSTILE,
                "description": "",
            }
        ],
        "versions": 3,
        "history": [version(None, "2025-04-02"), version(9), version(None)],
        "lineage": [
            event("split", [("AAAA", "SD7K4QWM92XA", 1.0, 0.4), ("AAAA", "BBBB", 1.0, None)], HOSTILE),
            event("reclassify", [("SD7K4QWM92XA", "SD7K4QWM92XA", 1.0, 1.0)]) | {"id": "12.1"},
        ],
        "geometry_type": "Polygon",
        "bbox": [117.0, 36.6, 117.1, 36.7],
        "centroid": [117.02, 36.66],
        "links": [],
    }
)


def match(kind: str) -> dict[str, Any]:
    names = {"code": "370102", "text": "370102", "name": HOSTILE, "class": None, "layer": "buildings"}
    more = {"entity": {"class": KIND}, "division": {"names": both("历下区", "Lixia"), "parent": "济南市"}}
    return {"kind": kind, **names, "parent": None, "href": "http://x/codes/370102", **more.get(kind, {})}


def rule(name: str, severity: str, features: int) -> dict[str, Any]:
    titles, remedy = both("面自相交", "Polygon crosses itself"), both("移动节点。", "Move the vertex.")
    return {"rule": name, "severity": severity, "title": titles, "remedy": remedy, "features": features}


def finding(name: str, row: int | None) -> dict[str, Any]:
    return {
        "rule": name,
        "severity": "error",
        "row": row,
        "feature": HOSTILE,
        "place": None if row is None else [117.02, 36.66],
        "title": both("面自相交", "Polygon crosses itself"),
        "sentence": both(f"“{HOSTILE}”自相交。", f"“{HOSTILE}” crosses itself."),
        "remedy": both("移动节点。", "Move the vertex."),
    }


RULES: Final = (rule("geom.valid", "error", 27), rule("scope.owner", "error", 1), rule("geom.acute", "warning", 112))
NOTHING: Final = dict.fromkeys(("new", "unchanged", "changed", "split", "merged", "ended", "review", "refused"), 0)


def step(name: str, state: str, total: int | None) -> dict[str, Any]:
    titles = both("读取、检查", "Read, checked")
    done = None if total is None else total // 2
    seconds = None if state == "waiting" else 12.2
    return {
        "name": name,
        "titles": titles,
        "state": state,
        "doing": None,
        "done": done,
        "total": total,
        "seconds": seconds,
    }


def submission(state: str, **changes: object) -> dict[str, Any]:
    return {
        "id": "3f9a1c22ab04",
        "department": "lixia",
        "state": state,
        "created": "2026-05-19T06:03:11.000Z",
        "files": [{"name": HOSTILE, "bytes": 3_100_000_000}],
        "options": {"reason": HOSTILE, "crs": "EPSG:4548"},
        "guess": None,
        "steps": [step("receive", "done", None), step("intake", "running", 20318), step("tiles", "waiting", None)],
        "counts": NOTHING,
        "read": 0,
        "broken": 0,
        "timings": [{"name": "read", "seconds": 0.41}, {"name": "settle", "seconds": 212.0}],
        "source": None,
        "transaction": None,
        "sentence": both("正在处理。", "It is being processed."),
        "remedy": both("可以离开本页。", "You can leave this page."),
        "findings": [],
        "rules": [],
        "since": None,
        "links": [],
        **changes,
    }


def report(*names: str) -> dict[str, Any]:
    features = [
        {
            "row": row,
            "feature": HOSTILE,
            "codes": ["AB12"],
            "reasons": [both("覆盖率0.93。", "It covers 0.93.")],
            "outcome": "refused",
            "findings": [finding(name, row)],
            "place": [117 + row / 1e4, 36.6],
        }
        for row, name in enumerate(names, 1)
    ]
    counts = {**NOTHING, "refused": len(features)}
    return {"submission": "3f9a", "counts": counts, "rules": list(RULES), "features": features, "links": []}


def problem(status: int, name: str, findings: int = 1) -> dict[str, Any]:
    return {
        "type": f"urn:shikong:rule:{name}",
        "title": both("没有这个编码", "No such code"),
        "status": status,
        "detail": both(f"底库里没有“{HOSTILE}”。", f"The base has no “{HOSTILE}”."),
        "rule": name,
        "findings": [finding(name, None)] * findings,
        "instance": "urn:shikong:request:7f3a",
    }


def change(kind: str, number: int) -> dict[str, Any]:
    where = {"layer": "buildings", "class": "310301", "day": "2026-05-19", "bbox": [0, 0, 1, 1]}
    return {"cursor": f"{number}.1", "transaction": number, "code": "SD7K4QWM92XA", "kind": kind, **where}


def undoing(dependents: list[dict[str, Any]]) -> dict[str, Any]:
    kinds = ("removed", "returned", "changed", "links", "told", "retold", "judged", "rejudged", "dropped", "reopened")
    fates = ("removed", "returned", "changed")
    return {
        "what": "12",
        "possible": not dependents,
        "transaction": RECORD,
        "counts": dict.fromkeys(kinds, 20318),
        "entities": [{"fate": fate, "code": "AAAA", "text": "AAAA"} for fate in fates],
        "events": [event("split", [("AAAA", "BBBB", 1.0, 0.4)])],
        "dependents": dependents,
        "links": [],
    }


ITEM: Final = {
    "id": "SD7K4QWM92XA",
    "properties": {
        "name": HOSTILE,
        "class_zh": "房屋",
        "class_en": "Building",
        "height": None,
        "valid_from": "2025-04-02",
    },
}
LAYER: Final = {"id": "buildings", "title": "房屋", "titles": both("房屋", "Buildings"), "count": 20318}
DESK: Final = {
    "profiles": [{"id": "cadastre", "titles": both("地籍", "Cadastre")}],
    "limits": {"upload_bytes": 4 << 30},
}
DONE: Final = {**NOTHING, "new": 124, "unchanged": 20165}

GUESS: Final = {
    "profile": "buildings",
    "class": "310301",
    "height_field": HOSTILE,
    "name_field": None,
    "valid_from_field": None,
    "crs": None,
    "layer": None,
    "reasons": [{"role": "height", "field": HOSTILE, "reason": both(f"字段名“{HOSTILE}”", f"the name “{HOSTILE}”")}],
    "preview": {
        "fields": [{"name": HOSTILE, "examples": ["21.4", HOSTILE]}, {"name": "floors", "examples": []}],
        "features": 177,
        "extent": [117.0, 36.6, 117.1, 36.7],
    },
}
REFUSED: Final = submission(
    "refused",
    broken=41,
    findings=[finding("geom.valid", 3)],
    rules=list(RULES),
    since={"submission": "77ab", "mended": 38, "fresh": 2},
    links=[{"rel": "failures", "href": ""}, {"rel": "report", "href": ""}],
)

PROVED: Final = {
    "proof": {"filter": '{"class":"31"}', "cursor": "2.1", "count": 1187, "hash": "9f86d081" * 8},
    "head": {"base": "7f3a", "transaction": 1187, "chain": "9f86d081" * 8},
}


def subscription(state: str) -> dict[str, Any]:
    letter = {"after": "1.0", "until": "2.1", "changes": 3, "attempts": 10, "status": None, "fault": HOSTILE}
    letter |= {
        "made": "2026-05-19T08:00:00+00:00",
        "delivered": None if state == "stopped" else "2026-05-19T09:00:00+00:00",
    }
    return {
        "name": f"city-{state}",
        "url": "https://example.cn/" + HOSTILE,
        "filter": {"class": "31", "layer": HOSTILE} if state == "paused" else {},
        "state": state,
        "proof": PROVED["proof"],
        "attempts": 3,
        "due": "2026-05-19T08:00:00+00:00" if state == "active" else None,
        "delivered": "2026-05-19T08:00:00+00:00" if state == "paused" else None,
        "status": 500,
        "fault": HOSTILE,
        "letters": [letter] if state != "active" else [],
    }


PAGES: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = MappingProxyType(
    {
        **REVIEW_PAGES,
        "about": ("about.html", {}),
        "maps": ("maps.html", maps(sheet("鲁S（2026）012号"), sheet(None), chosen=True)),
        "maps-empty": ("maps.html", maps(relaxed=True, chosen=True)),
        "maps-no-base": ("maps.html", {**maps(), "facets": {}}),
        "map": ("map.html", sheet("鲁S（2026）012号")),
        "map-sample": (
            "map.html",
            {**sheet(None), "parent": None, "sha256": None, "transaction": None, "children": []},
        ),
        "search": (
            "search.html",
            {"query": HOSTILE, "matches": [match(kind) for kind in ("division", "entity", "place")]},
        ),
        "search-nothing": ("search.html", {"query": HOSTILE, "matches": []}),
        "search-start": ("search.html", {"query": None, "matches": []}),
        "entity": ("entity.html", ENTITY),
        "entity-ended": (
            "entity.html",
            {**ENTITY, "name": None, "valid_to": "2026-01-01", "height": None, "source": None},
        ),
        "entity-several": ("entity.html", {"query": "370102", "matches": [match("entity"), match("entity")]}),
        "collections": ("collections.html", {"collections": [LAYER], "links": []}),
        "collections-empty": ("collections.html", {"collections": [], "links": []}),
        "collection": (
            "collection.html",
            {**LAYER, "extent": {"spatial": {"bbox": [[116, 36, 117, 37]]}}, "links": []},
        ),
        "items": ("items.html", {"features": [ITEM], "links": [{"rel": "next", "href": "http://x/?cursor=1"}]}),
        "items-empty": ("items.html", {"features": [], "links": []}),
        "transaction": (
            "transaction.html",
            {
                **RECORD,
                "changes": [change("new", 12), change("strange", 12)],
                "more_changes": True,
                "events": [
                    event("split", [("AAAA", "BBBB", 1.0, 0.4)], HOSTILE) | {"id": "12.1"},
                    event("merge", [("A", "B", 0.5, 1)]),
                ],
                "more_events": True,
                "may_revert": True,
            },
        ),
        "transaction-reverted": (
            "transaction.html",
            {
                **RECORD,
                "reverts": "3.1",
                "reverted_by": 14,
                "own": False,
                "changes": [],
                "events": [],
                "may_revert": False,
            },
        ),
        "revert": ("revert.html", undoing(dependents=[])),
        "revert-refused": (
            "revert.html",
            undoing(
                dependents=[
                    {
                        **{"transaction": 14, "kind": "entity", "titles": both("又改了实体", "changed the entity")},
                        **{
                            "code": code,
                            "department": HOSTILE,
                            "reason": HOSTILE,
                            "known_at": "2026-05-19T06:03:11.000Z",
                        },
                    }
                    for code in ("AAAA", "")
                ]
            ),
        ),
        "changes": (
            "changes.html",
            {"changes": [change("new", 1), change("linked", 2)], "next": "2.1", **PROVED, "links": []},
        ),
        "changes-empty": ("changes.html", {"changes": [], "next": None, **PROVED, "links": []}),
        "subscriptions": (
            "subscriptions.html",
            {"subscriptions": [subscription(state) for state in ("active", "paused", "stopped")], "links": []},
        ),
        "subscriptions-empty": ("subscriptions.html", {"subscriptions": [], "links": []}),
        "subscriptions-made": (
            "subscriptions.html",
            {"subscriptions": [subscription("active")], "made": {"name": "lixia", "secret": "whsec_AAAA"}, "links": []},
        ),
        "sign-in": ("sign-in.html", {"next": "/submissions"}),
        "submissions": ("submissions.html", {"submissions": [submission("running"), submission("refused")], **DESK}),
        "submissions-empty": ("submissions.html", {"submissions": [], **DESK}),
        "queued": ("submission.html", submission("queued")),
        "running": ("submission.html", submission("running")),
        "confirm": (
            "submission.html",
            submission("confirm", guess=GUESS),
        ),
        "done": ("submission.html", submission("done", transaction=1187, counts=DONE, rules=[RULES[2]])),
        "done-same": ("submission.html", submission("done", counts={**NOTHING, "unchanged": 20165})),
        "refused": ("submission.html", REFUSED),
        "refused-file": ("submission.html", submission("refused", findings=[finding("pkg.complete", None)])),
        "failed": ("submission.html", submission("failed")),
        "withdrawn": ("submission.html", submission("withdrawn")),
        "report": ("report.html", report("geom.valid", "geom.valid", "scope.owner")),
        "report-empty": ("report.html", report()),
        "problem-401": ("problem.html", problem(401, "auth.token")),
        "problem-403": ("problem.html", problem(403, "auth.other")),
        "problem-404": ("problem.html", problem(404, "code.unknown")),
        "problem-410": (
            "problem.html",
            {
                **problem(410, "code.ended"),
                "successors": [
                    {"code": "SD7K4QWM92XA", "kind": "split", "share": 1.0, "day": "2026-05-19", "href": ""}
                ],
                "links": [{"rel": "latest-version", "href": "/items/SD7K4QWM92XA?datetime=2026-05-18"}],
            },
        ),
        "problem-422": ("problem.html", problem(422, "geom.valid", 3)),
        "problem-500": ("problem.html", problem(500, "server.fault")),
    }
)
"""Template and value of every page, by a name for the test's report."""
