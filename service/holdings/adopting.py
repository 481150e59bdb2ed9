"""Adopting: files of a survey become a holding, prepared aside, moved to their place, and shown by one transaction.

Cut off at any point, nothing is half published: before the transaction nothing names the folder, and after it the
folder is whole. A folder that nothing names is taken up again when the same files are.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import shapely

from entities.crs import METRE_DIGITS, round_degrees, round_metres
from entities.errors import Conflict, Forbidden, Invalid, NotFound
from entities.model import LATEST, Moment, Period, Scalar, State, Version, day_text, today
from entities.rules import Finding
from entities.store import Store, Transaction
from entities.territory.rights import territory_of
from service.config import Config
from service.holdings import archives
from service.holdings.sharing import Shared
from service.holdings.shelf import Shelf
from service.holdings.standing import HASH, MANIFEST_HASH, Holding, holding_of, known
from service.intake.taking import limits
from service.tiles.means import anomaly_of, workers_of
from tiling.holdings import Kind, Order, Prepared
from tiling.holdings.kinds import KINDS, kind_of, unfolded, uppermost
from tiling.holdings.packing import Manifest, pack

Tell = Callable[[str, int, int], None]

_NAMED: Final = 20  # files that a holding's attributes name


@dataclass(frozen=True, slots=True)
class Adoption:
    """What is to be taken in, and what is said of it.

    `kind` is for files that several kinds take; `code` makes them a new version of a holding; `crs` and `origin` are
    for files that do not say where they are. `territory` names the divisions that its author may write in, none for
    everywhere. With `keep`, copies of the files themselves are kept.
    """

    paths: tuple[Path, ...]
    period: Period
    kind: str | None = None
    name: str | None = None
    code: str | None = None
    crs: str | None = None
    actor: str = "operator"
    reason: str = ""
    territory: tuple[str, ...] = ()
    keep: bool = False
    origin: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        if not self.paths:
            raise Invalid.because("holding.files")
        if self.period.start > today():
            raise Invalid.because("time.valid.future", time=day_text(self.period.start), last=day_text(today()))

    @property
    def files(self) -> str:
        """The names of the files, as journal and attributes tell them."""
        more = len(self.paths) - _NAMED
        return ", ".join(path.name for path in self.paths[:_NAMED]) + (f" + {more}" if more > 0 else "")


@dataclass(frozen=True, slots=True)
class Adopted:
    """What came of it: the holding, the transaction that showed it (None where nothing is new), and warnings."""

    holding: Holding
    number: int | None
    warnings: tuple[Finding, ...] = ()


def adopt(config: Config, store: Store, adoption: Adoption, tell: Tell, kinds: Mapping[str, Kind] = KINDS) -> Adopted:
    """Take files in as a holding; the same files again are nothing new, and put back what is missing of their folder.

    Raises a `Refusal` where the files are unfit, and then the base and the shelf are as they were.
    """
    with archives.opened(adoption.paths, Shelf.of(config), limits(config)) as given:
        paths = uppermost(unfolded(given, adoption.kind, kinds), kinds)
        adoption = replace(adoption, paths=paths, name=adoption.name or _folder_name(given[0]))
        kind = kind_of(adoption.paths, adoption.kind, kinds)
        order = Order(anomaly_of(config), adoption.crs, workers_of(config), adoption.origin)
        desk = _Desk(config, store, adoption, kind, order, kind.hash(adoption.paths, order, tell))
        desk.check_code()
        return desk.again() or desk.anew(tell)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where one adoption is settled."""

    config: Config
    store: Store
    adoption: Adoption
    kind: Kind
    order: Order
    digest: str

    @property
    def shelf(self) -> Shelf:
        return Shelf.of(self.config)

    def again(self) -> Adopted | None:
        """The holding that these very files are already, with all its files."""
        same = self._same()
        whole = same is not None and self.shelf.has(self.kind.name, self.digest)
        return Adopted(same, None) if same is not None and whole else None

    def anew(self, tell: Tell) -> Adopted:
        """Prepare the files and publish them."""
        with self.shelf.aside() as folder:
            prepared = self.kind.prepare(self.adoption.paths, folder, self.order, tell)
            manifest = pack(folder, self.kind, self.order.workers, tell)
            if self.adoption.keep:
                self.shelf.keep(self.kind.members(self.adoption.paths), self.digest)
            if shared := Shared.of(self.config):
                shared.share(self.kind.name, self.digest, folder, tell)
            return self._published(folder, prepared, self._state(prepared, manifest))

    def check_code(self) -> None:
        """Refuse a code that is no holding of this kind (`holding.code`), or of another's territory."""
        if self.adoption.code is None:
            return
        last = self.store.last([self.adoption.code]).get(self.adoption.code)
        if last is None:
            raise NotFound.because("code.unknown", code=self.adoption.code)
        if self.store.meaning.layer_of(last.state.class_code) != self.kind.name:
            raise Conflict.because("holding.code", code=self.adoption.code, kind=self.kind.name)
        self._check_territory(last.state.geometry)

    def _same(self) -> Holding | None:
        """A holding that stands on the day with the same hash."""
        moment = Moment(self.adoption.period.start, LATEST)
        standing = known(self.config, self.store, self.kind.name, moment)
        wanted = self.adoption.code
        return next((one for one in standing if one.hash == self.digest and wanted in (None, one.code)), None)

    def _published(self, folder: Path, prepared: Prepared, state: State) -> Adopted:
        """Move the folder to its place and say in one transaction that the holding stands, unless it does already."""
        said = self.adoption
        with self.store.transaction(said.actor, said.reason or said.files, said.files) as transaction:
            self._check_territory(state.geometry)
            self.shelf.place(folder, self.kind.name, self.digest)
            same = self._same()  # looked for again, while nobody else can write
            if same is not None:
                return Adopted(same, None, prepared.warnings)
            version = Version(said.code or _issued(transaction, state), said.period, state)
            transaction.put([version])
            number = transaction.number
        return Adopted(holding_of(self.shelf, self.kind.name, version), number, prepared.warnings)

    def _state(self, prepared: Prepared, manifest: Manifest) -> State:
        """What the base says of the holding."""
        low, high = round_metres(np.array([prepared.low, prepared.high])).tolist()
        own: dict[str, Scalar] = {
            HASH: self.digest,
            MANIFEST_HASH: manifest.digest,
            "files": self.adoption.files,
            "bytes": manifest.size,
        }
        return State(
            self.kind.class_code,
            shapely.transform(shapely.force_2d(prepared.footprint), round_degrees),
            self.adoption.name or self.adoption.paths[0].stem,
            height=round(high - low, METRE_DIGITS),
            base=low,
            attributes={**prepared.attributes, **own},
        )

    def _check_territory(self, footprint: shapely.Geometry) -> None:
        """Refuse what reaches out of the author's territory (`holding.territory`): a holding cannot be divided."""
        codes, start = self.adoption.territory, self.adoption.period.start
        if not codes:
            return
        reaches = territory_of(self.store, codes, start, today()).reaches(np.array([footprint], dtype=object))
        if reaches:
            raise Forbidden.because("holding.territory", share=round(100 * reaches[0].share))


def _folder_name(path: Path) -> str | None:
    """What a folder of files is called; a file's name is told later, of those that are left."""
    return path.name or None if path.is_dir() else None


def _issued(transaction: Transaction, state: State) -> str:
    return transaction.issue([state])[0]
