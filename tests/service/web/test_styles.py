"""The colours can be read by everyone: contrast of every pair that is used, in the light and in the dark."""

import re
from pathlib import Path

import pytest

from service import web

STYLES = Path(web.__file__).parent / "styles"
TOKENS = (STYLES / "tokens.css").read_text(encoding="utf-8")

TEXT = [
    *[(ink, paper, 7.0) for ink in ("ink",) for paper in ("paper", "surface", "ok-soft", "warn-soft", "error-soft")],
    *[
        (ink, paper, 4.5)
        for ink in ("ink-2", "ink-3", "link")
        for paper in ("paper", "surface", "surface-2", "surface-inset")
    ],
    *[(name, f"{name}-soft", 4.5) for name in ("ok", "warn", "error", "info", "accent")],
    *[(name, "surface", 4.5) for name in ("ok", "warn", "error", "link-visited")],
    ("ink-2", "info-soft", 4.5),
    ("ink-2", "error-soft", 4.5),
    ("on-accent", "accent", 4.5),
    ("on-accent", "accent-hover", 4.5),
    ("ink", "accent-soft", 7.0),
    ("surface", "seal", 4.5),
]
SHAPES = [
    *[("line-strong", paper, 3.0) for paper in ("paper", "surface", "surface-inset")],
    ("accent", "surface", 3.0),
    ("focus-outer", "surface", 3.0),
    ("focus-outer", "focus-inner", 9.0),
    ("change-review", "surface-inset", 3.0),
]


def colours(selector: str) -> dict[str, str]:
    start = TOKENS.index(selector) + len(selector)
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", TOKENS[start : TOKENS.index("}", start)]))


LIGHT, DARK, AUTO = (colours(f'[data-theme="{theme}"] {{') for theme in ("light", "dark", "auto"))


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), [*TEXT, *SHAPES])
def test_contrast(theme: dict[str, str], front: str, back: str, least: float) -> None:
    dim, bright = sorted((luminance(theme[front]), luminance(theme[back])))
    assert (bright + 0.05) / (dim + 0.05) >= least


def test_the_system_s_dark_is_the_dark_one() -> None:
    assert AUTO == DARK


def test_every_variable_is_defined() -> None:
    known = set(re.findall(r"(--[\w-]+):", TOKENS))
    for page in ("base.css", "pages.css", "reviews.css"):
        assert not set(re.findall(r"var\((--[\w-]+)", (STYLES / page).read_text(encoding="utf-8"))) - known


def test_letters_are_never_slanted_spread_or_justified() -> None:
    for page in ("base.css", "pages.css", "reviews.css"):
        text = (STYLES / page).read_text(encoding="utf-8")
        assert not re.search(r"letter-spacing|italic|text-align:\s*justify|word-spacing", text)
