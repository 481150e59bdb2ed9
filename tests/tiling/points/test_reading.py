"""Points come as they lie in their files, in order, whoever decodes them; a decoder ends with what it was begun for."""

from pathlib import Path

import laspy
import numpy as np
import psutil
import pytest

from tests.tiling.points.made import cloud, hills
from tiling.points.reading import Reading
from tiling.points.source import Cloud


@pytest.fixture
def clouds(tmp_path: Path) -> list[Cloud]:
    """2,500 points as LAZ, 1,000 as LAS, and 300 as LAZ."""
    sizes = (("a.laz", 2500), ("b.las", 1000), ("c.laz", 300))
    return [Cloud.of(cloud(tmp_path / name, **hills(count))) for name, count in sizes]


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decoders that are never done before they are read: hardly anything waits between the processes."""
    monkeypatch.setattr("tiling.points.reading._PIPE", 4096)


def children() -> set[psutil.Process]:
    return set(psutil.Process().children())


@pytest.mark.parametrize("count", [1, 3])
def test_points_come_in_order_as_they_lie_in_their_files(clouds: list[Cloud], count: int) -> None:
    with Reading(clouds, 700, count).begun() as read:
        found = list(read)
    assert [(part.cloud.path.name, part.first, part.count) for part, _ in found] == [
        *[("a.laz", first, min(700, 2500 - first)) for first in range(0, 2500, 700)],
        *[("b.las", first, min(700, 1000 - first)) for first in range(0, 1000, 700)],
        ("c.laz", 0, 300),
    ]
    for own in clouds:
        data = np.concatenate([data for part, data in found if part.cloud is own])
        las = laspy.read(own.path)
        for at, field in ((0, "X"), (4, "Y"), (8, "Z")):
            assert data[:, at : at + 4].copy().view("<i4")[:, 0].tolist() == np.asarray(las[field]).tolist()


@pytest.mark.usefixtures("waiting")
def test_decoders_end_with_the_block_however_much_was_read(clouds: list[Cloud]) -> None:
    before = children()
    with Reading(clouds, 700, 2).begun() as read:
        next(read)
        assert len(children() - before) == 2
    assert children() - before == set()


@pytest.mark.usefixtures("waiting")
def test_a_decoder_that_is_killed_is_no_fault_of_the_file(clouds: list[Cloud]) -> None:
    before = children()
    with Reading(clouds, 700, 1).begun() as read:
        [decoder] = children() - before
        decoder.kill()
        with pytest.raises(ChildProcessError, match="-9"):
            list(read)
