"""Every rule a file, a feature or a request can break: its id, its words in two languages, its tolerances."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

import yaml

from entities.text import Text

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `sentence` says what is wrong with `{fields}` filled in, `remedy` says what to do."""

    id: str
    severity: Severity
    title: Text
    sentence: Text
    remedy: Text
    tolerance: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule is broken: the feature's row in its file, its own id, and the values to say."""

    rule: str
    values: Mapping[str, object] = field(default_factory=dict)
    row: int | None = None
    feature: str | None = None
    place: tuple[float, float] | None = None  # lon, lat of the faulty vertex
    own: Rule | None = None  # the words of a rule that a department declared itself

    @property
    def words(self) -> Rule:
        """The rule that is broken, with its words."""
        return self.own or rule(self.rule)

    @property
    def severity(self) -> Severity:
        return self.words.severity

    @property
    def sentence(self) -> Text:
        """What is wrong, with this finding's values; a value that is a `Text` is said in the sentence's language."""
        return self._say(self.words.sentence)

    @property
    def remedy(self) -> Text:
        """What to do about it, with this finding's values."""
        return self._say(self.words.remedy)

    def _say(self, text: Text) -> Text:
        zh, en = (
            _Said({name: one.say(language) if isinstance(one, Text) else one for name, one in self.values.items()})
            for language in ("zh", "en")
        )
        return Text(text.zh.format_map(zh), text.en.format_map(en))


class _Said(dict[str, object]):
    """Values to say; one that was not given is said as …, so that a message never fails to be said."""

    def __missing__(self, key: str) -> str:
        return "…"


def rule(rule_id: str) -> Rule:
    """Return the rule with this id; `KeyError` if there is none, since that is a fault of ours."""
    return all_rules()[rule_id]


@cache
def all_rules() -> Mapping[str, Rule]:
    """Every rule of `entities/data/rules/*.yaml`, by id, in the order of the files' names."""
    found: dict[str, Rule] = {}
    for page in sorted(files("entities.data.rules").iterdir(), key=lambda p: p.name):
        if page.name.endswith(".yaml"):
            found |= parse_rules(page.read_text(encoding="utf-8"))
    return MappingProxyType(found)


def parse_rules(page: str) -> dict[str, Rule]:
    """Read rules from YAML text: `id: {severity, title, sentence, remedy, tolerance?}`, each text `{zh, en}`."""
    read = yaml.load(page, yaml.CSafeLoader) or {}  # libyaml: the first refusal of a process waits for it
    return {rule_id: _rule(rule_id, entry) for rule_id, entry in read.items()}


def _rule(rule_id: str, entry: Mapping[str, Mapping[str, str]]) -> Rule:
    title, sentence, remedy = (Text(**entry[part]) for part in ("title", "sentence", "remedy"))
    tolerance = {name: float(value) for name, value in entry.get("tolerance", {}).items()}
    severity: Severity = "warning" if str(entry["severity"]) == "warning" else "error"
    return Rule(rule_id, severity, title, sentence, remedy, MappingProxyType(tolerance))
