"""Names in Latin letters: pinyin by Hanyu rules for labels and titles."""

from typing import Final

from entities.pinyin import syllables
from entities.text import Text

GENERICS: Final = {"省": "Province", "自治区": "Autonomous Region", "特别行政区": "Special Administrative Region",
                   "自治州": "Prefecture", "市": "City", "区": "District", "县": "County"}  # fmt: skip


def joined(parts: list[str]) -> str:
    """Write syllables as one word: `Tai'an` takes an apostrophe, since its second syllable begins with a vowel."""
    first, rest = parts[0], parts[1:]
    return (first + "".join(f"'{part}" if part[:1] in "aoe" else part for part in rest)).capitalize()


def parted(name: str) -> tuple[str, str]:
    """Part a division's name into its own part and its kind: 济南, 市; a county of one character keeps its kind."""
    for generic in GENERICS:
        if name.endswith(generic):
            own = name.removesuffix(generic)
            return (name if len(own) == 1 else own), generic
    return name, ""


def short(name: str) -> str:
    """The short Latin name for a label: `Jinan`, `Dong'e`, `Juxian`."""
    return joined(syllables(parted(name)[0])) if name else name


def full(name: str) -> str:
    """The full Latin name for a title: `Lixia District`, `Shandong Province`."""
    generic = GENERICS.get(parted(name)[1], "")
    return f"{short(name)} {generic}".strip()


def both(name: str, latin: str | None = None) -> Text:
    """A name in both languages; `latin` is the one the base gives, if it does."""
    return Text(name, latin or full(name))
