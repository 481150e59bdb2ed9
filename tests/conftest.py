"""What every test may ask for: the folder of real sample data, and a PostgreSQL server of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import Server, find_binaries

SHARED_DATA = Path(__file__).parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real sample data that stands beside the checkout; tests of it are left out where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"left out: the sample data is not at {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server with PostGIS, started for this run and thrown away after it."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("left out: PostgreSQL with PostGIS is not here (Debian: apt-get install postgresql-15-postgis-3)")
    with Server.started(binaries) as server:
        yield server
