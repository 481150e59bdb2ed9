"""Sinks: blobs whole or not at all, names that cannot leave the folder."""

from pathlib import Path

import pytest

from entities.errors import NotFound
from tiling.stored.sink import POINTER, FolderSink, MemorySink, Sink


@pytest.fixture(params=["memory", "folder"])
def sink(request: pytest.FixtureRequest, tmp_path: Path) -> Sink:
    return MemorySink() if request.param == "memory" else FolderSink(tmp_path / "tiles")


def test_what_is_put_is_got_and_listed(sink: Sink) -> None:
    sink.put("c/a.glb", b"1")
    sink.put(POINTER, b"2")
    sink.put("c/a.glb", b"3")
    assert (sink.get("c/a.glb"), sink.get(POINTER)) == (b"3", b"2")
    assert sink.names() == {"c/a.glb", POINTER}
    assert sink.has("c/a.glb") and not sink.has("c/b.glb")


def test_many_are_put_together_and_one_that_fails_is_told(sink: Sink) -> None:
    blobs = {f"c/{number}.glb": b"%d" % number for number in range(100)}
    sink.put_all(blobs.items())
    assert {name: sink.get(name) for name in sink.names()} == blobs
    with pytest.raises(ZeroDivisionError):
        sink.put_all((f"c/{number}.glb", b"%d" % (1 // (5 - number))) for number in range(10))


def test_a_file_among_many_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        FolderSink(tmp_path).put_all([("a", b""), ("../b", b""), ("c", b"")])


@pytest.mark.parametrize("wrong", [0, 3, 19])
def test_a_pointer_is_not_moved_where_something_before_it_is_not_there(tmp_path: Path, wrong: int) -> None:
    blobs = [("../b" if number == wrong else f"c/{number}", b"1") for number in range(20)]
    with pytest.raises(NotFound):
        FolderSink(tmp_path).put_all([*blobs, (POINTER, b"2")])
    assert POINTER not in FolderSink(tmp_path).names()


def test_what_is_deleted_is_gone(sink: Sink) -> None:
    sink.put("a", b"1")
    sink.delete("a")
    assert sink.names() == set()


def test_what_is_not_there_is_not_found(sink: Sink) -> None:
    assert sink.names() == set()
    with pytest.raises(NotFound, match=r"tiles\.blob"):
        sink.get("c/a.glb")


@pytest.mark.parametrize("name", ["../a", "c/../../a", "/etc/passwd", "", "."])
def test_no_name_leaves_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "a").write_bytes(b"secret")
    sink = FolderSink(tmp_path / "tiles")
    with pytest.raises(NotFound):
        sink.get(name)
    with pytest.raises(NotFound):
        sink.put(name, b"")


def test_a_folder_shows_a_file_only_when_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = FolderSink(tmp_path)
    sink.put(POINTER, b"before")

    def cut_off(self: Path, target: Path) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", cut_off)
    with pytest.raises(OSError, match="no space"):
        sink.put(POINTER, b"after")
    assert sink.get(POINTER) == b"before"
    assert sink.names() == {POINTER}


def test_digests_tell_states_apart() -> None:
    one, two, three = MemorySink(), MemorySink(), MemorySink()
    one.put("a", b"bc"), two.put("ab", b"c")
    assert len({one.digest(), two.digest(), three.digest()}) == 3
    two.delete("ab"), two.put("a", b"bc")
    assert one.digest() == two.digest()
