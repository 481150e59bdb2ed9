"""CityGML 3.0, 2.0 and 1.0: one candidate a Building or plant, read element by element; nothing outside is opened."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Final

from lxml import etree

from entities.errors import Invalid
from entities.readers.citygml_appearance import Appearance
from entities.readers.citygml_faces import Setting
from entities.readers.citygml_objects import Building, read_building
from entities.readers.citygml_parsing import CORE, ENVELOPES, MEMBERS, Element, forget, local_name, parsed
from entities.readers.package import Package
from entities.readers.plants import VEGETATION, kinds_told
from entities.readers.solids import MOST_SOLIDS, looks_columns
from entities.readers.source import Chunk, Declared, columns_of, fields_of
from entities.rules import Finding

_SAMPLE: Final = 200
_PROLOG: Final = 1 << 16
_DECLARATION: Final = re.compile(r"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)


class CityGmlSource:
    """A CityGML file.

    Raises `Invalid`: `pkg.entity` for a document type or entities of its own, `pkg.truncated` for XML that ends too
    early, `pkg.format` for other XML.
    """

    def __init__(self, package: Package) -> None:
        self._package = package
        self._others: Counter[str] = Counter()
        self._setting = Setting()
        self.findings: list[Finding] = []
        self.total: int | None = None
        self.geometry_types = frozenset({"Solid"})
        self._refuse_declarations()
        self._appearance = Appearance(package)
        first = list(islice(self._buildings(), _SAMPLE))
        self._appearance.read()
        self.declared: Declared = next(iter(self._setting.systems), None)
        told = columns_of([building.attributes for building in first])
        self.fields = fields_of(told | kinds_told(package)) + self._appearance.fields

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Yield the buildings and plants; other objects are counted and said in a warning."""
        row = 1
        buildings = self._buildings()
        while batch := list(islice(buildings, min(size, MOST_SOLIDS))):
            columns = columns_of([building.attributes for building in batch])
            solids = [building.solid for building in batch]
            chunk = Chunk(row, columns | looks_columns(solids), ids=[building.id for building in batch])
            chunk.solids, chunk.pictures = solids, self._appearance.album.found
            chunk.faults = {i: building.fault for i, building in enumerate(batch) if building.fault}
            self._check_systems()
            yield chunk
            row += len(batch)
        for kind, count in sorted(self._others.items()):
            self.findings.append(Finding("pkg.skipped", {"name": self._package.name, "kind": kind, "count": count}))
        self.findings += self._appearance.findings()

    def _refuse_declarations(self) -> None:
        """Refuse a document type before anything parses it: it is never needed, and it can open files or blow up."""
        with self._package.path.open("rb") as file:
            head = file.read(_PROLOG)
        encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
        if _DECLARATION.search(_COMMENT.sub("", head.decode(encoding, "replace"))):
            raise Invalid.because("pkg.entity", name=self._package.name)

    def _check_systems(self) -> None:
        if len(self._setting.systems) > 1:
            systems = ", ".join(self._setting.systems)
            raise Invalid.because("crs.several", name=self._package.name, systems=systems)

    def _buildings(self) -> Iterator[Building]:
        self._others = Counter()
        try:
            with self._package.path.open("rb") as file:
                yield from self._of_events(parsed(file, *MEMBERS, *ENVELOPES))
        except etree.XMLSyntaxError as error:
            raise self._unreadable(error) from None

    def _of_events(self, events: etree.iterparse) -> Iterator[Building]:
        first = True
        for _, element in events:
            if first:
                self._check_root(element.getroottree())
                first = False
            if element.tag in ENVELOPES:
                self._note_envelope(element)
                continue
            yield from self._of_member(element)
            forget(element)
        if first:
            self._check_root(events.root.getroottree())

    def _check_root(self, tree: etree._ElementTree) -> None:
        root = tree.getroot()
        if tree.docinfo.doctype or tree.docinfo.internalDTD is not None:
            raise Invalid.because("pkg.entity", name=self._package.name)
        if local_name(root) != "CityModel" or etree.QName(root).namespace not in CORE:
            raise Invalid.because("pkg.format", name=self._package.name, why=f"CityGML: <{local_name(root)}>")

    def _note_envelope(self, element: Element) -> None:
        """Take the system and the dimensions from the envelope of the whole model."""
        holder = element.getparent()
        if holder is not None and holder.getparent() is element.getroottree().getroot():
            self._setting.note(element)
            self._setting.dimensions = int(element.get("srsDimension") or 3)

    def _of_member(self, member: Element) -> Iterator[Building]:
        for child in member:
            kind = local_name(child)
            if kind == "Building" or kind in VEGETATION:
                yield read_building(child, self._setting, self._appearance)
            elif kind and kind != "Appearance":
                self._others[kind] += 1

    def _unreadable(self, error: etree.XMLSyntaxError) -> Invalid:
        """Cut off where the parser met the end; malformed elsewhere."""
        with self._package.path.open("rb") as file:
            file.seek(max(0, self._package.path.stat().st_size - 512))
            whole = file.read().rstrip(b" \t\r\n\0").endswith(b"CityModel>")
        rule = "pkg.format" if whole else "pkg.truncated"
        return Invalid.because(rule, name=self._package.name, why=str(error.msg)[:200])
