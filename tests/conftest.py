"""What every test may ask for: the folder of real sample data, and a PostgreSQL server of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.postgres import Server, find_binaries

settings.register_profile("shikong", deadline=None)  # a busy machine is no fault of what is tested
settings.load_profile("shikong")

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that starts a browser, which wants a processor for itself, is of one process; else a file goes whole."""
    for item in items:
        file = item.path.relative_to(Path(__file__).parent).as_posix()
        browsing = file.startswith(("browser/", "scene/"))
        item.add_marker(pytest.mark.xdist_group("browser" if browsing else file))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where SHIKONG_LEAVE_OUT_NOTHING is set, as CI does, a test that was left out fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    left_out = [report for report in skipped if "the sample data is not at" not in str(report.longrepr)]
    if left_out and os.environ.get("SHIKONG_LEAVE_OUT_NOTHING"):
        reporter.write_line(f"\n{len(left_out)} tests were left out, and none may be")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
