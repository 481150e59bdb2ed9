"""A file being read: what it is, how it is understood, and its features as a stream of candidates."""

import shutil
import weakref
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import shapely

from entities.crs import COARSE, Projection, crs_name, names_authority_order, otherwise, parse_crs
from entities.errors import Invalid, TooLarge
from entities.guessing import Guess, guess_profile
from entities.model import Candidate, Scalar
from entities.painting import LOOKS
from entities.profiles import ROLES, Profile, shipped
from entities.readers.ags import AgsSource
from entities.readers.candidates import Maker
from entities.readers.citygml import CityGmlSource
from entities.readers.cityjson import CityJsonSource
from entities.readers.columns import ESTIMATED
from entities.readers.geojson import GeoJsonSource
from entities.readers.limits import Limits
from entities.readers.package import Package, open_package, scratch_folder
from entities.readers.parquet import ParquetSource
from entities.readers.placing import Placer
from entities.readers.source import Chunk, Source
from entities.readers.tables import TableSource
from entities.rules import Finding
from entities.spoken import Spoken

BATCH: Final = 10_000
_SAMPLE: Final = 500
_USUAL: Final = "OGC:CRS84"  # what GeoJSON and GeoParquet mean where they name none
_KINDS: Final = ("Point", "LineString", "LineString", "Polygon", "Point", "LineString", "Polygon")
"""The plain kind of each of shapely's type ids."""
_OPENERS: Final[dict[str, Callable[[Package], Source]]] = {
    "AGS4": AgsSource,
    "GeoJSON": GeoJsonSource,
    "GeoParquet": ParquetSource,
    "CityJSON": CityJsonSource,
    "CityJSONSeq": CityJsonSource,
    "CityGML": CityGmlSource,
}


class Reading:
    """One file opened for reading. What was unpacked for it goes when it is closed, left or forgotten."""

    def __init__(self, path: Path, profile: Profile | None, crs: str | None, layer: str | None, limits: Limits) -> None:
        scratch = scratch_folder()
        self.close: Callable[[], object] = weakref.finalize(self, shutil.rmtree, scratch, ignore_errors=True)
        package = open_package(path, scratch, limits, layer, crs is not None)
        self._source = _open(package, layer)
        self._limits = limits
        self.format = package.format
        self.name = package.name
        self.fields = self._source.fields
        self.total = self._source.total
        self._check_count(self.total or 0)
        self.findings: list[Finding] = list(self._source.findings)
        self.pictures: Mapping[str, Path] = {}  # the files of the pictures that features show, by their SHA-256
        self._projection, exchange = self._system(crs)
        self.crs = self._projection.name
        self.vertical = self._projection.vertical
        self._sample = next(self._source.chunks(_SAMPLE), None)
        if self._sample is None:
            raise self._nothing()
        self.guess: Guess | None = None if profile else self._guess(self._sample)
        self.profile: Profile = self._bind(profile) if self.guess is None else self.guess.profile
        self._placer = Placer(self._projection, limits, exchange, self.profile.closed_lines)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def batches(self, size: int = BATCH) -> Iterator[list[Candidate]]:
        """Yield the features as candidates, in the order of the file, at most `size` at a time.

        `findings` grows meanwhile. Raises a `Refusal` where the file turns out to be unfit as a whole.
        """
        if not self.profile.origin("class").field and self.profile.origin("class").constant is None:
            raise Invalid.because("profile.class", name=self.name, profile=self.profile.name)
        maker = Maker(self.profile, self._placer, self.vertical)
        maker.findings = self.findings
        read = 0
        already = len(self._source.findings)
        for chunk in self._source.chunks(size):
            read += len(chunk)
            self._check_count(read)
            self.pictures = chunk.pictures
            candidates = maker.candidates(chunk)
            if candidates:
                yield candidates
        self.findings += self._source.findings[already:]
        if maker.skipped:
            said = {"name": self.name, "kind": self.profile.name, "count": maker.skipped}
            self.findings.append(Finding("pkg.skipped", said))

    @property
    def spoken(self) -> Spoken:
        """What the file can speak of: the fields it has, and what its format or its profile gives."""
        origin = self.profile.origin
        told = {role for role in ROLES if origin(role).field is not None or origin(role).constant is not None}
        roles = {"name", "height", "base"} & told
        if {"floors", "top"} & told:
            roles |= {"height"}
        if "Point" in self._source.geometry_types:
            roles |= {"base"}  # a point may bring the height of the ground
        if "Solid" in self._source.geometry_types:
            roles |= {"height", "base", "surfaces"}
        fields = {name for name, _ in self.fields} | ({ESTIMATED} if "height" in roles else set())
        fields |= LOOKS if "surfaces" in roles else set()
        return Spoken(frozenset(roles), frozenset(fields))

    def sample(self, count: int = 10) -> list[dict[str, Scalar]]:
        """The first features' fields as they stand in the file."""
        return _rows(self._sample)[:count] if self._sample else []

    def _nothing(self) -> Invalid:
        """Why there is no feature: the file is empty, or all that it holds was left out."""
        kinds = [str(one.values["kind"]) for one in self._source.findings if one.rule == "pkg.skipped"]
        if kinds:
            return Invalid.because("pkg.others", name=self.name, kinds=", ".join(kinds))
        return Invalid.because("pkg.empty", name=self.name)

    def _guess(self, first: Chunk) -> Guess:
        kinds = set(self._source.geometry_types)
        if first.shapes is not None:
            kinds = {_KINDS[kind] for kind in shapely.get_type_id(first.shapes).tolist() if 0 <= kind < len(_KINDS)}
        return guess_profile(self.fields, _rows(first), kinds, self.format)

    def _bind(self, profile: Profile | None) -> Profile:
        """Bind the profile given to the file's fields; those it names and the file lacks are said."""
        if profile is None:
            raise ValueError("no profile")
        names = [name for name, _ in self.fields]
        for absent in profile.absent(names) if profile.name not in shipped() else ():
            said = {"name": self.name, "field": absent, "profile": profile.name}
            self.findings.append(Finding("profile.field", said))
        return profile.bind(names)

    def _system(self, given: str | None) -> tuple[Projection, bool]:
        """The way from the file's system to ours, and whether its coordinates list the northing or latitude first.

        A system given by the sender goes before the one the file declares, and the difference is said.
        """
        declared = self._source.declared
        if given is None and declared is None:
            raise Invalid.because("crs.declared", name=self.name)
        crs = parse_crs(given or declared or "", self.name)
        own = parse_crs(declared, self.name) if given and declared else crs
        if crs_name(own) != _USUAL:
            self.findings += otherwise(self.name, own, given, crs)
        projection = Projection.of(crs)
        if projection.accuracy > COARSE:
            self.findings.append(Finding("crs.accuracy", {"crs": projection.name, "accuracy": projection.accuracy}))
        if self.format == "CityGML":
            named_by = given or declared
        else:
            named_by = given if given and given.lower().startswith("urn:") else None
        return projection, names_authority_order(named_by) and projection.north_first

    def _check_count(self, count: int) -> None:
        if count > self._limits.features:
            raise TooLarge.because("pkg.count", name=self.name, size=count, limit=self._limits.features)


def _open(package: Package, layer: str | None) -> Source:
    opener = _OPENERS.get(package.format)
    return opener(package) if opener else TableSource(package, layer)


def _rows(chunk: Chunk) -> list[dict[str, Scalar]]:
    names = list(chunk.columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*chunk.columns.values(), strict=True)]
