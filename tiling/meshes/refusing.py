"""What a document that others wrote breaks when it is not what it should be, said as a refusal with the file's name."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from entities.errors import Invalid

DAMAGE: Final = (
    *(ValueError, KeyError, IndexError, TypeError, AttributeError),
    *(OverflowError, RecursionError),
)
"""What is raised where a value is missing, of another kind, out of bounds, or nested without end."""


@contextmanager
def refused_as(rule: str, name: str) -> Iterator[None]:
    """Refuse under a rule what breaks in the block."""
    try:
        yield
    except DAMAGE as error:
        raise Invalid.because(rule, name=name, why=f"{type(error).__name__}: {error}"[:200]) from error
