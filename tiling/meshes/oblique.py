"""OSGB as a tileset: oblique photogrammetry as its programs write it, with its levels of detail as they are.

A folder holds `metadata.xml` and `Data/Tile_…/Tile_….osgb`, each of which leads to finer files beside it. They are read
by Debian's `osgconv`, which knows every version of the format, as text.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from entities.errors import Invalid
from entities.model import Scalar
from entities.rules import Finding
from tiling.geometry.volumes import box_around, corners, matrix_of
from tiling.holdings import Order, Progress
from tiling.meshes.blocks import Block, Read
from tiling.meshes.documents import Json
from tiling.meshes.drawn import levels
from tiling.meshes.files import FolderFiles
from tiling.meshes.finding import Found
from tiling.meshes.osgt import parse
from tiling.meshes.standing import METADATA, System, system_of
from tiling.meshes.tileset import write

Floats = NDArray[np.float64]

COMMAND: Final = "osgconv"
SUFFIX: Final = ".osgb"

_PATIENCE: Final = 600  # seconds for one file
_OPTIONS: Final = "WriteImageHint=WriteOut PRECISION 9"  # nine digits are every 32-bit float exactly
_FINER: Final = "_L"  # what stands after the name of an uppermost file in those of the finer ones


def adopt(paths: Sequence[Path], folder: Path, order: Order, tell: Progress) -> Found:
    """Make each uppermost file and all it leads to a tileset of its own, and write the one that shows them."""
    if shutil.which(COMMAND) is None:
        raise Invalid.because("mesh.osgconv", name=paths[0].name)
    above = paths[0] if paths[0].is_dir() else paths[0].parent
    system = system_of(order, above / METADATA, paths[0].name)
    tops = list(_tops(paths))
    if not tops:
        raise Invalid.because("mesh.empty", name=paths[0].name)
    blocks = []
    with ThreadPoolExecutor(order.workers) as pool:
        for number, top in enumerate(tops):
            blocks.append(_block(top, folder / str(number), system, pool, order.workers))
            tell("prepare", number + 1, len(tops))
    points, shown = [], []
    for number, block in enumerate(blocks):
        root = block.root(tops[number].name)
        points.append(corners(root["boundingVolume"], matrix_of(root)))
        shown.append(_shown(f"{number}/tileset.json", root, points[-1]))
    around = np.concatenate(points)
    write(folder, shown, float(np.linalg.norm(np.ptp(around, axis=0))) / 16)
    missing = sorted({name for block in blocks for name in block.missing})
    triangles = sum(block.triangles for block in blocks)
    said: dict[str, Scalar] = {"crs": system.name, "models": len(tops), "triangles": triangles}
    return Found(around, said, (*system.findings, *_lacking(missing)))


def companions(path: Path) -> list[Path]:
    """The finer files beside an uppermost one, and what says its system."""
    if path.suffix.lower() != SUFFIX or path.is_dir():
        return []
    finer = [one for one in path.parent.glob(f"*{SUFFIX}") if one.name.startswith(path.stem + _FINER)]
    return [one for one in (path.parent / METADATA, *sorted(finer)) if one.is_file()]


def is_folder(path: Path) -> bool:
    """Tell whether a folder holds OSGB."""
    return path.is_dir() and any(True for _ in path.rglob(f"*{SUFFIX}"))


def _tops(paths: Sequence[Path]) -> Iterator[Path]:
    """The uppermost files: those that are named, or in folders those that no other's name begins."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(path.rglob(f"*{SUFFIX}"))
        stems = {(one.parent, one.stem) for one in found}
        for one in found:
            coarser = (one.parent, one.stem.rpartition(_FINER)[0])
            if coarser not in stems:
                yield one


def _block(top: Path, folder: Path, system: System, pool: ThreadPoolExecutor, workers: int) -> Block:
    """Read an uppermost file and all it leads to, level by level, and write the tileset of them."""
    files = FolderFiles(top.parent)
    first = read(top.parent, top.name)
    parts = [part.corners for level in first.levels for part in level.parts]
    frame = system.frame(np.concatenate(parts) if parts else np.zeros((1, 3)), top.name)
    block = Block(files, system, frame, folder)
    waiting = block.take(first)
    while waiting:
        some, waiting = waiting[: 4 * workers], waiting[4 * workers :]
        for one in pool.map(partial(read, top.parent), some):
            waiting += block.take(one)
    block.write(top.name)
    return block


def read(folder: Path, name: str) -> Read:
    """Read one file. `Invalid` (`mesh.osgb`) where `osgconv` or what it wrote cannot be understood."""
    with tempfile.TemporaryDirectory(prefix="shikong-osgb-") as scratch:
        out = Path(scratch) / "scene.osgt"
        command = [COMMAND, str((folder / name).resolve()), out.name, "-O", _OPTIONS]
        try:
            done = subprocess.run(command, cwd=scratch, capture_output=True, timeout=_PATIENCE, check=False)
            if done.returncode or not out.is_file():
                said = done.stderr.decode("utf-8", "replace").replace(f"{folder.resolve()}/", "")
                raise ValueError(" ".join(said.split())[-200:] or COMMAND)
            return Read(levels(parse(out.read_bytes()), Path(scratch)), name)
        except (ValueError, IndexError, subprocess.TimeoutExpired) as error:
            raise Invalid.because("mesh.osgb", name=name, why=str(error)) from error


def _shown(uri: str, root: Json, points: Floats) -> Json:
    """A tile that leads to a block's own tileset."""
    return {
        "boundingVolume": {"box": box_around(points)},
        "content": {"uri": uri},
        "geometricError": root["geometricError"],
    }


def _lacking(missing: Sequence[str]) -> Iterator[Finding]:
    """That finer files are not there; the coarser ones are shown in their place."""
    if missing:
        yield Finding("mesh.finer", {"count": len(missing), "uri": missing[0]})
