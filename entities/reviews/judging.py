"""What a person may decide about a feature that matching left to them, and what makes two cases one and the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import shapely
from shapely.geometry.base import BaseGeometry

from entities.errors import Invalid
from entities.matching.result import BANDS
from entities.model import Candidate, fingerprints
from entities.reviews.cases import VERDICTS
from entities.text import Text

WORDS: Final = {
    "same": Text("同一实体", "the same entity"),
    "new": Text("新实体", "a new entity"),
    "split": Text("分割", "a split"),
    "merge": Text("合并", "a merge"),
    "reject": Text("不采纳", "not taken"),
}
"""What each verdict is called."""

MET: Final[Mapping[str, Text]] = {
    "clash": Text("两级同时改动，以较晚的为准", "changed by two at the same time, the later stands"),
    "twin": Text("可能被两级各测了一次", "perhaps measured once by each of two"),
}
"""The bands of cases that arise when bases follow each other."""

_CODES: Final = {"same": (0, 1), "new": (0, 1), "split": (0, 1), "merge": (0, 1000), "reject": (0, 0)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One decision: its kind, of which entities, along which cut (lon, lat), and why.

    A new entity may be said to stand in the place of one: that one is named, or `replaces` says that the only candidate
    is meant. `beyond` says that entities which are no candidates of the case are meant all the same.
    """

    kind: str
    codes: tuple[str, ...] = ()
    cut: shapely.LineString | None = None
    note: str = ""
    beyond: bool = False
    replaces: bool = False

    def __post_init__(self) -> None:
        if self.kind not in VERDICTS:
            raise Invalid.because("review.verdict", verdict=self.kind, names=", ".join(VERDICTS))
        least, most = _CODES[self.kind]
        if not least <= len(set(self.codes)) <= most or len(set(self.codes)) != len(self.codes):
            raise Invalid.because("review.codes", verdict=self.kind, codes=", ".join(self.codes))
        if self.replaces and self.kind != "new":
            raise Invalid.because("review.codes", verdict=self.kind, codes="replaces")

    @property
    def words(self) -> Text:
        """What this verdict is called."""
        return WORDS[self.kind]


def band_words(band: str) -> Text:
    """What a band is called."""
    return {**BANDS, **MET}.get(band, Text(band or "–", band or "–"))


def case_key(candidate: Candidate, contents: Mapping[str, bytes]) -> str:
    """32 hexadecimal digits that differ where the feature, or any entity that it may be, differs."""
    digest = blake2b(fingerprints([candidate.state])[0], digest_size=16)
    digest.update(f"{candidate.change}|{candidate.code}".encode())
    for code, content in sorted(contents.items()):
        digest.update(code.encode() + content)
    return digest.hexdigest()


def parse_cut(text: str) -> shapely.LineString | None:
    """Read a cut from `lon,lat lon,lat …`; None for nothing. `Invalid` (`review.cut.form`)."""
    if not text.strip():
        return None
    try:
        places = [(float(lon), float(lat)) for lon, lat in (pair.split(",") for pair in text.split())]
    except ValueError:
        raise Invalid.because("review.cut.form", cut=text[:80]) from None
    if len(set(places)) < 2 or not all(abs(lon) <= 180 and abs(lat) <= 90 for lon, lat in places):
        raise Invalid.because("review.cut.form", cut=text[:80])
    return shapely.LineString(places)


def cut_text(cut: BaseGeometry | None) -> str:
    """Write a cut as it is read."""
    return "" if cut is None else " ".join(f"{lon:.9f},{lat:.9f}" for lon, lat in shapely.get_coordinates(cut))
