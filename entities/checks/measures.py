"""Rules about sizes and depths: what a thing is drawn by is understood, or it is said that it is not."""

from collections.abc import Iterator, Mapping

import numpy as np

from entities.checks.batch import Batch
from entities.measures import Measure, measures
from entities.model import Scalar
from entities.rules import Finding


def understood(batch: Batch) -> Iterator[Finding]:
    """`attr.measure`: a diameter, depth, height or crown is written as nobody can read, so another is assumed."""
    spelled = {field.lower(): field for field in batch.fields}
    for layer, facts in measures().items():
        named = ((name.lower(), fact) for fact in facts.values() for name in fact.names)
        told = {spelled[name]: fact for name, fact in named if name in spelled}
        if told:
            yield from _of_layer(batch, layer, told)


def _of_layer(batch: Batch, layer: str, told: Mapping[str, Measure]) -> Iterator[Finding]:
    for place in np.flatnonzero(batch.of_classes(lambda one: one.layer == layer)).tolist():
        attributes = batch.candidates[place].state.attributes
        for field, fact in told.items():
            if not _is_read(fact, attributes.get(field)):
                yield batch.finding("attr.measure", place, field=field, value=str(attributes[field])[:40])


def _is_read(fact: Measure, value: Scalar) -> bool:
    try:
        fact.read(value)
    except ValueError:
        return False
    return True
