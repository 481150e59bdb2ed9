"""Boreholes of the made district as an investigator sends them: an AGS4 file with the layers each one met."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from service.demo.town import GROUND, ORIGIN, SEED

_LAYERS: Final = (
    ("FILL", "101", "杂填土 Made ground, brick and soil"),
    ("CLAY", "201", "粉质黏土 Firm silty clay"),
    ("SAND", "401", "细砂 Medium dense fine sand"),
    ("GRAVEL", "501", "碎石土 Gravel in clay"),
    ("LIMESTONE", "804", "石灰岩 Grey limestone, karst in its upper part"),
)
"""What lies under Jinan's plain, from above: its kind, its legend code, its description."""

_THICK: Final = ((0.8, 2.5), (4.0, 8.0), (2.0, 5.0), (1.5, 4.0), (6.0, 12.0))
_DAY: Final = "2024-03-18"


def write_holes(path: Path, count: int = 24) -> None:
    """Write boreholes along the district's western streets."""
    random = np.random.default_rng(SEED + 8)
    holes, layers = [], []
    for number in range(count):
        name = f"ZK{number + 1:02d}"
        east, north = np.array(ORIGIN) + 420 + np.array([number % 6 * 90.0, number // 6 * 90.0])
        depths = np.round(np.cumsum([random.uniform(*thick) for thick in _THICK]), 2).tolist()
        holes.append((name, "RC", f"{east:.2f}", f"{north:.2f}", f"{GROUND:.2f}", f"{depths[-1]:.2f}", _DAY))
        tops = [0.0, *depths[:-1]]
        rows = zip(tops, depths, _LAYERS, strict=True)
        layers += [
            (name, f"{top:.2f}", f"{bottom:.2f}", words, legend, kind) for top, bottom, (kind, legend, words) in rows
        ]
    groups = (
        _group("PROJ", "PROJ_ID PROJ_NAME", "", [("SK-1", "演示街区勘察")]),
        _group("TRAN", "TRAN_ISNO TRAN_DATE TRAN_PROD TRAN_AGS", "", [("1", _DAY, "济南市勘察院", "4.1")]),
        _group(
            "LOCA", "LOCA_ID LOCA_TYPE LOCA_NATE LOCA_NATN LOCA_GL LOCA_FDEP LOCA_ENDD", ". . m m m m yyyy-mm-dd", holes
        ),
        _group("GEOL", "LOCA_ID GEOL_TOP GEOL_BASE GEOL_DESC GEOL_LEG GEOL_GEOL", ". m m . . .", layers),
    )
    path.write_text("\r\n\r\n".join(groups) + "\r\n", encoding="utf-8")


def _group(name: str, headings: str, units: str, rows: Sequence[tuple[str, ...]]) -> str:
    """One group of an AGS4 file: its headings, their units (`.` for none) and types, and its rows."""
    fields = headings.split()
    unit = [one.strip(".") for one in units.split()] or [""] * len(fields)
    kinds = ["2DP" if one == "m" else "DT" if one.startswith("yyyy") else "X" for one in unit]
    lines = [
        ("GROUP", name),
        ("HEADING", *fields),
        ("UNIT", *unit),
        ("TYPE", *kinds),
        *(("DATA", *row) for row in rows),
    ]
    return "\r\n".join(",".join(f'"{word}"' for word in line) for line in lines)
