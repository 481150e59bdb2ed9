"""An entity through time on the web: the links between its versions, its time map, and what is said once it is gone.

The shape is that of the proposal "OGC API Features: Versioned Features" (2026-04), which follows Memento (RFC 7089) and
the version relations of RFC 5829; `known-at` is a second axis beside its `datetime`.
"""

from collections.abc import Sequence
from typing import Any, Final

from flask import request

from entities.errors import Gone
from entities.model import Lineage, Version, day_text
from entities.store import Meaning, Store
from entities.store.history import VersionId
from service.shapes.features import GEOJSON, feature, http_date, listed
from service.shapes.links import Link, address, following, link, part, this

_GONE: Final = ("code.ended", "code.retracted")


def memento(version: Version, course: Sequence[Version], meaning: Meaning, path: str) -> dict[str, Any]:
    """An entity as one version shows it, with the links to the others; `path` is its own without a moment."""
    links = [this(GEOJSON), *version_links(version, course, path), *more_links(version, meaning)]
    return {**feature(version, meaning), "links": links}


def version_links(version: Version, course: Sequence[Version], path: str) -> list[Link]:
    """Where this version is for good, where the entity is, and where its other versions are."""
    place = [one.period.start for one in course].index(version.period.start)
    before, after = course[max(place - 1, 0) : place], course[place + 1 : place + 2]
    return [
        _at("canonical", path, version),
        link("original", path, GEOJSON),
        link("timegate", path, GEOJSON),
        *history_links(path),
        *(_at("predecessor-version", path, one) for one in before),
        *(_at("successor-version", path, one) for one in after),
        _at("latest-version", path, course[-1]),
    ]


def history_links(path: str) -> list[Link]:
    """The time map, in both relations that lead to it."""
    return [link(rel, f"{path}/versions", GEOJSON, known_at=_asked_known()) for rel in ("timemap", "version-history")]


def more_links(version: Version, meaning: Meaning) -> list[Link]:
    """Where more about an entity is."""
    layer = part(meaning.layer_of(version.state.class_code))
    return [link("collection", f"/collections/{layer}"), link("related", f"/codes/{part(version.code)}")]


def time_map(
    page: Sequence[Version], course: Sequence[Version], meaning: Meaning, path: str, cursor: str | None
) -> dict[str, Any]:
    """A page of an entity's versions on both axes as features, with a memento for each that is known to be so."""
    standing = {VersionId.of(one) for one in course}
    ends = [("first", course[0]), ("last", course[-1]), ("latest-version", course[-1])] if course else []
    return {
        "type": "FeatureCollection",
        "features": [listed(version, meaning, path) for version in page],
        "numberReturned": len(page),
        "links": [
            this(GEOJSON),
            link("original", path, GEOJSON),
            link("timegate", path, GEOJSON),
            *(_at(rel, path, version) for rel, version in ends),
            *(_at("memento", path, version) for version in page if VersionId.of(version) in standing),
            *following(cursor, GEOJSON),
        ],
    }


def one_of_many(version: Version, course: Sequence[Version], meaning: Meaning, path: str) -> dict[str, Any]:
    """One version under its own address; `course` is what was known as long as it was."""
    place = [one.period.start for one in course].index(version.period.start)
    around = [("predecessor-version", place - 1), ("successor-version", place + 1)]
    links = [
        this(GEOJSON),
        link("original", path, GEOJSON),
        *history_links(path),
        *(
            link(rel, f"{path}/versions/{VersionId.of(course[at])}", GEOJSON)
            for rel, at in around
            if 0 <= at < len(course)
        ),
        _at("latest-version", path, course[-1]),
        *more_links(version, meaning),
    ]
    return {**listed(version, meaning, path), "links": links}


def departed(refusal: Gone, store: Store) -> dict[str, Any]:
    """What is said of an entity that is no more: when it ended, what took its place, and where its versions are."""
    finding = refusal.findings[0]
    if finding.rule not in _GONE:
        return {}
    code = str(finding.values["code"])
    path = f"/items/{part(code)}"
    course = store.view().course(code)
    latest = [_at("latest-version", path, course[-1])] if course else []
    heirs = [_heir(step) for step in store.lineage(code) if step.parent == code != step.child]
    return {
        "code": code,
        "ended": finding.values.get("end"),
        "successors": heirs,
        "links": [*latest, link("original", path, GEOJSON), *history_links(path)],
    }


def _heir(step: Lineage) -> dict[str, Any]:
    href = address(f"/items/{part(step.child)}")
    return {"code": step.child, "kind": step.kind, "share": step.share, "day": day_text(step.day), "href": href}


def _at(rel: str, path: str, version: Version) -> Link:
    """The link to an entity at the first day of a version."""
    start = version.period.start
    there = link(rel, path, GEOJSON, datetime=day_text(start), known_at=_asked_known())
    return {**there, "datetime": http_date(start)}


def _asked_known() -> str | None:
    return request.args.get("known-at") or None
