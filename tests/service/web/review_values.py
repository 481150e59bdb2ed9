"""Example values for the pages of the review desk, in every state a person can meet."""

from typing import Any, Final

HOSTILE: Final = "<script>alert(1)</script>&\"'<b>楼"
BAND: Final = {"id": "partly", "zh": "部分重合", "en": "partly covered"}
KIND: Final = {"code": "310301", "zh": "普通房屋", "en": "Ordinary building"}
HIDDEN: Final = {"filters": 2, "held": 1, "parked": 1, "own": 3}
VERDICT: Final = {"verdict": "same", "titles": {"zh": "同一实体", "en": "the same entity"}}


def square(west: float) -> dict[str, Any]:
    ring = [[west, 36.0], [west + 0.0002, 36.0], [west + 0.0002, 36.0001], [west, 36.0001], [west, 36.0]]
    return {"type": "Polygon", "coordinates": [ring]}


def side(west: float, height: float | None) -> dict[str, Any]:
    return {"geometry": square(west), "surfaces": None, "height": height, "base": None, "name": HOSTILE}


def candidate(code: str, west: float) -> dict[str, Any]:
    covers = {"of_feature": 0.5, "of_entity": 0.42, "iou": 0.3}
    return {"code": code, "text": code, "class": KIND, "valid_from": "2021-04-02", **covers, **side(west, None)}


def row(field: str, before: object, after: object, own: bool = False, kept: bool = False) -> dict[str, Any]:
    return {"field": field, "own": own, "before": before, "after": after, "differs": before != after, "kept": kept}


def review(**changes: object) -> dict[str, Any]:
    reasons = [{"zh": "覆盖实体的50%", "en": "covers 50 % of the entity"}]
    queue = {
        "place": 4,
        "total": 31,
        "all": 34,
        "hidden": HIDDEN,
        "next": 13,
        "previous": 11,
        "filters": {"band": "partly"},
    }
    parts = [
        {"share": 0.6, "surveyed": True, "geometry": square(117)},
        {"share": 0.4, "surveyed": False, "geometry": square(117)},
    ]
    return {
        "id": 12,
        "state": "waiting",
        "band": BAND,
        "class": KIND,
        "layer": "buildings",
        "department": "jinan",
        "department_title": HOSTILE,
        "source": HOSTILE,
        "row": 3,
        "feature_id": HOSTILE,
        "change": None,
        "day": "2026-05-19",
        "transaction": 1187,
        "reasons": reasons,
        "needs": ["370103"],
        "need_names": [{"code": "370103", "name": HOSTILE}],
        "seen": "0f" * 16,
        "moved": True,
        "outcome": "changed",
        "resource_codes": [{"scheme": "parcel", "value": HOSTILE}],
        "feature": side(117.0001, 12.0),
        "candidates": [candidate("SD7K4QWM92XA", 117.0), candidate("SD7K4QWM92XB", 117.0003)],
        "chosen": "SD7K4QWM92XA",
        "rows": [
            row("class_code", {"zh": "房屋", "en": "Building"}, {"zh": "房屋", "en": "Building"}),
            row("height", 12, 15.5),
            row(HOSTILE, HOSTILE, 7, own=True, kept=True),
        ],
        "split": {"parts": parts, "rule": None},
        "may": True,
        "who": [{"name": "lixia", "title": HOSTILE}],
        "held": None,
        "parked": None,
        "judgement": None,
        "neighbours": [square(117.0005)],
        "queue": queue,
        "officer": HOSTILE,
        **changes,
    }


def queue(**changes: object) -> dict[str, Any]:
    facet = {
        "value": HOSTILE,
        "titles": {"zh": HOSTILE, "en": HOSTILE},
        "count": 31,
        "chosen": True,
        "href": "/reviews?x",
    }
    listed = {
        **{"id": 12, "band": BAND, "class": KIND, "department": "jinan", "department_title": HOSTILE},
        **{"day": "2026-05-19", "row": 3, "feature_id": HOSTILE, "name": HOSTILE, "codes": ["A"]},
        "reasons": [{"zh": "覆盖50%", "en": "covers 50 %"}],
    }
    return {
        "total": 31,
        "all": 34,
        "hidden": HIDDEN,
        "officer": HOSTILE,
        "filters": {"band": "partly"},
        "facets": {"band": [facet], "class": [facet], "department": [facet]},
        "first": 12,
        "reviews": [listed],
        "parked": [PARKED],
        "held": [HELD],
        "batches": [{"band": BAND, "class": KIND, "count": 31, "href": "/reviews/batch?band=partly"}],
        **changes,
    }


HELD: Final = {"review": 12, "department": "lixia", "who": HOSTILE, "minutes": 3}
PARKED: Final = {"review": 13, "by": HOSTILE, "colleague": "", "note": HOSTILE}
JUDGED: Final = {**VERDICT, "author": HOSTILE, "note": HOSTILE, "transaction": 1188, "codes": []}
BATCH: Final = {
    **{
        "total": 60,
        "all": 60,
        "hidden": HIDDEN,
        "band": BAND,
        "class": KIND,
        "filters": {"band": "partly"},
        "most": 50,
    },
    "verdicts": [VERDICT, {**VERDICT, "verdict": "new"}, {**VERDICT, "verdict": "reject"}],
    "cases": [review(), review(id=13)],
}
DECISION: Final = {
    **VERDICT,
    "transaction": 1188,
    "known_at": "2026-05-19T06:03:11.000Z",
    "author": HOSTILE,
    "note": None,
}
NOTHING: Final = {"first": None, "total": 0, "reviews": [], "batches": [], "parked": [], "held": []}

REVIEW_PAGES: Final = {
    "reviews": ("reviews.html", queue()),
    "reviews-filtered": ("reviews.html", queue(**NOTHING)),
    "reviews-none": ("reviews.html", queue(**NOTHING, all=0, filters={}, facets={}, hidden={"own": 0})),
    "review": ("review.html", review()),
    "review-alone": (
        "review.html",
        review(candidates=[], chosen=None, split=None, moved=False, needs=[], need_names=[]),
    ),
    "review-held": ("review.html", review(held=HELD, parked=PARKED)),
    "review-not-ours": ("review.html", review(may=False)),
    "review-own": ("review.html", review(may=False, department="lixia")),
    "review-nobody": ("review.html", review(may=False, who=[])),
    "review-above": ("review.html", review(department="lixia", change="end")),
    "review-decided": ("review.html", review(state="decided", judgement=JUDGED, may=False)),
    "review-dropped": ("review.html", review(state="dropped")),
    "review-batch": ("review-batch.html", BATCH),
    "review-batch-none": ("review-batch.html", {**BATCH, "cases": []}),
    "decided-list": ("reviews-decided.html", {"decisions": [{**DECISION, "reviews": [12, 13]}]}),
    "decided-none": ("reviews-decided.html", {"decisions": []}),
}
"""Template and value of every page of the desk."""
