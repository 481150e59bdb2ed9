"""Coarse tiles of a past day out of the history's: near to the truth, within their volumes, the same for ever."""

import gzip
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from entities.errors import NotFound
from entities.store import Store
from tests.tiling.glbs import validated
from tests.tiling.made import DAY, settings
from tests.tiling.test_store_source import LAYER, demolished, more, source_at, states, survey, taller
from tiling.building.build import build
from tiling.building.settings import Settings
from tiling.grid import Tile
from tiling.moments.block_history import PARTS
from tiling.moments.files import Past
from tiling.moments.history import HistorySource
from tiling.moments.past import content, overview_of, query_of
from tiling.stored.check import check
from tiling.stored.check_glb import Glb
from tiling.stored.published import Published, blob_of, content_uris
from tiling.stored.sink import MemorySink

SETTINGS = settings(8)
EVER = SETTINGS.through_time()
ROOT = "root.json"
THEN = DAY + 30  # before anything was raised or demolished


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(f"sqlite:///{tmp_path}/base.sqlite", random=np.random.default_rng(1))) as opened:
        codes = survey(opened, states(120), DAY)
        for step in (taller, demolished, more):
            step(opened, codes)
        yield opened


def built(store: Store) -> tuple[MemorySink, MemorySink]:
    """The tiles of a later day, and the history."""
    present, ever = MemorySink(), MemorySink()
    build(source_at(store, DAY + 100), present, SETTINGS)
    build(HistorySource(store, LAYER), ever, EVER)
    return present, ever


def past(store: Store, present: MemorySink, ever: MemorySink, day: int = THEN, chosen: Settings = SETTINGS) -> Past:
    """The past day's files."""
    source, published, history = source_at(store, day), Published.now(present), Published.now(ever)
    assert published is not None and history is not None
    return Past(source, chosen, published, history, query_of(source, published))


def asked(files: Past, present: MemorySink) -> tuple[str, list[str]]:
    """The root of the past day, and the addresses of its contents; every file is made when it is asked for."""
    present.put(ROOT, files.root())
    found, waiting = [], [ROOT]
    while waiting:
        for uri in content_uris(json.loads(present.get(waiting.pop()))["root"]):
            name, (of,) = blob_of(uri), parse_qs(urlsplit(uri).query).get("of", [""])
            if not name.startswith("t/"):
                found.append(uri)
                continue
            waiting.append(name)
            if of:
                place, _, expected = name[2:].removesuffix(".json").rpartition("-")
                present.put(name, files.file(Tile.named(place), of, expected))
    return ROOT, sorted(found)


def drawn(store: Store, ever: MemorySink, uri: str) -> bytes:
    """What a server answers."""
    name, query = blob_of(uri), parse_qs(urlsplit(uri).query)
    place, _, expected = name[2:].removesuffix(".glb").rpartition("-")
    tile = Tile.named(place)
    if name.startswith("c/"):
        return content(source_at(store, THEN), SETTINGS, tile, expected)
    (of,) = query["of"]
    return overview_of(ever.blobs.get(f"o/{place}-{of}.glb"), of, THEN, SETTINGS, tile, expected)


def test_leaves_are_those_of_the_day_and_coarse_tiles_come_near(store: Store) -> None:
    present, ever = built(store)
    files = past(store, present, ever)
    assert files.complete
    root, uris = asked(files, present)
    assert {blob_of(uri)[0] for uri in uris if "datetime=" in uri} == {"c", "o"}
    assert all(("&of=" in uri) == blob_of(uri).startswith("o/") for uri in uris if "datetime=" in uri)
    for uri in uris:
        if "datetime=" in uri:
            present.put(blob_of(uri), drawn(store, ever, uri))
    assert {finding.rule for finding in check(present, root)} <= {"tiles.table"}  # of numbers that come near
    whole = MemorySink()
    build(source_at(store, THEN), whole, SETTINGS)
    for uri in uris:
        name = blob_of(uri)
        if name.startswith("c/"):
            assert present.get(name) == whole.get(name)
        else:
            (true,) = (other for other in whole.blobs if other.startswith(name.rpartition("-")[0]))
            for measure in ("count", "area"):
                ours, theirs = (
                    Glb(gzip.decompress(one)).numbers(measure).sum() for one in (present.get(name), whole.get(true))
                )
                assert abs(ours - theirs) <= 3 / PARTS * theirs


