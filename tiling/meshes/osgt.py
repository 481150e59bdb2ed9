"""Reads OpenSceneGraph's text form (`.osgt`): nested nodes, with arrays of numbers kept as they are written."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Node:
    """One node: its name, the rest of its line, what stands in it, and, of an array, its numbers as text."""

    name: str
    rest: str = ""
    children: list["Node"] = field(default_factory=list)
    text: bytes = b""

    def child(self, name: str) -> "Node | None":
        """The first child of a name."""
        return next((one for one in self.children if one.name == name), None)

    def inside(self, *names: str) -> "Node | None":
        """The first node down a path of names."""
        found: Node | None = self
        for name in names:
            found = found.child(name) if found is not None else None
        return found

    def every(self, name: str) -> Iterator["Node"]:
        """Every node of a name below this one, and not below another of the name."""
        for one in self.children:
            if one.name == name:
                yield one
            else:
                yield from one.every(name)

    def numbers(self) -> Floats:
        """The numbers of the first array below this node."""
        array = next(self.every("vector"), None)
        return np.array(array.text.split() if array else [], dtype=np.bytes_).astype(np.float64)

    def texts(self) -> list[str]:
        """The lines in this node as texts without their quotes."""
        return [f"{one.name} {one.rest}".strip().strip('"') for one in self.children]


@dataclass(slots=True)
class Scene:
    """A file as read: its uppermost nodes, and every object that is named by its number in other places."""

    roots: list[Node] = field(default_factory=list)
    objects: dict[str, Node] = field(default_factory=dict)

    def whole(self, node: Node) -> Node:
        """A node, or the one that it only names by its number."""
        number = node.child("UniqueID")
        return self.objects.get(number.rest, node) if number is not None and len(node.children) == 1 else node


def parse(data: bytes) -> Scene:
    """Read a file. `ValueError` where its nodes do not close."""
    scene, top = Scene(), Node("")
    stack = [top]
    lines = iter(data.splitlines())
    for raw in lines:
        line = raw.strip()
        if line.endswith(b"{"):
            node = _node(line[:-1])
            stack[-1].children.append(node)
            if node.name == "vector":
                node.text = b" ".join(_until_closed(lines))
            else:
                stack.append(node)
        elif line == b"}":
            _close(scene, stack.pop())
        elif line:
            stack[-1].children.append(_node(line))
    if len(stack) != 1:
        raise ValueError("{ }")
    scene.roots = [one for one in top.children if one.name.startswith("osg::")]
    return scene


def _node(line: bytes) -> Node:
    name, _, rest = line.strip().decode("utf-8", "replace").partition(" ")
    return Node(name, rest.strip())


def _until_closed(lines: Iterator[bytes]) -> Iterator[bytes]:
    for line in lines:
        if line.strip() == b"}":
            return
        yield line


def _close(scene: Scene, node: Node) -> None:
    """Remember a node that has a number and more than that."""
    number = node.child("UniqueID")
    if number is not None and len(node.children) > 1:
        scene.objects.setdefault(number.rest, node)
