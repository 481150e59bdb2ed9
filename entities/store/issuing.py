"""Issuing codes: a permanent entity code for every new entity, and its spatial identity code, frozen."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from entities.classes import ClassTable
from entities.codes import new_codes
from entities.model import State, TransactionNumber
from entities.registers.table import Schemes
from entities.spatial_identity import SPATIAL, IdentityProfile
from entities.store.database import Database
from entities.store.rows import centres


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a base takes from the province's own tables: classes, the form of spatial identity codes, code schemes."""

    classes: ClassTable
    identity: IdentityProfile
    schemes: Schemes = field(default_factory=Schemes.load)

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

    def redivide(self, states: Mapping[str, State]) -> dict[str, str]:
        """The spatial identity codes of entities that belong to other divisions now; none where codes do not say it."""
        profile = self.meaning.identity
        if profile.division is None:
            return {}
        rows = self.database.query_in("SELECT code, spatial FROM entity WHERE code IN {in}", sorted(states))
        issued: dict[str, str] = {row[0]: row[1] for row in rows}
        said = {code: profile.division_of(state.attributes) for code, state in states.items()}
        prefixes = [profile.redivided(issued[code], division) for code, division in said.items()]
        return dict(zip(said, self._numbered(prefixes), strict=True))

    def _spatial_codes(self, states: Sequence[State]) -> list[str]:
        lon, lat = centres(np.array([state.geometry for state in states], dtype=object))
        profile = self.meaning.identity
        divisions = [profile.division_of(state.attributes) for state in states] if profile.division else ()
        classes = [state.class_code for state in states]
        return self._numbered(profile.prefixes(lon, lat, classes, divisions=divisions))

    def _numbered(self, prefixes: Sequence[str]) -> list[str]:
        """Number the entities that share a position and a class, after those issued before."""
        profile = self.meaning.identity
        first_of_all = profile.with_sequence("", 1)
        firsts = [prefix + first_of_all for prefix in prefixes]
        used = self._used(firsts)
        last = Counter(
            {prefix: self._issued(prefix) for prefix, first in zip(prefixes, firsts, strict=True) if first in used}
        )
        codes = []
        for prefix, first in zip(prefixes, firsts, strict=True):
            last[prefix] += 1
            codes.append(first if last[prefix] == 1 else profile.with_sequence(prefix, last[prefix]))
        return codes

    def _used(self, firsts: Sequence[str]) -> set[str]:
        used = {row[0] for row in self.database.query_in("SELECT spatial FROM entity WHERE spatial IN {in}", firsts)}
        if self.meaning.identity.division:
            again = f"SELECT value FROM link WHERE value IN {{in}} AND scheme = '{SPATIAL}'"
            used |= {row[0] for row in self.database.query_in(again, firsts)}
        return used

    def _issued(self, prefix: str) -> int:
        """How many codes with a prefix were issued, with new entities and anew."""
        between = [prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)]
        known = self.database.query("SELECT COUNT(*) FROM entity WHERE spatial >= ? AND spatial < ?", between)
        if self.meaning.identity.division is None:
            return int(known[0][0])
        again = f"SELECT COUNT(DISTINCT value) FROM link WHERE value >= ? AND value < ? AND scheme = '{SPATIAL}'"
        return int(known[0][0]) + int(self.database.query(again, between)[0][0])
