"""`shikong bench`: how well the base does what it promises, measured on data with the truth known."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import click

from service.bench.reading import DataSet, LeftOut, data_sets, made_sets
from service.bench.running import ROUNDS, Course, course
from service.bench.table import as_json, lines
from service.cli.terminal import Terminal, command

NOISES: Final = (0.1, 0.5, 1.5)
"""Metres of standard deviation of each surveyed corner, where no other is asked for."""


@click.group()
def bench() -> None:
    """Measure how well the base does what it promises."""


@bench.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--made", is_flag=True, help="The demo district and made places as well; without PATHS these alone.")
@click.option("--noise", "noises", type=float, multiple=True, help="Metres a corner errs by; 0.1, 0.5 and 1.5.")
@click.option("--rounds", default=ROUNDS, show_default=True, help="How often each is surveyed again.")
@click.option("--seed", default=1, show_default=True, help="Another number makes other surveys.")
@click.option("--crs", help="The coordinate system of files that do not say theirs.")
@click.option("--processes", default=2, show_default=True, help="How many data sets are matched at once.")
@command
def matching(
    terminal: Terminal,
    paths: tuple[Path, ...],
    made: bool,
    noises: tuple[float, ...],
    rounds: int,
    seed: int,
    crs: str | None,
    processes: int,
) -> None:
    """Survey the features of PATHS again and again with the truth known, match them, and score it."""
    sets = list(_sets(terminal, paths, made, crs))
    works = [(one, noise, seed, rounds) for one in sets for noise in noises or NOISES]
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        courses: list[Course] = []
        for done in pool.map(_course, works):
            courses.append(done)
            terminal.progress("match", len(courses), len(works))
    terminal.result(as_json(courses), lines(courses))


def _sets(terminal: Terminal, paths: Sequence[Path], made: bool, crs: str | None) -> Iterator[DataSet]:
    """What is to be surveyed again; say of files that cannot be read why."""
    for found in data_sets(paths, crs):
        if isinstance(found, LeftOut):
            reason = found.why.findings[0].sentence
            terminal.say(f"略过{found.name}：{reason.zh}", f"leaving out {found.name}: {reason.en}")
        else:
            yield found
    if made or not paths:
        yield from made_sets()


def _course(work: tuple[DataSet, float, int, int]) -> Course:
    data, noise, seed, rounds = work
    return course(data.name, data.states, noise, seed, rounds)
