"""The plainest base whose transactions can be taken back: a whole copy of everything known after each of them."""

from copy import deepcopy
from dataclasses import dataclass, field

DAYS = range(8)
"""The days looked at; the last stands for all to come."""

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
    reverts: dict[int, int] = field(default_factory=dict)

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

    def undone(self, number: int) -> bool:
        return any(what == number and not self.undone(by) for by, what in self.reverts.items())

    def verdict(self, number: int) -> str | None:
        """Why a transaction cannot be taken back, None where it can."""
        before, after, now = self.known[number - 1], self.known[number], self.known[-1]
        if self.undone(number):
            return "revert.already"
        codes, keys, steps = self.said(number)
        removed = {code for code in codes if after.of(code) and not before.of(code)}
        keys |= {key for known in (after, now) for key in known.links if key[0] in removed}
        steps |= {step for known in (after, now) for step in known.steps if {*step[1:]} & removed}
        same = (
            all(now.of(code) == after.of(code) for code in codes)
            and all(now.linked(key) == after.linked(key) for key in keys)
            and all((step in now.steps) == (step in after.steps) for step in steps)
        )
        return None if same and (codes or keys or steps) else "revert.depends" if not same else "revert.nothing"

    def take_back(self, number: int) -> None:
        before, draft = self.known[number - 1], self.draft()
        codes, keys, steps = self.said(number)
        draft.words |= {code: dict(before.of(code)) for code in codes}
        draft.links |= {key: set(before.linked(key)) for key in keys}
        draft.steps = {step for step in draft.steps if step not in steps} | (steps & before.steps)
        self.reverts[len(self.known)] = number
        self.commit(draft)

    def said(self, number: int) -> tuple[set[str], set[Key], set[Step]]:
        """What a transaction made otherwise than it was."""
        before, after = self.known[number - 1], self.known[number]
        codes = {code for code in after.words if after.of(code) != before.of(code)}
        keys = {key for key in after.links if after.linked(key) != before.linked(key)}
        return codes, keys, before.steps ^ after.steps
