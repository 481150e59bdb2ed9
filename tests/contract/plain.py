"""The plainest bitemporal base that can be right: a list of everything ever said, asked from the end."""

from dataclasses import dataclass, field

from entities.model import FOREVER, Period


@dataclass
class PlainBase:
    """Facts in the order they were said: (transaction, code, period, word), where no word means "was not there"."""

    facts: list[tuple[int, str, Period, str | None]] = field(default_factory=list)

    def say(self, number: int, code: str, period: Period, word: str | None) -> None:
        self.facts.append((number, code, period, word))

    def at(self, code: str, day: int, known_at: int) -> str | None:
        """The last thing said about the entity on that day, as known at a transaction."""
        said = [
            word for number, who, period, word in self.facts if who == code and number <= known_at and day in period
        ]
        return said[-1] if said else None

    def view(self, day: int, known_at: int) -> list[tuple[str, str]]:
        codes = sorted({code for _, code, _, _ in self.facts})
        seen = [(code, self.at(code, day, known_at)) for code in codes]
        return [(code, word) for code, word in seen if word is not None]


ALWAYS = Period(-10_000_000, FOREVER)
