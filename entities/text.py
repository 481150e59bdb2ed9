"""A sentence said in Chinese and in English, kept together so that neither can be forgotten."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in both languages; `{name}` fields are filled by `fill`."""

    zh: str
    en: str

    def __post_init__(self) -> None:
        if not self.zh.strip() or not self.en.strip():
            raise ValueError(f"a text needs both languages: {self!r}")

    def fill(self, values: Mapping[str, object]) -> "Text":
        """Return the text with its `{name}` fields filled from `values`."""
        return Text(self.zh.format_map(values), self.en.format_map(values))

    def say(self, language: str) -> str:
        """Return the sentence in `language`: Chinese for any tag that begins with zh, else English."""
        return self.zh if language.lower().startswith("zh") else self.en
