"""The schemes that a base knows: the built-in ones, and those a province adds or puts in their place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import yaml

from entities.errors import Invalid, NotFound, Refusal
from entities.model import Candidate
from entities.registers.checks import CHECKS
from entities.registers.likeness import distance, is_near
from entities.registers.schemes import LONGEST, Form, Part, Scheme, spread
from entities.rules import Finding
from entities.text import Text

_QUALITIES: Final = ("standard", "secondary", "memory", "choice")
_LIES: Final = ("same", "holds")


class Schemes:
    """Every scheme by its id; `Schemes.load()` are the built-in ones, `Schemes.load(path)` with a province's own."""

    def __init__(self, schemes: Mapping[str, Scheme]) -> None:
        self._schemes: Mapping[str, Scheme] = MappingProxyType(dict(schemes))

    @classmethod
    def load(cls, path: Path | None = None) -> "Schemes":
        """Read the schemes; those of `path`, a YAML file or a folder of them, are added or take another's place.

        Raises `Invalid` (`code.schemes`) with the scheme and what is wrong with it.
        """
        return _loaded(path)

    def __iter__(self) -> Iterator[Scheme]:
        return iter(self._schemes.values())

    def __contains__(self, scheme: object) -> bool:
        return scheme in self._schemes

    def get(self, scheme: str) -> Scheme:
        """The scheme of this id. `NotFound` (`code.scheme`)."""
        found = self._schemes.get(scheme)
        if found is None:
            raise NotFound.because("code.scheme", scheme=scheme, known=", ".join(self._schemes))
        return found

    def name(self, scheme: str) -> Text:
        """What a scheme is called; its id where nobody knows it."""
        found = self._schemes.get(scheme)
        return found.name if found else Text(scheme, scheme)

    def meant_by(self, text: str) -> list[Scheme]:
        """The schemes that a text is a code of."""
        return [scheme for scheme in self if scheme.fits(text)]

    def written(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The candidates with their resource codes as they are stored."""
        return [self._written(one) if one.resource_codes else one for one in candidates]

    def likely(self, text: str) -> list[Finding]:
        """What is wrong with a text in each scheme that it may be meant for, the likeliest first."""
        far = {scheme.id: distance(scheme, text) for scheme in self if is_near(scheme, text)}
        near = [scheme for scheme in sorted(far, key=far.__getitem__) if far[scheme] <= min(far.values()) + _DOUBT]
        return [finding for scheme in near if (finding := _fault(self.get(scheme), text))]

    def _written(self, candidate: Candidate) -> Candidate:
        pairs = (
            (name, self._schemes[name].plain(text) if name in self else text) for name, text in candidate.resource_codes
        )
        return replace(candidate, resource_codes=tuple(dict.fromkeys(pairs)))


_DOUBT: Final = 0.5  # slips by which another scheme may be farther away and still be worth telling


def _fault(scheme: Scheme, text: str) -> Finding | None:
    try:
        scheme.read(text)
    except Invalid as refusal:
        return refusal.findings[0]
    return None


@cache
def _loaded(path: Path | None) -> Schemes:
    page = (files("entities.data") / "schemes.yaml").read_text(encoding="utf-8")
    return Schemes(_parsed(page, "schemes.yaml") | (_own(path) if path else {}))


def _own(path: Path) -> dict[str, Scheme]:
    pages = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    found: dict[str, Scheme] = {}
    for page in pages:
        try:
            found |= _parsed(page.read_text(encoding="utf-8-sig"), page.name)
        except OSError as error:
            raise Invalid.because("code.schemes", file=page.name, scheme="-", why=error.strerror) from error
        except UnicodeDecodeError as error:
            raise Invalid.because("code.schemes", file=page.name, scheme="-", why="UTF-8") from error
    return found


def _parsed(page: str, file: str) -> dict[str, Scheme]:
    try:
        entries = yaml.safe_load(page) or {}
    except yaml.YAMLError as error:
        raise Invalid.because("code.schemes", file=file, scheme="-", why=" ".join(str(error).split())) from error
    if not isinstance(entries, dict):
        raise Invalid.because("code.schemes", file=file, scheme="-", why="scheme: {…}")
    return {str(name): _scheme(str(name), entry, file) for name, entry in entries.items()}


def _scheme(name: str, entry: Any, file: str) -> Scheme:
    """One scheme of a file. Whatever is missing or not understood refuses the file."""
    try:
        quality, place, check = entry.get("quality"), entry.get("place", "same"), entry.get("check", "")
        if quality not in _QUALITIES or place not in _LIES or check not in ("", *CHECKS):
            raise ValueError(f"{quality} / {place} / {check}")
        return Scheme(
            id=name,
            name=Text(**entry["name"]),
            issuer=Text(**entry["issuer"]),
            forms=tuple(_form(parts) for parts in entry["forms"]),
            example=str(entry["example"]),
            source=Text(**entry["source"]),
            quality=quality,
            check=check,
            carriers=tuple(str(one) for one in entry.get("carriers", ())),
            place=place,
        )
    except (KeyError, TypeError, ValueError, AttributeError, Refusal) as error:
        raise Invalid.because("code.schemes", file=file, scheme=name, why=f"{type(error).__name__}: {error}") from error


def _form(parts: Any) -> Form:
    form = Form(tuple(_part(**part) for part in parts))
    if not 0 < form.most <= LONGEST:
        raise ValueError(f"0 < {form.most} <= {LONGEST}")
    return form


def _part(zh: str, en: str, length: int | str, symbols: str | int, check: str = "") -> Part:
    least, _, most = str(length).partition("-")
    if check not in ("", *CHECKS):
        raise ValueError(check)
    return Part(Text(zh, en), spread(str(symbols)), int(least), int(most or least), check)
