"""What a person sees of a file to confirm what was guessed: its fields with examples, and how far it reaches."""

from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

import shapely

from entities.model import Candidate
from entities.readers.reading import Reading

_ROWS: Final = 200
_EXAMPLES: Final = 3
_LONGEST: Final = 40


def preview_json(reading: Reading) -> dict[str, Any]:
    """The fields of a file with some of their values, how many features it has, and the extent of the first ones."""
    rows = reading.sample(_ROWS)
    names = [name for name, _ in reading.fields]
    fields = [{"name": name, "examples": _examples([row.get(name) for row in rows])} for name in names]
    return {"fields": fields, "features": reading.total, "extent": _extent(reading)}


def _examples(values: Sequence[object]) -> list[str]:
    distinct = dict.fromkeys(str(value)[:_LONGEST] for value in values if value not in (None, ""))
    return list(islice(distinct, _EXAMPLES))


def _extent(reading: Reading) -> list[float] | None:
    """Where the first features are, in lon, lat; None where they cannot be read before a class is given."""
    origin = reading.profile.origin("class")
    if not origin.field and origin.constant is None:
        return None
    first: Sequence[Candidate] = next(reading.batches(_ROWS), [])
    shapes = [candidate.state.geometry for candidate in first if not candidate.state.geometry.is_empty]
    return [round(float(edge), 6) for edge in shapely.total_bounds(shapes)] if shapes else None
