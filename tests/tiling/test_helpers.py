"""Processes beside this one do what they are asked, say what went wrong, are kept, and never outlive it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial

import psutil
import pytest

from entities.errors import Invalid
from entities.model import parse_day
from tiling.building import helpers


@pytest.fixture(autouse=True)
def none_before() -> Iterator[None]:
    helpers._end_all()
    yield
    helpers._end_all()


def test_helpers_answer_and_are_kept_for_the_next_time() -> None:
    with helpers.at_work(2) as crew:
        first = {helper.ask(os.getpid) for helper in crew.helpers}
        assert len(first) == 2 and os.getpid() not in first
        assert list(crew.pool.map(crew.ask, [partial(divmod, number, 7) for number in range(50)])) == [
            divmod(number, 7) for number in range(50)
        ]
    assert helpers.ready()
    with helpers.at_work(2) as crew:
        assert not helpers.ready()
        assert {helper.ask(os.getpid) for helper in crew.helpers} == first


def test_no_more_are_kept_than_are_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helpers, "KEPT", 1)
    with helpers.at_work(2) as crew:
        pids = [helper.ask(os.getpid) for helper in crew.helpers]
    assert [psutil.pid_exists(pid) for pid in pids] == [True, False]


def test_a_refusal_comes_back_and_what_is_printed_does_not() -> None:
    with pytest.raises(Invalid, match="no day"), helpers.at_work(1) as crew:
        assert crew.ask(partial(print, "no answer")) is None
        crew.ask(partial(parse_day, "no day"))
    assert not helpers.ready()  # who fails keeps nobody


def test_a_helper_that_ends_fails_what_it_was_asked_for() -> None:
    with pytest.raises(ChildProcessError, match="ended with 3"), helpers.at_work(1) as crew:
        crew.ask(partial(os._exit, 3))
    with helpers.at_work(1) as crew:
        assert crew.ask(os.getpid) != os.getpid()


def test_helpers_stand_ready_beside_other_work() -> None:
    for beginning in [helpers.stand_ready(1, parse_day) for _ in range(3)]:
        beginning.join()
    assert len(helpers._idle) == 1  # asked again while they begin, no more begin
    with helpers.at_work(1) as crew:
        assert "entities.model" in crew.ask(partial(eval, "list(__import__('sys').modules)"))


def test_a_helper_ends_with_whoever_was_killed() -> None:
    script = (
        "import os; from tiling.building.helpers import at_work\n"
        "with at_work(1) as crew: print(crew.ask(os.getpid), flush=True); os._exit(0)"
    )
    known = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    pid = int(subprocess.run([sys.executable, "-c", script], env=known, capture_output=True, check=True).stdout)
    until = time.monotonic() + 30
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until
        time.sleep(0.02)
