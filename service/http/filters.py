"""Reads a feed's filter where it comes in: from a request's parameters, a command's options, or its written form."""

import json
from collections.abc import Collection, Mapping
from typing import Final

from werkzeug.datastructures import MultiDict

from entities.errors import BadQuery
from entities.feed import Filter
from service.http.params import read_box

NAMES: Final = ("area", "bbox", "class", "kind", "layer", "territory")
"""What changes can be filtered by; each is one parameter, and those that take several are divided by commas."""


def read_filter(args: Mapping[str, str]) -> Filter:
    """The filter that parameters say. `BadQuery` (`feed.filter`, `param.bbox`)."""
    return Filter(
        layers=_several(args.get("layer")),
        classes=_several(args.get("class")),
        kinds=_several(args.get("kind")),
        box=read_box(args),
        area=(args.get("area") or "").strip() or None,
        territory=(args.get("territory") or "").strip() or None,
    )


def written_filter(text: str) -> Filter:
    """The filter of a written form, as `Filter.text` gives it."""
    return read_filter(json.loads(text))


def asked(args: "MultiDict[str, str]", others: Collection[str] = ()) -> dict[str, str]:
    """A request's parameters, those given several times divided by commas.

    `BadQuery` (`feed.unknown`) for one that is neither a filter nor of the others: to pass over a filter would send
    what was not asked for, and prove it.
    """
    for name in args:
        if name not in NAMES and name not in others:
            raise BadQuery.because("feed.unknown", name=name, known=", ".join((*NAMES, *others)))
    return {name: ",".join(filter(None, args.getlist(name))) for name in args}


def _several(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())
