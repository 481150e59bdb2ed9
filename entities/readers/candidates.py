"""Chunks of a file become candidates, and what cannot become one becomes a finding."""

from collections.abc import Iterator
from dataclasses import replace

from entities.model import Candidate, State
from entities.profiles import SKIP, Profile
from entities.readers.columns import Columns, Meaning, fill_heights
from entities.readers.placing import Placed, Placer
from entities.readers.plants import OBJECT
from entities.readers.source import Chunk, finding
from entities.rules import Finding


class Maker:
    """Makes the candidates of one reading; `findings` and `skipped` grow while it works."""

    def __init__(self, profile: Profile, placer: Placer, vertical: str | None) -> None:
        self._columns = Columns(profile)
        self._storey = profile.storey
        self._reads_objects = profile.origin("class").field == OBJECT
        self._placer = placer
        self._vertical = vertical
        self._warned: set[str] = set()
        self.findings: list[Finding] = []
        self.skipped = 0

    def candidates(self, chunk: Chunk) -> list[Candidate]:
        """Make the candidates of a chunk, in its order; plants of city models are left out unless the profile says of
        what class each kind of object is.
        """
        meaning = self._columns.meaning(chunk)
        placed = self._placer.place(chunk)
        fill_heights(meaning, placed.bases, placed.tops, self._storey)
        left_out = {index for index, code in enumerate(meaning.classes) if code == SKIP}
        if not self._reads_objects:
            left_out |= {index for index, kind in enumerate(chunk.columns.get(OBJECT, ())) if kind}
        wrong = _faults(chunk, meaning, placed)
        for index in sorted(wrong.keys() - left_out):
            known = meaning.source_ids[index]
            self.findings += [replace(found, feature=known) if known else found for found in wrong[index]]
        self._warn(placed)
        self.skipped += len(left_out)
        return list(_candidates(chunk, meaning, placed, wrong.keys() | left_out))

    def _warn(self, placed: Placed) -> None:
        """Say once what concerns the whole file."""
        warnings = list(placed.outside.values())
        if placed.has_heights and self._vertical is None:
            warnings.append(Finding("crs.vertical"))
        elif placed.has_heights and self._vertical != "EPSG:5737":
            warnings.append(Finding("crs.height", {"vertical": self._vertical}))
        for warning in warnings:
            if warning.rule not in self._warned:
                self._warned.add(warning.rule)
                self.findings.append(warning)


def _faults(chunk: Chunk, meaning: Meaning, placed: Placed) -> dict[int, list[Finding]]:
    """Everything found of each feature that cannot become a candidate, by its index."""
    wrong: dict[int, list[Finding]] = {}
    for index, fault in chunk.faults.items():
        wrong.setdefault(index, []).append(finding(chunk, index, fault.rule, why=fault.why))
    for index, found in placed.faults.items():
        wrong.setdefault(index, []).append(found)
    for index, several in meaning.faults.items():
        wrong.setdefault(index, []).extend(several)
    return wrong


def _candidates(chunk: Chunk, meaning: Meaning, placed: Placed, without: set[int]) -> Iterator[Candidate]:
    ids = chunk.ids or [None] * len(chunk)
    for index, shape in enumerate(placed.shapes):
        if index in without:
            continue
        state = State(
            meaning.classes[index],
            shape,
            meaning.names[index],
            meaning.heights[index],
            meaning.bases[index],
            placed.surfaces[index],
            meaning.attributes[index],
        )
        yield Candidate(
            chunk.first_row + index,
            state,
            meaning.source_ids[index] or ids[index],
            meaning.codes[index],
            meaning.days[index],
            meaning.changes[index],
            meaning.resource_codes[index],
        )
