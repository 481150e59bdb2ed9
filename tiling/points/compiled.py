"""Loops over millions of points as machine code (numba), kept between runs and run without the interpreter's lock."""

from collections.abc import Callable
from typing import Any, NoReturn, ParamSpec, TypeAlias, TypeVar

import numba
from numba.np import linalg

Given = ParamSpec("Given")
Found = TypeVar("Found")

Number: TypeAlias = Any
"""A number within compiled loops, where it is of whichever width it was made."""


def _without() -> NoReturn:
    raise ImportError


linalg.ensure_blas = _without  # the linear algebra of scipy, which no loop needs and each run would wait for


def compiled(loop: Callable[Given, Found]) -> Callable[Given, Found]:
    """The same function as machine code; compiled anew in each process where no folder can be written to."""
    try:
        fast: Callable[Given, Found] = numba.njit(cache=True, nogil=True)(loop)
    except RuntimeError:  # neither the program's folder nor the user's own can keep it
        fast = numba.njit(nogil=True)(loop)
    return fast
