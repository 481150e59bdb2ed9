"""The table of labelled re-surveys: for people in columns, for programs as JSON."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from service.bench.running import Course
from service.bench.scoring import Score, Tally

_HEAD: Final = f"{'':34}{'noise':>6}{'features':>10}{'precision':>11}{'recall':>9}{'F':>9}{'review':>9}"


def lines(courses: Sequence[Course]) -> Iterator[str]:
    """The table by data set, by class and by what truly happened, each at every noise."""
    yield _HEAD + f"{'codes that stayed':>22}{'asked':>7}"
    for course in courses:
        kept = f"{course.survived:,} of {course.stayed:,}"
        yield _row(course.name, course.noise, course.tally) + f"{kept:>22}{course.asked:>7}"
    yield from ("", _HEAD)
    for (noise, class_code), tally in sorted(_by_class(courses).items()):
        yield _row(class_code, noise, tally)
    for noise, tally in _by_noise(courses).items():
        yield _row("all", noise, tally)
    yield from ("", f"{'':34}{'noise':>6}{'true':>10}{'precision':>11}{'recall':>9}{'F':>9}{'left':>9}")
    for noise, tally in _by_noise(courses).items():
        for fate, score in tally.scores.items():
            yield f"{fate:34}{noise:>6.2f}{score.true:>10,}{_numbers(score)}{score.left:>9,}"


def as_json(courses: Sequence[Course]) -> dict[str, object]:
    """The table for programs."""
    return {
        "sets": [
            {"name": one.name, "noise": one.noise, "stayed": one.stayed, "survived": one.survived, "asked": one.asked}
            | _told(one.tally)
            for one in courses
        ],
        "classes": [
            {"class": class_code, "noise": noise} | _told(tally)
            for (noise, class_code), tally in sorted(_by_class(courses).items())
        ],
        "all": [{"noise": noise} | _told(tally) for noise, tally in _by_noise(courses).items()],
    }


def _by_class(courses: Iterable[Course]) -> dict[tuple[float, str], Tally]:
    found: dict[tuple[float, str], Tally] = defaultdict(Tally)
    for course in courses:
        for class_code, tally in course.tallies.items():
            found[course.noise, class_code].add(tally)
    return found


def _by_noise(courses: Iterable[Course]) -> dict[float, Tally]:
    found: dict[float, Tally] = defaultdict(Tally)
    for course in courses:
        found[course.noise].add(course.tally)
    return dict(sorted(found.items()))


def _row(name: str, noise: float, tally: Tally) -> str:
    return f"{name[:33]:34}{noise:>6.2f}{tally.features:>10,}{_numbers(tally.total)}{tally.review_share:>9.2%}"


def _numbers(score: Score) -> str:
    numbers = (score.precision, score.recall, score.balance)
    return "".join(f"{_number(one):>{width}}" for one, width in zip(numbers, (11, 9, 9), strict=True))


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _told(tally: Tally) -> dict[str, object]:
    scores = {fate: _score(score) | {"left": score.left} for fate, score in tally.scores.items()}
    return {"features": tally.features, "review": tally.review_share} | _score(tally.total) | {"outcomes": scores}


def _score(score: Score) -> dict[str, object]:
    counts = {"said": score.said, "right": score.right, "true": score.true}
    return counts | {"precision": score.precision, "recall": score.recall, "F": score.balance}
