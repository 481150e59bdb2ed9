"""The plainest base whose transactions can be taken back: a whole copy of everything known after each of them."""

from copy import deepcopy
from dataclasses import dataclass, field

DAYS = range(8)
"""The days looked at; the last stands for all to come."""

Target = tuple[int, int | None]  # a transaction, or one of its events
Key = tuple[str, str]  # an entity and a code linked to it
Step = tuple[str, str, str]  # kind, parent, child


@dataclass
class Known:
    """Everything known after one transaction."""

    words: dict[str, dict[int, tuple[str, int]]] = field(default_factory=dict)  # entity: day: word and who surveyed it
    links: dict[Key, set[tuple[int, int]]] = field(default_factory=dict)
    steps: set[Step] = field(default_factory=set)

    def of(self, code: str) -> dict[int, tuple[str, int]]:
        return self.words.get(code, {})

    def linked(self, key: Key) -> set[tuple[int, int]]:
        return self.links.get(key, set())


@dataclass
class PlainHistory:
    """A copy for each transaction, and which transaction takes back which."""

    known: list[Known] = field(default_factory=lambda: [Known()])
    reverts: dict[int, Target] = field(default_factory=dict)
    events: dict[Target, set[str]] = field(default_factory=dict)  # the entities of each

    def draft(self) -> Known:
        return deepcopy(self.known[-1])

    def commit(self, draft: Known) -> None:
        self.known.append(draft)

    def put(self, draft: Known, code: str, days: range, word: str | None) -> None:
        """Say a word of an entity on some days; no word means that it was not there."""
        number = len(self.known)
        said = dict.fromkeys(days, (word, number)) if word else {}
        kept = {day: held for day, held in draft.of(code).items() if day not in days}
        draft.words[code] = dict(sorted({**kept, **said}.items()))

    def undone(self, target: Target) -> bool:
        whole = (target[0], None)
        return any(what in (target, whole) and not self.undone((by, None)) for by, what in self.reverts.items())

    def verdict(self, target: Target) -> str | None:
        """Why something cannot be taken back, None where it can."""
        number, now = target[0], self.known[-1]
        before, after = self.known[number - 1], self.known[number]
        if self.undone(target):
            return "revert.already"
        codes, keys, steps = self.said(target)
        removed = {code for code in codes if after.of(code) and not before.of(code)}
        resting = {key for known in (after, now) for key in known.links if key[0] in removed}
        built = {step for known in (after, now) for step in known.steps if {*step[1:]} & removed}
        same = (
            all(now.of(code) == after.of(code) for code in codes)
            and all(now.linked(key) == after.linked(key) for key in keys | resting)
            and all((step in now.steps) == (step in after.steps) for step in steps | built)
        )
        return "revert.depends" if not same else None if codes or keys or steps else "revert.nothing"

    def take_back(self, target: Target) -> None:
        before, draft = self.known[target[0] - 1], self.draft()
        codes, keys, steps = self.said(target)
        draft.words |= {code: dict(before.of(code)) for code in codes}
        draft.links |= {key: set(before.linked(key)) for key in keys}
        draft.steps = (draft.steps - steps) | (steps & before.steps)
        self.reverts[len(self.known)] = target
        self.commit(draft)

    def said(self, target: Target) -> tuple[set[str], set[Key], set[Step]]:
        """What a transaction, or what it said of the entities of an event, made otherwise than it was."""
        number, within = target[0], self.within(target)
        before, after = self.known[number - 1], self.known[number]
        codes = {code for code in after.words if after.of(code) != before.of(code) and code in within}
        keys = {key for key in after.links if after.linked(key) != before.linked(key) and key[0] in within}
        return codes, keys, {step for step in before.steps ^ after.steps if {*step[1:]} <= within}

    def within(self, target: Target) -> set[str]:
        """Every entity, or those of an event and of all that share one with it."""
        if target[1] is None:
            return {code for known in self.known for code in (*known.words, *(key[0] for key in known.links))}
        codes = set(self.events[target])
        own = [entities for (number, _), entities in self.events.items() if number == target[0]]
        while grown := [one for one in own if one & codes and not one <= codes]:
            codes.update(*grown)
        return codes
