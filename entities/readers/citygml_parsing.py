"""CityGML read element by element, with flat memory, and without ever opening anything the file refers to."""

from collections.abc import Iterator
from typing import IO, Final, TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element

_GML: Final = ("{http://www.opengis.net/gml}", "{http://www.opengis.net/gml/3.2}")  # the second is of CityGML 3
CORE: Final = tuple(f"http://www.opengis.net/citygml/{version}" for version in ("3.0", "2.0", "1.0"))
ENVELOPES: Final = tuple(f"{gml}Envelope" for gml in _GML)
MEMBERS: Final = (
    *(f"{{{core}}}cityObjectMember" for core in CORE),
    *(f"{gml}featureMember" for gml in _GML),
    "{http://www.opengis.net/citygml/3.0}appearanceMember",
    "{http://www.opengis.net/citygml/appearance/2.0}appearanceMember",
    "{http://www.opengis.net/citygml/appearance/1.0}appearanceMember",
)


def parsed(file: IO[bytes], *tags: str) -> etree.iterparse:
    """The elements of these names as each ends; entities, document types and networks are left alone."""
    return etree.iterparse(
        file,
        events=("end",),
        tag=tags,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        remove_comments=True,
        remove_pis=True,
    )


def gml_id(element: Element) -> str | None:
    """What an element is called within its file."""
    return next((name for name in (element.get(f"{gml}id") for gml in _GML) if name), None)


def local_name(element: Element) -> str:
    """An element's name without its namespace; nothing for a comment."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element, name: str) -> Iterator[Element]:
    """The child elements of a name, whatever their namespace."""
    return (child for child in element if local_name(child) == name)


def forget(element: Element) -> None:
    """Free what has been read, so that memory stays flat."""
    parent = element.getparent()
    element.clear()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]
