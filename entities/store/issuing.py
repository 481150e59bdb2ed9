"""Issuing codes: a permanent entity code for every new entity, and its spatial identity code, frozen."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from entities.classes import ClassTable
from entities.codes import new_codes
from entities.model import State, TransactionNumber
from entities.spatial_identity import IdentityProfile
from entities.store.database import Database
from entities.store.rows import centres


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a base takes from the province's own tables: the classes and the profile of spatial identity codes."""

    classes: ClassTable
    identity: IdentityProfile

    def layer_of(self, class_code: str) -> str:
        """The tile layer of a class; `NotFound` (`class.unknown`) for a code that the table lacks."""
        return self.classes.layer_of(class_code)


class Issuer:
    """Issues the codes of new entities within a transaction."""

    def __init__(self, database: Database, meaning: Meaning, random: np.random.Generator) -> None:
        self.database = database
        self.meaning = meaning
        self._random = random

    def issue(self, states: Sequence[State], number: TransactionNumber) -> list[str]:
        """Issue a code for each state; none was ever issued before."""
        if not states:
            return []
        codes = self._unused_codes(len(states))
        rows = [(code, spatial, number) for code, spatial in zip(codes, self._spatial_codes(states), strict=True)]
        self.database.insert("entity", ("code", "spatial", "born"), rows)
        return codes

    def _unused_codes(self, count: int) -> list[str]:
        codes: dict[str, None] = {}
        while len(codes) < count:
            fresh = new_codes(count - len(codes), self._random)
            taken = {row[0] for row in self.database.query_in("SELECT code FROM entity WHERE code IN {in}", fresh)}
            codes.update(dict.fromkeys(code for code in fresh if code not in taken))
        return list(codes)

    def _spatial_codes(self, states: Sequence[State]) -> list[str]:
        """Number the entities that share a position and a class, after those issued before."""
        lon, lat = centres(np.array([state.geometry for state in states], dtype=object))
        profile = self.meaning.identity
        prefixes = profile.prefixes(lon, lat, [state.class_code for state in states])
        sequences = self._last_sequences(prefixes)
        codes = []
        for prefix in prefixes:
            sequences[prefix] += 1
            codes.append(profile.with_sequence(prefix, sequences[prefix]))
        return codes

    def _last_sequences(self, prefixes: Sequence[str]) -> Counter[str]:
        firsts = {self.meaning.identity.with_sequence(prefix, 1): prefix for prefix in prefixes}
        used = self.database.query_in("SELECT spatial FROM entity WHERE spatial IN {in}", list(firsts))
        return Counter({prefix: self._issued(prefix) for prefix in {firsts[row[0]] for row in used}})

    def _issued(self, prefix: str) -> int:
        following = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        statement = "SELECT COUNT(*) FROM entity WHERE spatial >= ? AND spatial < ?"
        return int(self.database.query(statement, [prefix, following])[0][0])
