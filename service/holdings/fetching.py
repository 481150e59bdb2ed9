"""Fetching: files of holdings that are known here and lie elsewhere come from where they are, each holding whole."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Protocol

from entities.errors import Invalid, NotFound
from entities.report import Progress
from entities.store import Store
from service.config import Config
from service.holdings.shelf import Shelf
from service.holdings.verifying import Vouched, vouched
from tiling.holdings.kinds import KINDS
from tiling.holdings.packing import MANIFEST, Manifest
from tiling.stored.sink import checked

_TOGETHER: Final = 8  # files asked for at a time
_STEP: Final = "fetch"


class Keeper(Protocol):
    """Somewhere that files of holdings can be had from."""

    def holding(self, kind: str, digest: str, name: str, path: Path) -> None:
        """Fetch one file into `path`, as it is stored. `NotFound` where there is none."""


def fetch(config: Config, store: Store, keeper: Keeper, tell: Progress) -> int:
    """Fetch every holding known now whose files are not here, and return how many came.

    One that the keeper has not is passed over. What was fetched of a holding before it was cut off is not fetched
    again. `Invalid` (`follow.altered`) for files that are not those of which the journal tells.
    """
    shelf, came = Shelf.of(config), 0
    for kind, digest, said in _missing(shelf, store):
        try:
            _fetch_one(shelf, keeper, kind, digest, said.manifest, tell)
        except NotFound:
            continue
        came += 1
    return came


def _missing(shelf: Shelf, store: Store) -> Iterator[tuple[str, str, Vouched]]:
    """The holdings known now whose files are not here: kind, hash, and what the journal says of each."""
    for kind in KINDS:
        for digest, said in sorted(vouched(store, kind).items()):
            if said.standing and not shelf.has(kind, digest):
                yield kind, digest, said


def _fetch_one(shelf: Shelf, keeper: Keeper, kind: str, digest: str, manifest: str, tell: Progress) -> None:
    with shelf.arriving(kind, digest) as folder:
        if shelf.has(kind, digest):  # another process brought it while this one waited
            return
        wanted = _manifest(keeper, kind, digest, folder)
        if wanted.digest != manifest:
            raise Invalid.because("follow.altered")

        def bring(name: str) -> None:
            target, coming = folder.joinpath(*checked(name)), folder.parent / f"{digest}-{name.replace('/', '-')}"
            if not target.is_file():
                keeper.holding(kind, digest, name, coming)
                target.parent.mkdir(parents=True, exist_ok=True)
                coming.rename(target)

        with ThreadPoolExecutor(_TOGETHER) as pool:
            for done, _ in enumerate(pool.map(bring, wanted.files), 1):
                tell(_STEP, done, len(wanted.files))
        _check(wanted, folder)
        shelf.place(folder, kind, digest)


def _manifest(keeper: Keeper, kind: str, digest: str, folder: Path) -> Manifest:
    keeper.holding(kind, digest, MANIFEST, folder / MANIFEST)
    try:
        return Manifest.read(folder)
    except (ValueError, KeyError, TypeError):
        raise Invalid.because("follow.altered") from None


def _check(wanted: Manifest, folder: Path) -> None:
    """Throw away what is not as it was adopted, so that it is fetched again. `Invalid` (`follow.altered`)."""
    wrong = [name for name, _ in wanted.faults(folder)]
    for name in wrong:
        folder.joinpath(name).unlink(missing_ok=True)
    if wrong:
        raise Invalid.because("follow.altered")
