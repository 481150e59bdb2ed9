"""Rules about who may write where: a feature lies in the territory of the department that sends it."""

from collections.abc import Iterator

import numpy as np

from entities.checks.batch import Batch
from entities.rules import Finding
from entities.territory.rights import Territory


def owner(batch: Batch, territory: Territory) -> Iterator[Finding]:
    """`scope.owner`: a feature lies outside the territory; one that only reaches out of it waits for consent."""
    asked = np.flatnonzero(batch.sound)
    for place, reach in territory.reaches(batch.geometries[asked]).items():
        if reach.foreign:
            yield batch.finding("scope.owner", int(asked[place]), reach.place, share=round(100 * reach.share))
