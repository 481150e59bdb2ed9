"""What a command says: to a person in their language, with progress bars on a terminal, or to a program as JSON."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Final

import click

from entities.errors import Refusal
from entities.report import finding_json
from entities.rules import Finding
from entities.text import Text
from service.config import Config

STEPS: Final[Mapping[str, Text]] = {
    "read": Text("读取", "reading"),
    "check": Text("检查", "checking"),
    "match": Text("匹配", "matching"),
    "write": Text("写入", "writing"),
    "commit": Text("提交", "committing"),
    "tiles": Text("生成瓦片", "building tiles"),
    "terrain": Text("切割地形", "cutting terrain"),
    "lattice": Text("高程入格网", "heights onto the lattice"),
    "follow": Text("跟随", "following"),
    "maps": Text("绘制图幅", "drawing maps"),
    "hash": Text("核对文件", "hashing files"),
    "share": Text("存入对象存储", "into the object store"),
    "fetch": Text("取得文件", "fetching files"),
    "prepare": Text("制备", "preparing"),
    "pack": Text("压缩", "packing"),
}
"""The steps of the work, in words."""

_WIDTH: Final = 24
_NAMED: Final = 5  # the most features that a finding names


@dataclass
class Terminal:
    """Where a command's words go; `language` is zh, en or both."""

    config: Config = field(default_factory=Config)
    language: str = "both"
    as_json: bool = False
    _bar: str = field(default="", repr=False)

    def words(self, text: Text) -> str:
        """A text in the language chosen, or in both."""
        return f"{text.zh} / {text.en}" if self.language == "both" else text.say(self.language)

    def both(self, zh: str, en: str) -> str:
        """A sentence given in both languages, in the language chosen."""
        return self.words(Text(zh, en))

    def say(self, zh: str, en: str) -> None:
        """Tell a person something; a program is told nothing but the result."""
        if not self.as_json:
            self.clear()
            click.echo(self.both(zh, en))

    def result(self, value: object, lines: Iterable[str] = ()) -> None:
        """Give the result: `value` to a program, `lines` to a person."""
        self.clear()
        if self.as_json:
            click.echo(json.dumps(value, ensure_ascii=False, sort_keys=True))
        else:
            for line in lines:
                click.echo(line)

    def refusal(self, refusal: Refusal) -> None:
        """Say what was refused, why, and what to do."""
        self.clear()
        if self.as_json:
            click.echo(json.dumps({"rule": refusal.rule, "findings": [finding_json(one) for one in refusal.findings]}))
        for finding in () if self.as_json else refusal.findings[:20]:
            click.echo(self.finding(finding), err=True)
        if len(refusal.findings) > 20 and not self.as_json:
            more = len(refusal.findings) - 20
            click.echo(self.words(Text(f"还有{more}处", f"and {more} more")), err=True)

    def finding(self, finding: Finding, *alike: Finding, remedy: bool = True) -> str:
        """A finding in words: its rule, which features it is about, what is wrong, what to do."""
        lines = [finding.sentence, finding.remedy] if remedy else [finding.sentence]
        said = [
            line for text in lines for line in ([text.zh, text.en] if self.language == "both" else [self.words(text)])
        ]
        return f"[{finding.rule}] {self._features([finding, *alike])}" + "\n    ".join(said)

    def _features(self, findings: Sequence[Finding]) -> str:
        """Which features of the file findings are about, with the ids it gives them; nothing for the whole file."""
        known = [f"{one.row} ({one.feature})" if one.feature else f"{one.row}" for one in findings if one.row]
        more = f" + {len(known) - _NAMED}" if len(known) > _NAMED else ""
        return f"{self.both('要素', 'feature')} {', '.join(known[:_NAMED])}{more}: " if known else ""

    def confirmed(self, shown: str, zh: str, en: str) -> bool:
        """Show something to a person at a terminal and ask; nobody is asked where the input is no terminal."""
        if self.as_json or not sys.stdin.isatty():
            return False
        self.clear()
        click.echo(shown, err=True)
        return click.confirm(self.both(zh, en), err=True)

    def progress(self, step: str, done: int, total: int | None) -> None:
        """Show how far a step is, on a terminal only."""
        if self.as_json or not sys.stderr.isatty():
            return
        share = min(done / total, 1.0) if total else 0.0
        full = round(share * _WIDTH)
        name = self.words(STEPS.get(step, Text(step, step)))
        self._bar = f"{name}  [{'█' * full}{'·' * (_WIDTH - full)}] {done:,}" + (f" / {total:,}" if total else "")
        click.echo(f"\r\x1b[K{self._bar}", err=True, nl=False)

    def clear(self) -> None:
        """Take the progress bar away."""
        if self._bar:
            click.echo("\r\x1b[K", err=True, nl=False)
            self._bar = ""


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--json` and hand it its terminal as the first argument."""

    @click.option("--json", "as_json", is_flag=True, help="Print the result as JSON for programs.")
    @click.pass_obj
    @wraps(function)
    def run(terminal: Terminal, /, *, as_json: bool, **given: Any) -> None:
        terminal.as_json = as_json
        function(terminal, **given)

    return run
