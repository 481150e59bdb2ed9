"""The orthophotos of a running service as map tiles: of the holdings that stand at a moment, named by their state."""

from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import blake2b
from pathlib import Path
from typing import Final

from entities.errors import NotFound
from entities.model import LATEST, Moment, today
from entities.store import Store
from service.config import Config
from service.holdings import Holding, Shelf, standing, state_of
from service.tiles.kept import Kept, Made, write_whole
from tiling.imagery.prepare import IMAGERY, read_index
from tiling.imagery.tile import VERSION, Placed, covering, drawn, encoded
from tiling.mercator import Square

_HASH: Final = 24


@dataclass(frozen=True, slots=True)
class ImageryTiles:
    """The imagery of one base."""

    config: Config
    store: Store

    def state(self, moment: Moment) -> tuple[str, list[Holding]]:
        """What names the holdings of a moment, and these; written down, so that its tiles are answered for ever."""
        found = standing(self.config, self.store, IMAGERY.name, moment)
        state = state_of(found)
        note = self._note(state)
        if not note.is_file():
            write_whole(note, "\n".join(one.hash for one in found).encode())
        return state, found

    def tile(self, state: str, square: Square, form: str) -> Made:
        """A tile of a state; its name is a hash of what is seen on it, so one that did not change is kept.

        `NotFound` (`imagery.state`) for a state that never was told of.
        """
        pictures = covering(_pictures(self._folders(state)), square)
        name = _name_of(pictures, square)
        draw = partial(_drawn, pictures, square, form)
        return Made(name, Kept.of(self.config, "imagery").get(f"{name}.{form}", draw))

    @property
    def _folder(self) -> Path:
        return self.config.data / "imagery"

    def _note(self, state: str) -> Path:
        return self._folder / "states" / state

    def _folders(self, state: str) -> tuple[Path, ...]:
        """The folders of a state's holdings, those that are still here."""
        note = self._note(state)
        if len(state) != _HASH or not state.isalnum():
            raise NotFound.because("imagery.state", state=state)
        if not note.is_file() and self.state(Moment(today(), LATEST))[0] != state:
            raise NotFound.because("imagery.state", state=state)
        shelf = Shelf.of(self.config)
        hashes = note.read_text(encoding="utf-8").split()
        return tuple(shelf.folder(IMAGERY.name, one) for one in hashes if shelf.has(IMAGERY.name, one))


@lru_cache(maxsize=256)
def _pictures(folders: tuple[Path, ...]) -> tuple[Placed, ...]:
    """Every picture of some folders, which never change."""
    return tuple((folder, picture) for folder in folders for picture in read_index(folder))


def _name_of(pictures: list[Placed], square: Square) -> str:
    found = blake2b(f"{VERSION} {square.zoom}/{square.x}/{square.y}".encode(), digest_size=12)
    for folder, picture in pictures:
        found.update(f"\0{folder.name}/{picture.file}".encode())
    return found.hexdigest()


def _drawn(pictures: list[Placed], square: Square, form: str) -> bytes:
    return encoded(drawn(pictures, square), form)
