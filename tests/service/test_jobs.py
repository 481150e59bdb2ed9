"""The queue: nothing is lost, nothing is done by two, and what a killed worker left is taken up by another."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from entities.store import Store
from service.config import Config
from service.desk import Desk, desk_url, now
from service.work import doers, jobs, worker


@pytest.fixture
def desk(config: Config) -> Desk:
    return Desk.open(config.base)


def test_jobs_are_claimed_in_their_order_and_once(desk: Desk) -> None:
    for name in ("a", "b"):
        jobs.add(desk, "intake", name)
    taken = jobs.claim(desk, "one", now())
    assert taken is not None and (taken.submission, taken.state, taken.attempts) == ("a", "running", 1)
    assert jobs.claim(desk, "two", now()) is None  # another intake is being done
    jobs.finish(desk, taken)
    following = jobs.claim(desk, "two", now())
    assert following is not None and following.submission == "b"


def test_jobs_of_other_kinds_go_beside(desk: Desk) -> None:
    jobs.add(desk, "tiles")
    jobs.add(desk, "maps")
    kinds = [job.kind for job in (jobs.claim(desk, "one", now()), jobs.claim(desk, "two", now())) if job]
    assert kinds == ["tiles", "maps"]


def test_a_patient_job_gives_way_to_an_urgent_one_and_goes_on_after_it(
    config: Config, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def draw(config: Config, desk: Desk, job: jobs.Job, tell: Callable[[str, int, int], None]) -> None:
        while done.count("part of the maps") < 2:
            done.append("part of the maps")
            jobs.add(desk, "tiles")
            end = time.monotonic() + 5
            while time.monotonic() < end:
                tell("maps", len(done), 2)
                time.sleep(0.01)
        done.append("maps")

    monkeypatch.setattr(
        doers, "DOERS", {"maps": draw, "tiles": lambda *_: done.append("tiles"), "terrain": lambda *_: None}
    )
    monkeypatch.setattr(worker, "PAUSE", 0.02)
    jobs.add(desk, "maps")
    jobs.add(desk, "terrain")
    assert worker.run(config, once=True) == 6
    assert done == ["part of the maps", "tiles", "part of the maps", "tiles", "maps"]
    assert {job.attempts for job in (jobs.get(desk, 1), jobs.get(desk, 2))} == {1}


def test_a_job_whose_worker_fell_silent_is_claimed_again(desk: Desk) -> None:
    jobs.add(desk, "intake", "a")
    first = jobs.claim(desk, "dead", 1_000)
    assert first is not None
    assert jobs.claim(desk, "alive", 1_000 + jobs.LEASE) is None
    again = jobs.claim(desk, "alive", 1_001 + jobs.LEASE)
    assert again is not None and (again.id, again.attempts) == (first.id, 2)
    assert not jobs.renew(desk, first, "dead", ("read", 1, 2), now())
    assert jobs.renew(desk, again, "alive", ("read", 3, 4), now())
    found = jobs.get(desk, first.id)
    assert (found.step, found.done, found.total) == ("read", 3, 4)


def test_a_released_job_is_claimed_at_once(desk: Desk) -> None:
    jobs.add(desk, "intake", "a")
    job = jobs.claim(desk, "one", now())
    assert job is not None
    jobs.release(desk, job, "OSError('disk full')")
    again = jobs.claim(desk, "two", now())
    assert again is not None and again.fault == "OSError('disk full')"


def test_many_workers_share_the_work(config: Config, desk: Desk) -> None:
    for number in range(30):
        jobs.add(desk, f"kind{number}", f"{number}")
    taken: list[str | None] = []

    def work(name: str) -> None:
        mine = Desk.open(config.base)
        while job := jobs.claim(mine, name, now()):
            taken.append(job.submission)
            jobs.finish(mine, job)
        mine.close()

    threads = [threading.Thread(target=work, args=(f"worker{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, taken)) == sorted(str(number) for number in range(30))
    assert jobs.waiting(desk) == {}


@pytest.mark.parametrize(
    ("base", "desk"),
    [
        ("sqlite:////data/base.sqlite", "sqlite:////data/desk.sqlite"),
        ("postgresql://u:p@h/base", "postgresql://u:p@h/base"),
    ],
)
def test_the_desk_stands_beside_a_file_and_in_a_server(base: str, desk: str) -> None:
    assert desk_url(base) == desk


def test_the_desk_is_open_while_the_base_is_written(config: Config, desk: Desk) -> None:
    with Store.open(config.base).transaction("a", "long load"):
        jobs.add(desk, "intake", "meanwhile")
        assert jobs.claim(desk, "one", now()) is not None


def test_a_killed_worker_leaves_its_job_to_another(config: Config, desk: Desk, tmp_path: Path) -> None:
    """The worker process is killed in the middle of a job; another takes it up once the lease has run out."""
    program = tmp_path / "work.py"
    program.write_text(
        "import sys, time\n"
        "from pathlib import Path\n"
        "from service.work import doers, worker\n"
        "from service.config import Config\n"
        "def slow(config, desk, job, tell):\n"
        "    Path(sys.argv[1]).touch()\n"
        "    time.sleep(60)\n"
        "doers.DOERS = {'tiles': slow}\n"
        "worker.run(Config(base=sys.argv[2]), once=True)\n"
    )
    jobs.add(desk, "tiles")
    begun = tmp_path / "begun"
    process = subprocess.Popen([sys.executable, str(program), str(begun), config.base])
    while not begun.exists():
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert jobs.claim(desk, "other", now()) is None
    taken = jobs.claim(desk, "other", now() + jobs.LEASE + 1_000_000)
    assert taken is not None and taken.attempts == 2


def test_a_worker_ends_with_its_parent(config: Config) -> None:
    assert worker.run(config, parent=-1) == 0
