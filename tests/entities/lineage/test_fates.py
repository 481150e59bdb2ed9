"""The table of when a code is kept: whole, with fates that can be, and applied by the longest prefix."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from entities.errors import Invalid
from entities.lineage.fates import FATES, IdentityTable

BUILT_IN = Path(__file__).parents[3] / "entities/data/matching.yaml"


def entry(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(BUILT_IN.read_text(encoding="utf-8"))["identity"]
    return found | changes


def with_fate(change: str, code: str) -> list[dict[str, Any]]:
    return [one | {"code": code} if one["change"] == change else one for one in entry()["changes"]]


def test_the_default_table_says_what_registers_do() -> None:
    table = IdentityTable.parse(entry())
    assert table.text == "default 2"
    assert {change: table.fate(change) for change in FATES} == {
        **{"create": "makes", "end": "ends", "retract": "retracts", "split": "replaces", "merge": "replaces"},
        **dict.fromkeys(("remeasure", "attributes", "alter", "reclassify", "redivide", "represent"), "keeps"),
        "rebuild": "replaces",
    }
    assert [change for change in FATES if not table.leaves_event(change)] == [
        *("create", "end", "remeasure", "attributes", "alter"),
    ]
    assert all(table.rules[change].word.zh and table.rules[change].word.en for change in FATES)


def test_the_longest_prefix_counts() -> None:
    exceptions = [
        {"change": "split", "classes": "3", "code": "largest-keeps"},
        {"change": "split", "classes": "3203", "code": "replaces"},
        {"change": "merge", "classes": "31", "code": "dominant-keeps"},
    ]
    table = IdentityTable.parse(entry(exceptions=exceptions))
    assert [table.fate("split", code) for code in ("310301", "320301", "210101")] == [
        *("largest-keeps", "replaces", "replaces"),
    ]
    assert [table.fate("merge", code) for code in ("310301", "320301")] == ["dominant-keeps", "replaces"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("split", "dominant-keeps"),
        ("merge", "largest-keeps"),
        ("create", "keeps"),
        ("end", "keeps"),
        ("attributes", "replaces"),
        ("reclassify", "makes"),
        ("redivide", "replaces"),
        ("split", "keep"),
    ],
)
def test_a_fate_that_cannot_be_is_refused(change: str, code: str) -> None:
    with pytest.raises(Invalid, match=r"match\.policy"):
        IdentityTable.parse(entry(changes=with_fate(change, code)))
    with pytest.raises(Invalid, match=r"match\.policy"):
        IdentityTable.parse(entry(exceptions=[{"change": change, "classes": "3", "code": code}]))


def test_a_table_with_a_kind_of_change_missing_or_unknown_is_refused() -> None:
    with pytest.raises(Invalid, match="merge"):
        IdentityTable.parse(entry(changes=[one for one in entry()["changes"] if one["change"] != "merge"]))
    with pytest.raises(Invalid, match="swap"):
        IdentityTable.parse(entry(exceptions=[{"change": "swap", "classes": "", "code": "keeps"}]))
    with pytest.raises(Invalid, match="lineage"):
        IdentityTable.parse(entry(changes=[one | {"lineage": "family"} for one in entry()["changes"]]))