def test_a_name_has_the_same_bytes_whatever_is_built_meanwhile(store: Store) -> None:
    present, ever = built(store)
    _, uris = asked(past(store, present, ever), present)
    before = {uri: drawn(store, ever, uri) for uri in uris if "&of=" in uri}
    survey(store, states(4, seed=9), DAY + 90)
    build(HistorySource(store, LAYER), ever, EVER, Published.now(ever))
    assert before and {uri: drawn(store, ever, uri) for uri in before} == before


def test_a_history_that_lacks_something_is_not_asked(store: Store) -> None:
    present, ever = built(store)
    survey(store, states(2, seed=9), DAY)
    assert not past(store, present, ever).complete


def test_a_history_made_otherwise_is_not_asked(store: Store) -> None:
    present, ever = built(store)
    build(HistorySource(store, LAYER), ever, replace(EVER, title="other"))
    assert not past(store, present, ever).complete


def test_a_day_costs_the_reading_of_no_more_than_what_is_looked_at(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    present, ever = built(store)
    files, read = past(store, present, ever), []
    monkeypatch.setattr(type(files.source), "index", lambda _, *span: read.append(span))
    (wide,) = content_uris(json.loads(files.root())["root"])
    place, _, expected = blob_of(wide)[2:].removesuffix(".json").rpartition("-")
    files.file(Tile.named(place), parse_qs(urlsplit(wide).query)["of"][0], expected)
    assert read == []


def test_a_file_of_other_states_or_days_is_refused(store: Store) -> None:
    present, ever = built(store)
    files = past(store, present, ever)
    (wide,) = content_uris(json.loads(files.root())["root"])
    (of,) = parse_qs(urlsplit(wide).query)["of"]
    place, _, expected = blob_of(wide)[2:].removesuffix(".json").rpartition("-")
    tile = Tile.named(place)
    for other, asked_of, named in (
        (files, of, "0" * 24),
        (files, f"{'0' * 24}.{'0' * 24}", expected),
        (past(store, present, ever, THEN + 1), of, expected),
    ):
        with pytest.raises(NotFound, match=r"tiles\.stale"):
            other.file(tile, asked_of, named)
    with pytest.raises(NotFound, match=r"tiles\.stale"):  # there is nothing, and never was
        files.file(Tile(13, 0, 0), ".", files._hash("."))


def test_a_day_before_everything_has_files_with_nothing_in_them(store: Store, tmp_path: Path) -> None:
    present, ever = built(store)
    root, uris = asked(past(store, present, ever, DAY - 1), present)
    assert all(blob_of(uri).startswith("o/11") for uri in uris)
    for uri in uris:
        (of,) = parse_qs(urlsplit(uri).query)["of"]
        place, _, expected = blob_of(uri)[2:].removesuffix(".glb").rpartition("-")
        blob = overview_of(ever.blobs.get(f"o/{place}-{of}.glb"), of, DAY - 1, SETTINGS, Tile.named(place), expected)
        present.put(blob_of(uri), blob)
        (tmp_path / "nothing.glb").write_bytes(gzip.decompress(blob))
    assert check(present, root) == []
    (report,) = validated([tmp_path / "nothing.glb"])
    assert (report["errors"], report["warnings"]) == (0, 0), report


def test_another_hash_or_a_tile_that_is_gone_is_refused(store: Store) -> None:
    present, ever = built(store)
    uri = next(uri for uri in asked(past(store, present, ever), present)[1] if "&of=" in uri)
    with pytest.raises(NotFound, match=r"tiles\.stale"):
        drawn(store, ever, uri.replace("&of=", "&of=0"))
    with pytest.raises(NotFound, match=r"tiles\.stale"):
        drawn(store, MemorySink(), uri)
