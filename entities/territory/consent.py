"""Consent: what reaches over a border is not said at once, but waits until the other side has agreed to it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from entities.matching import Match
from entities.model import Candidate, Version
from entities.rules import Finding
from entities.territory.rights import Part, Reach, Territory
from entities.text import Text

JOINT: Final = "joint"
"""The band of a feature that waits for consent alone."""

_OURS: Final = Text(
    "有{share}%在{name}（{code}），要那里同意", "{share} % of it lies in {name} ({code}), which has to consent"
)
_THEIRS: Final = Text(
    "实体{entity}有{share}%在{name}（{code}），要那里同意",
    "{share} % of entity {entity} lies in {name} ({code}), which has to consent",
)

Reaches = Mapping[str, Reach]
"""What lies outside a territory of the entities, by their codes."""


def sort_by_consent(
    matches: Sequence[Match], candidates: Sequence[Candidate], bases: Sequence[Version], territory: Territory
) -> list[Match]:
    """What a department may say at once of what matching found.

    What reaches over the border is left to a person, with the divisions that have to consent; with a part of a split
    the whole of it. What would change an entity that is another's is refused (`scope.entity`).
    """
    ours = territory.reaches(np.array([one.state.geometry for one in candidates], dtype=object))
    reached = territory.reaches(np.array([base.state.geometry for base in bases], dtype=object))
    theirs = {bases[place].code: reach for place, reach in reached.items()}
    if not ours and not theirs:
        return list(matches)
    sorted_ones = [_sorted(one, candidates[one.row_index], ours.get(one.row_index), theirs) for one in matches]
    return _whole_families(sorted_ones, candidates)


def _sorted(found: Match, candidate: Candidate, ours: Reach | None, theirs: Reaches) -> Match:
    """One match by itself: as it was, left to a person, or refused."""
    concerned = {code: theirs[code] for code in found.codes if code in theirs}
    if found.outcome == "review":
        return replace(found, needs=_needs(ours, concerned))
    if not _says(found, candidate) or (ours is None and not concerned):
        return found
    for code, reach in concerned.items():
        if reach.foreign:
            return _refused(found, candidate, code, reach)
    told = {code: reach for code, reach in concerned.items() if ours is None or reach.needs.keys() - ours.needs.keys()}
    return _held(found, _needs(ours, concerned), (*_reasons(_OURS, "", ours), *_their_reasons(told)))


def _whole_families(matches: Sequence[Match], candidates: Sequence[Candidate]) -> list[Match]:
    """Hold with a part of a split what else came of the same entity: half a split cannot be said."""
    needs = {code: one.needs for one in matches if one.band == JOINT for code in one.codes}
    return [
        _held(one, needs[one.codes[0]], ())
        if one.codes and one.codes[0] in needs and _says(one, candidates[one.row_index])
        else one
        for one in matches
    ]


def _says(found: Match, candidate: Candidate) -> bool:
    """Tell whether a match makes the base say something new."""
    return found.outcome not in ("unchanged", "review", "refused") or (
        found.outcome == "unchanged" and candidate.change in ("end", "retract")
    )


def _held(found: Match, needs: Sequence[str], reasons: Sequence[Text]) -> Match:
    return replace(found, outcome="review", band=JOINT, needs=tuple(needs), reasons=(*found.reasons, *reasons))


def _refused(found: Match, candidate: Candidate, code: str, reach: Reach) -> Match:
    said = {"code": code, "share": round(100 * reach.share), "names": "、".join(_names(reach)) or "-"}
    finding = Finding("scope.entity", said, candidate.row, candidate.source_id, reach.place)
    return replace(found, outcome="refused", finding=finding, band="")


def _needs(ours: Reach | None, theirs: Reaches) -> tuple[str, ...]:
    reaches = [*([ours] if ours else []), *theirs.values()]
    return tuple(sorted({code for reach in reaches for code in reach.needs}))


def _their_reasons(theirs: Reaches) -> list[Text]:
    return [reason for entity, reach in theirs.items() for reason in _reasons(_THEIRS, entity, reach)]


def _reasons(sentence: Text, entity: str, reach: Reach | None) -> list[Text]:
    parts: Mapping[str, Part] = reach.needs if reach else {}
    said = [(code, part.name, f"{100 * part.share:.1f}") for code, part in sorted(parts.items())]
    return [sentence.fill({"entity": entity, "share": share, "name": name, "code": code}) for code, name, share in said]


def _names(reach: Reach) -> list[str]:
    return [part.name for _, part in sorted(reach.needs.items())]
