"""CityGML read element by element, with flat memory, and without ever opening anything the file refers to."""

from collections.abc import Iterator
from typing import IO, Final, TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element

GML_ID: Final = "{http://www.opengis.net/gml}id"
CORE: Final = ("http://www.opengis.net/citygml/2.0", "http://www.opengis.net/citygml/1.0")
MEMBERS: Final = (
    *(f"{{{core}}}cityObjectMember" for core in CORE),
    "{http://www.opengis.net/gml}featureMember",
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
