"""The same tests on both databases."""

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from entities.store import Store


@pytest.fixture(params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgres)])
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Make an empty base, another with every call; whoever calls closes it."""
    numbers = count()

    def make() -> Store:
        number = next(numbers)
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path}/base{number}.sqlite"
        else:
            url = request.getfixturevalue("postgres").new_database()
        return Store.open(url, random=np.random.default_rng(number))

    return make


@pytest.fixture
def store(new_store: Callable[[], Store]) -> Iterator[Store]:
    """An empty base."""
    with closing(new_store()) as opened:
        yield opened
