"""Archives of surveyors' files: unpacked aside for as long as they are read. One that is a tileset is read as it is."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from entities.readers.limits import Limits
from entities.readers.unpacking import unpack
from service.holdings.shelf import Shelf
from tiling.meshes.files import ENTRY, ZipFiles


@contextmanager
def opened(paths: Sequence[Path], shelf: Shelf, limits: Limits) -> Iterator[tuple[Path, ...]]:
    """The paths, with a folder in place of every zip that is no tileset, during the block."""
    with ExitStack() as stack:
        yield tuple(
            _unpacked(path, stack.enter_context(shelf.aside()), limits) if _is(path) else path for path in paths
        )


def _is(path: Path) -> bool:
    return path.suffix.lower() == ".zip" and path.is_file() and not ZipFiles(path).has(ENTRY)


def _unpacked(path: Path, aside: Path, limits: Limits) -> Path:
    """The folder that an archive holds, or one of its own name around what it holds."""
    folder = aside / path.stem
    folder.mkdir()
    unpack(path, folder, limits)
    inside = list(folder.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder
