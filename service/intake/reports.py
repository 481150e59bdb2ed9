"""The report of a submission on disk: each feature's outcome and findings, read a page at a time."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from entities.report import FeatureOutcome, Report, feature_json, finding_json, said
from entities.rules import Finding

FILE: Final = "report.parquet"
_SCHEMA: Final = pa.schema(
    [("row", pa.int64()), ("outcome", pa.string()), ("rules", pa.list_(pa.string())), ("feature", pa.string())]
)


@dataclass(frozen=True, slots=True)
class Page:
    """Some features of a report, and the row to go on after, if there are more."""

    features: list[dict[str, Any]]
    cursor: int | None


def save(folder: Path, report: Report) -> None:
    """Write each feature's outcome with its findings, by row."""
    lines = sorted(_lines(report), key=lambda line: int(line["row"]))
    columns = {
        "row": [line["row"] for line in lines],
        "outcome": [line["outcome"] for line in lines],
        "rules": [sorted({finding["rule"] for finding in line["findings"]}) for line in lines],
        "feature": [json.dumps(line, ensure_ascii=False) for line in lines],
    }
    pq.write_table(pa.table(columns, _SCHEMA), folder / FILE, compression="zstd")


def read(
    folder: Path, after: int, limit: int, rule_id: str | None = None, outcome: str | None = None, broken: bool = False
) -> Page:
    """A page of features after a position in the report: of one rule, of one outcome, or that broke any, if asked."""
    table = pq.read_table(folder / FILE)
    table = table.append_column("place", pa.array(range(1, len(table) + 1), pa.int64()))
    wanted = pc.greater(table["place"], after)
    if outcome:
        wanted = pc.and_(wanted, pc.equal(table["outcome"], outcome))
    if broken:
        wanted = pc.and_(wanted, pc.greater(pc.list_value_length(table["rules"]), 0))
    found = table.filter(wanted)
    if rule_id:
        found = found.filter(pa.array([rule_id in rules for rules in found["rules"].to_pylist()], pa.bool_()))
    page = found.slice(0, limit)
    features = [json.loads(text) for text in page["feature"].to_pylist()]
    return Page(features, page["place"][-1].as_py() if len(found) > limit else None)


def summary(report: Report) -> dict[str, Any]:
    """What a submission keeps of its report: counts, the rules broken with how often, and the first findings."""
    told = report.as_json()
    findings = [finding_json(finding) for finding in report.findings[:50]]
    kept = {name: told[name] for name in ("read", "errors", "warnings", "source", "steps")}
    broken = len({finding.row for finding in report.errors if finding.row})
    outcomes = {**report.outcomes, **({} if report.accepted else {"refused": broken})}
    return {**kept, "outcomes": outcomes, "findings": findings, "rules": rules_json(report.findings), "broken": broken}


def rules_json(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """The rules broken, errors first and then by how many features break them."""
    counts = Counter(finding.rule for finding in findings)
    features = Counter(rule_id for rule_id, _ in {(finding.rule, finding.row) for finding in findings})
    first = {finding.rule: finding for finding in reversed(findings)}
    order = sorted(counts, key=lambda rule_id: (first[rule_id].severity, -counts[rule_id], rule_id))
    return [_rule_json(first[rule_id], features[rule_id], counts[rule_id]) for rule_id in order]


def _rule_json(first: Finding, features: int, count: int) -> dict[str, Any]:
    words = {"title": said(first.words.title), "remedy": said(first.remedy)}
    return {"rule": first.rule, "severity": first.severity, **words, "features": features, "count": count}


def _lines(report: Report) -> Iterator[dict[str, Any]]:
    """Every feature with its findings, but for those of the whole file; rows only findings speak of were refused."""
    findings: dict[int, list[Finding]] = {}
    for finding in report.findings:
        if finding.row:
            findings.setdefault(finding.row, []).append(finding)
    for feature in report.features:
        yield _line(feature, findings.pop(feature.row, []))
    for row, left in findings.items():
        outcome = "refused" if any(finding.severity == "error" for finding in left) else "review"
        yield _line(FeatureOutcome(row, left[0].feature, outcome), left)


def _line(feature: FeatureOutcome, findings: Sequence[Finding]) -> dict[str, Any]:
    places: list[Mapping[str, Any]] = [finding_json(finding) for finding in findings]
    place = next((finding["place"] for finding in places if finding["place"]), None)
    return {**feature_json(feature), "code": next(iter(feature.codes), None), "findings": places, "place": place}
