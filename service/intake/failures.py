"""The failing features of a submission as a GeoPackage: geometry and fields as read, with rule, message and remedy."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyogrio.raw
import shapely

from entities.errors import NotFound, Refusal
from entities.model import Candidate
from entities.readers import open_reading
from service.config import Config
from service.intake import reports, submissions, taking
from service.intake.submissions import Submission

FILE: Final = "failures.gpkg"
_MOST: Final = 100_000


def package(config: Config, submission: Submission) -> Path:
    """The GeoPackage of the features of a submission that broke rules, made when first asked for.

    Layer `failures` has the features, `places` the faulty vertices. `NotFound` (`submission.sound`) where none failed.
    """
    path = config.uploads / submission.name / FILE
    if not path.is_file():
        failing = _failing(path.parent)
        if not failing:
            raise NotFound.because("submission.sound", submission=submission.name)
        _write(path, list(_features(config, submission, failing)), _places(failing))
    return path


def _failing(folder: Path) -> dict[int, dict[str, Any]]:
    """What the report says of each row with a finding."""
    page = reports.read(folder, 0, _MOST, broken=True)
    return {int(feature["row"]): feature for feature in page.features}


def _features(
    config: Config, submission: Submission, failing: Mapping[int, Any]
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Each failing feature with its geometry, where the file can be read so far; the others have none."""
    found = {candidate.row: candidate for candidate in _candidates(config, submission) if candidate.row in failing}
    for row, feature in failing.items():
        candidate = found.get(row)
        shape = shapely.force_2d(candidate.state.geometry) if candidate else None
        yield shape, {**_told(feature), **_fields(candidate)}


def _candidates(config: Config, submission: Submission) -> Iterator[Candidate]:
    upload = submissions.upload_of(config.uploads, submission)
    wishes, profile = upload.wishes, taking.profile_of(config, upload)
    try:
        with open_reading(
            upload.path, profile, wishes.get("crs"), wishes.get("layer"), taking.limits(config)
        ) as reading:
            for batch in reading.batches():
                yield from batch
    except Refusal:  # the file itself is the fault: there are no features to give back
        return


def _told(feature: Mapping[str, Any]) -> dict[str, Any]:
    """A feature's findings in words."""
    findings = feature["findings"]
    return {
        "row": feature["row"],
        "feature": feature["feature"],
        "rules": ", ".join(dict.fromkeys(finding["rule"] for finding in findings)),
        **{
            f"{part}_{language}": "\n".join(dict.fromkeys(finding[part][language] for finding in findings))
            for part in ("sentence", "remedy")
            for language in ("zh", "en")
        },
    }


def _fields(candidate: Candidate | None) -> dict[str, Any]:
    """The fields that the feature came with, as text, so that they can be mended and sent again."""
    if candidate is None:
        return {}
    state = candidate.state
    own = {"class_code": state.class_code, "name": state.name, "height": state.height, "base": state.base}
    return {name: None if value is None else str(value) for name, value in {**own, **state.attributes}.items()}


def _places(failing: Mapping[int, Any]) -> list[tuple[Any, dict[str, Any]]]:
    """The faulty vertices, each with what is wrong there."""
    return [
        (shapely.Point(finding["place"]), _told({**feature, "findings": [finding]}))
        for feature in failing.values()
        for finding in feature["findings"]
        if finding["place"]
    ]


def _write(path: Path, *layers: list[tuple[Any, dict[str, Any]]]) -> None:
    waiting = path.with_suffix(".part.gpkg")
    waiting.unlink(missing_ok=True)
    for name, kind, rows in zip(("failures", "places"), ("Unknown", "Point"), layers, strict=True):
        if rows:
            _write_layer(waiting, name, kind, rows)
    waiting.replace(path)


def _write_layer(path: Path, layer: str, kind: str, rows: list[tuple[Any, dict[str, Any]]]) -> None:
    names = list(dict.fromkeys(name for _, values in rows for name in values))
    kinds = {"row": np.int64}
    columns = [np.array([values.get(name) for _, values in rows], kinds.get(name, object)) for name in names]
    shapes = np.array([None if shape is None else shapely.to_wkb(shape) for shape, _ in rows], dtype=object)
    about = {"layer": layer, "driver": "GPKG", "geometry_type": kind, "crs": "EPSG:4490", "append": path.exists()}
    pyogrio.raw.write(path, shapes, columns, names, **about)
