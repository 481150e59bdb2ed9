"""Tiles in an object store: built, gone back in and collected on a real S3 server as in a folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import s3fs

from entities.errors import Busy, NotFound
from tests.tiling.made import Base, house, settings, town
from tests.weed import KEYS, point_to, s3_server
from tiling.building.build import build
from tiling.stored.check import check
from tiling.stored.object_sink import ObjectSink
from tiling.stored.published import Published, before, collect, hold
from tiling.stored.sink import POINTER, FolderSink, MemorySink


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of an S3 server."""
    with s3_server() as found:
        yield found


def test_an_object_store_holds_what_a_folder_holds(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_to(address, monkeypatch)
    base, chosen = Base(), settings(20)
    stored, folder = ObjectSink("s3://tiles/buildings"), FolderSink(tmp_path)
    sources = [base.commit(town(60)), base.commit([house("T000003", height=99.0)])]
    for source in sources:
        for sink in (stored, folder):
            build(source, sink, chosen, Published.now(sink))
    assert stored.names() == folder.names() and stored.names("c") == folder.names("c")
    assert {name: stored.get(name) for name in stored.names()} == {name: folder.get(name) for name in folder.names()}
    again = ObjectSink("s3://tiles/buildings")
    assert check(again) == []
    assert abs(again.times()[POINTER] - folder.times()[POINTER]) < 60
    earlier = before(again)
    assert earlier is not None
    hold(again, earlier)
    assert Published.now(stored) is not None and stored.get(POINTER) == earlier.root
    assert collect(again) > 0
    whole = MemorySink()
    build(sources[0], whole, chosen)
    assert again.names() == whole.names() | {"held"}


def test_what_waits_is_found_and_written_before_the_pointer() -> None:
    one, other = ObjectSink("memory://waiting/tiles"), ObjectSink("memory://waiting/tiles")
    one.put("c/a.glb", b"1")
    assert not other.has("c/a.glb")
    assert one.get("c/a.glb") == b"1" and other.has("c/a.glb")
    one.put("c/b.glb", b"2")
    one.put(POINTER, b"3")
    assert other.names() == {"c/a.glb", "c/b.glb", POINTER} and other.get("c/b.glb") == b"2"
    other.put(POINTER, b"4")
    assert one.get(POINTER) == b"4"
    one.delete("c/a.glb")
    assert not other.has("c/a.glb")


def test_a_store_that_does_not_answer_is_said_to_be_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()  # one knows the address of the server above
    with pytest.raises(Busy, match=r"tiles\.store"):
        ObjectSink("s3://nobody/tiles").get(POINTER)


@pytest.mark.parametrize("name", ["../a", "/etc/passwd", "", "c/none.glb"])
def test_what_is_not_there_is_not_found(name: str) -> None:
    with pytest.raises(NotFound, match=r"tiles\.blob"):
        ObjectSink("memory://nothing/tiles").get(name)
