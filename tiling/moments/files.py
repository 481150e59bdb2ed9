"""The tileset files of a past day, each made when it is asked for out of the history's at its place.

So the root of a day costs no more than there are files under it, however many entities changed since. A file is named
by the hashes of the history's file and of the published one at its place, and the day; its URI says both, so the same
name has the same bytes whatever is built meanwhile. Its volume holds all that ever stood there. Contents are named as
in `past`: published ones where they are the same, the others with `?datetime=`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from entities.errors import NotFound
from entities.model import Moment, day_text
from tiling.building.overviews import overview_names
from tiling.building.plan import LEAF, Leaves, content_names, identities, plan, with_extents, within
from tiling.building.settings import Settings
from tiling.building.source import Source
from tiling.building.standing import held, index
from tiling.building.tileset import root_tileset, written
from tiling.building.tree import LEAST, Branch, Nodes, Tree, tree
from tiling.grid import COARSEST, TIERS, Tile
from tiling.moments.blocks import told
from tiling.moments.past import asked, guessed, of_tiles, overviews_of
from tiling.stored.published import Published, file_names

_FILER: Final = 1
"""The version of how such files are made; raised whenever the same come out as other bytes."""

_WIDER: Final = 1_024
"""How many steps of the lattice a volume is wider than the history's: that of a day is guessed around it."""

_NO_TILES: Final = np.zeros(0, LEAF)


@dataclass(frozen=True, slots=True)
class Past:
    """A layer at a moment, beside a state that was published and the history, which knows all that the source does.

    `query` is how the moment stands in URIs.
    """

    source: Source
    settings: Settings
    published: Published
    ever: Published
    query: str

    @property
    def complete(self) -> bool:
        """Whether the history was made with such settings and tells all that the source knows, and nothing else.

        What lies on another ground stands elsewhere than it does there.
        """
        moment, known = self.source.moment, self.ever.moment.known_at
        same = self.ever.key == self.settings.through_time().key and self.published.key == self.settings.key
        return (
            same
            and self.ever.ground == held(self.settings)
            and not len(self.source.dirty_keys(Moment(moment.valid_at, known)))
        )

    def root(self) -> bytes:
        """The root tileset."""
        top = self._files(self.ever.files[self.ever.files["level"] == TIERS[0]])
        return root_tileset(Tree(self.settings.layer, top, {}, {}), self.source.moment, self.settings)

    def file(self, tile: Tile, of: str, expected_hash: str) -> bytes:
        """A file below it. `NotFound` (`tiles.stale`) where it is of other states, or of another day."""
        if of != self.of(tile) or of.startswith(".") or self._hash(of) != expected_hash:
            day = day_text(self.source.moment.valid_at)
            raise NotFound.because("tiles.stale", tile=tile.name, hash=expected_hash, day=day)
        made, name = self._wide(tile) if tile.level == TIERS[0] else self._fine(tile)
        return written(made, name)

    def of(self, tile: Tile) -> str:
        """The hashes of the history's file and the published one at a place."""
        return f"{hash_at(self.ever, tile)}.{hash_at(self.published, tile)}"

    def _wide(self, tile: Tile) -> tuple[Tree, str]:
        """The tree over the files below one of the widest; and the name of this one in it."""
        files, leaves, coarse = (
            _inside(tiles, tile) for tiles in (self.ever.files, self.ever.leaves, self.ever.overviews)
        )
        below = files[files["level"] == COARSEST]
        bare = leaves[(leaves["level"] == COARSEST) & ~np.isin(leaves["first"], below["first"])]
        nodes = self._files(np.sort(np.concatenate([below, bare]), order="first"))
        coarse = coarse[coarse["level"] < COARSEST]
        uris = self._overview_uris(coarse, np.arange(len(coarse)))
        made = tree(self.settings.layer, Nodes.of(_NO_TILES, []), Nodes.of(coarse, uris), nodes)
        return made, next(iter(made.files))

    def _fine(self, tile: Tile) -> tuple[Tree, str]:
        """The tree over what stands in one of the coarsest leaf cells; and the name of its file in it."""
        layer, drawn = self.settings.layer, _inside(self.published.leaves, tile)
        leaves = with_extents(plan(index(self.source, self.settings, *tile.keys), self.settings), drawn)
        known = set(identities(drawn))
        new = np.array([identity not in known for identity in identities(leaves)], np.bool_)
        leaves["extent"][new] = guessed(leaves[new], [of_tiles(leaves[new], _inside(self.ever.leaves, tile))])
        nodes = Nodes.of(leaves, asked(content_names(leaves), np.where(new, self.query, "")))
        overviews, unmade = overviews_of(leaves, self.settings, _inside(self.published.overviews, tile), COARSEST)
        uris = self._overview_uris(overviews, np.flatnonzero(unmade))
        made = tree(layer, nodes, Nodes.of(overviews, uris))
        for name in made.files:
            if name.startswith(f"t/{tile.name}-"):
                return made, name
        own = nodes if len(leaves) else Nodes.of(row_at(self.ever, tile), [""])  # one bare leaf, or nothing
        return Tree(layer, own, {tile.name: Branch(own, None, nodes)}, {}), tile.name

    def _overview_uris(self, overviews: Leaves, rows: NDArray[np.intp]) -> list[str]:
        """The URIs of coarse tiles; those in `rows` are taken out of the history's, and told as they are there."""
        queries = np.full(len(overviews), "", object)
        of = told(overviews, rows, self.ever.overviews, self.source.moment.valid_at, self.settings)
        queries[rows] = [f"{self.query}&of={digest}" if digest else self.query for digest in of]
        return asked(overview_names(overviews), queries)

    def _files(self, rows: Leaves) -> Nodes:
        """Files of this day in the places of the history's."""
        named = rows.copy()
        of = [self.of(Tile.holding(first, level)) for first, level in zip(*_places(rows), strict=True)]
        named["digest"] = [self._hash(one) for one in of]
        uris = [f"{name}{self.query}&of={one}" for name, one in zip(file_names(named), of, strict=True)]
        wider = np.where(rows["level"] == COARSEST, _WIDER, 2 * _WIDER)  # around those that are wider themselves
        named["extent"] += (wider[:, None] * LEAST).astype(np.int32)
        return Nodes.of(named, uris)

    def _hash(self, of: str) -> str:
        said = f"{_FILER}|{of}|{self.query}|{self.settings.layer.errors}"
        return blake2b(self.settings.salt + said.encode(), digest_size=12).hexdigest()


def row_at(state: Published, tile: Tile) -> Leaves:
    """The file, or the bare leaf, that a state has at a place: one row, or none."""
    for rows in (state.files, state.leaves):
        found: Leaves = rows[(rows["first"] == tile.keys[0]) & (rows["level"] == tile.level)]
        if len(found):
            break
    return found


def hash_at(state: Published, tile: Tile) -> str:
    """The hash of the file, or of the bare leaf, that a state has at a place; empty where it has none."""
    return b"".join(row_at(state, tile)["digest"].tolist()).decode()


def _inside(tiles: Leaves, tile: Tile) -> Leaves:
    """The tiles that lie in one of a tile, itself included."""
    inside = within(tiles, tile.level, np.array([tile.keys[0]], np.uint64))
    found: Leaves = tiles[inside & (tiles["level"] >= tile.level)]
    return found


def _places(rows: Leaves) -> tuple[Sequence[int], Sequence[int]]:
    return rows["first"].tolist(), rows["level"].tolist()
