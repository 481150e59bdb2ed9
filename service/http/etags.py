"""Strong entity tags: which state of an entity a client has seen, and whether that is still its state."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Self

from entities.errors import BadQuery, PreconditionFailed, PreconditionRequired
from entities.model import Version, fingerprints
from entities.store import View
from entities.store.rows import version_digest

_TAG: Final = re.compile(r'\s*(W/)?"([!#-~\x80-\xff]*)"\s*')
_TAGS: Final = re.compile(rf"{_TAG.pattern}(,{_TAG.pattern})*")


def tag_of(version: Version, course: Sequence[Version]) -> str:
    """The tag of an entity as one version shows it; `course` is every version, as known at the same moment.

    It differs where anything differs that is answered: the version, its end, and the versions before and after it.
    """
    [content] = fingerprints([version.state])
    digest = version_digest(content, version.code, version.period.start, version.surveyed)
    starts = [one.period.start for one in course]
    place = starts.index(version.period.start)
    around = [version.period.end, *starts[max(place - 1, 0) : place], *starts[place + 1 : place + 2]]
    return blake2b(digest + repr((place, around)).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Condition:
    """The states that a client says it has seen, by their tags."""

    tags: frozenset[str]

    @classmethod
    def of(cls, given: str) -> Self:
        """Read the header `If-Match`.

        `PreconditionRequired` (`request.condition`) where it is missing or `*`, which would match anything,
        `PreconditionFailed` (`request.weak`) for a weak tag, `BadQuery` (`request.tag`) for what is none.
        """
        text = given.strip()
        if text in ("", "*"):
            raise PreconditionRequired.because("request.condition")
        if not _TAGS.fullmatch(text):
            raise BadQuery.because("request.tag", value=text[:80])
        found = _TAG.findall(text)
        if any(weak for weak, _ in found):
            raise PreconditionFailed.because("request.weak", value=text[:80])
        return cls(frozenset(tag for _, tag in found))

    def check(self, view: View, version: Version) -> None:
        """Refuse (`PreconditionFailed`, `request.stale`) where an entity is in none of the states."""
        if tag_of(version, view.course(version.code)) not in self.tags:
            raise PreconditionFailed.because("request.stale", code=version.code)
