"""What every test may ask for: the folder of real sample data, and a PostgreSQL server of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.postgres import Server, find_binaries

settings.register_profile("shikong", deadline=None)  # a busy machine is no fault of what is tested
settings.load_profile("shikong")

_ALLOWED = ("the sample data is not at", "(make clients)")
"""For what reasons a test may be left out of CI: data that is not ours to copy, and 430 MB of other clients."""

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


class Parts(LoadScopeScheduling):
    """Gives whole files to the processes of a run, and all that starts a browser to one: it wants a processor."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "browser" if file.startswith(("tests/browser/", "tests/scene/")) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Parts:
    """How `--numprocesses` shares the tests out; marks of groups are lost between pytest 9.2 and xdist 3.8."""
    return Parts(config, log)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where SHIKONG_LEAVE_OUT_NOTHING is set, as CI does, a test that was left out fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    left_out = [report for report in skipped if not any(reason in str(report.longrepr) for reason in _ALLOWED)]
    if left_out and os.environ.get("SHIKONG_LEAVE_OUT_NOTHING"):
        reporter.write_line(f"\n{len(left_out)} tests were left out, and none may be")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
