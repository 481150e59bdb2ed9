"""How files come in: every format a surveyor sends, read as one stream of candidates."""

from pathlib import Path

from entities.profiles import Profile
from entities.readers.limits import Limits
from entities.readers.reading import Reading

__all__ = ["Limits", "Reading", "open_reading"]


def open_reading(
    path: Path,
    profile: Profile | None = None,
    crs: str | None = None,
    layer: str | None = None,
    limits: Limits | None = None,
) -> Reading:
    """Open a file to be read. Without a profile one is guessed (`reading.guess`), for a person to confirm.

    `crs` is needed where the file declares no coordinate system, `layer` where it has several layers. Raises a
    `Refusal` of a `pkg.`, `crs.` or `profile.` rule for what cannot be read.
    """
    return Reading(path, profile, crs, layer, limits or Limits())
