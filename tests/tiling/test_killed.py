"""Builds killed at random moments: what is served is always one whole published state, the old one or the new one.

A process that has everything loaded forks one that builds, in a process group of its own; the whole group is killed.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.tiling.made import Base, MemorySource, house, settings, town
from tiling.building.build import build
from tiling.building.scheduler import Task, build_all
from tiling.stored.check import check
from tiling.stored.published import Published, reachable, states
from tiling.stored.sink import POINTER, FolderSink, MemorySink

KILLED = 50
SETTINGS = settings(10)


def edited() -> Base:
    """A town, and as many random edits of it as builds are killed."""
    chance, base = random.Random(7), Base()
    base.commit(town(250))
    for edit in range(KILLED):
        standing = sorted(base.states[-1])
        moved = [
            house(code, chance.uniform(-900, 900), chance.uniform(-900, 900), height=float(edit))
            for code in chance.sample(standing, chance.randint(1, 12))
        ]
        base.commit([*moved, house(f"N{edit:02d}", chance.uniform(-900, 900))], chance.sample(standing, 2))
    return base


def task(source: MemorySource, sink: FolderSink) -> Task:
    return Task("town", source, sink, SETTINGS, lambda: source)


def serve(folder: str) -> None:
    """Fork a process for each number read, which brings the folder's tiles up to that state, and tell its id."""
    base = edited()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            os.setsid()
            list(build_all([task(base.at(int(line)), FolderSink(Path(folder)))], 1))
            print("done", flush=True)
            os._exit(0)
        print(child, flush=True)


@contextmanager
def builder(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """The process that forks those that build."""
    program = [sys.executable, "-c", f"from tests.tiling.test_killed import serve; serve({str(folder)!r})"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            yield process
        finally:
            process.kill()


def ask(process: "subprocess.Popen[str]", state: int) -> int:
    """Have a state built, and return the id of the process group that builds it."""
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(f"{state}\n")
    process.stdin.flush()
    answer = process.stdout.readline().strip()
    return int(answer if answer != "done" else process.stdout.readline())


def left_over(sink: FolderSink) -> set[str]:
    """Contents that no state published so far shows."""
    return sink.names("c").difference(*(state.blobs() for state in states(sink)))


def kill(group: int) -> None:
    """Kill a process group and wait until it is gone."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
        while True:
            os.killpg(group, 0)
            time.sleep(0.001)


def test_killed_builds_leave_one_whole_state(tmp_path: Path) -> None:
    base, expected, sink = edited(), MemorySink(), FolderSink(tmp_path / "tiles")
    roots = {0: b""}
    for state in range(1, KILLED + 2):
        build(base.at(state), expected, SETTINGS, Published.now(expected))
        roots[state] = expected.get(POINTER)
    chance, shown, reach = random.Random(8), 0, 0.1
    ended, cut = 0, 0
    with builder(sink.folder) as process:
        for state in range(1, KILLED + 1):
            group = ask(process, state)
            time.sleep(chance.uniform(0, reach))
            kill(group)
            found = sink.get(POINTER) if sink.has(POINTER) else b""
            assert found in (roots[shown], roots[state]), "neither the old state nor the new one"
            if found == roots[state]:
                shown, ended, reach = state, ended + 1, reach * 0.8  # so that about half are killed before the end
            else:
                cut, reach = cut + bool(left_over(sink)), reach * 1.25
            names = reachable(sink, POINTER) if shown else set()
            assert {name: sink.get(name) for name in names} == {name: expected.get(name) for name in names}
    assert ended and cut, "some builds ended in time, and some were killed in the middle"
    last = base.at(KILLED + 1)
    list(build_all([task(last, sink)], 1))
    assert {finding.rule for finding in check(sink)} <= {"tiles.unreachable"}
    whole = MemorySink()
    build(last, whole, SETTINGS)
    names = whole.names() - whole.names("m")
    assert {name: sink.get(name) for name in names} == {name: whole.get(name) for name in names}
