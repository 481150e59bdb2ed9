"""Loops over millions of points as machine code (numba), kept between runs and run without the interpreter's lock."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, ParamSpec, TypeAlias, TypeVar

import numba
from numba.core.caching import FunctionCache
from numba.core.runtime import rtsys

Given = ParamSpec("Given")
Found = TypeVar("Found")

Number: TypeAlias = Any
"""A number within compiled loops, where it is of whichever width it was made."""


class _Kept(FunctionCache):  # type: ignore[misc]  # numba says no types
    """Where a compiled loop is kept.

    It is loaded without all that numba would gather first so as to compile more: that takes half a second, and is done
    anyway once there is something to compile.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        rtsys.initialize(target_context)  # what loops make their arrays by
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)


def compiled(loop: Callable[Given, Found]) -> Callable[Given, Found]:
    """The same function as machine code; compiled anew in each process where no folder can be written to."""
    fast = numba.njit(nogil=True)(loop)
    with suppress(RuntimeError):  # neither the program's folder nor the user's own can keep it
        fast._cache = _Kept(loop)
    found: Callable[Given, Found] = fast
    return found
