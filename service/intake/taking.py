"""How an upload is to be taken in: what its sender wishes and confirmed, who they are, and where they may write."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import shapely
import yaml

from entities.checks import DeclaredRule, read_rules
from entities.errors import BadQuery, Conflict
from entities.guessing import Guess
from entities.intake import IntakeOptions
from entities.matching import MatchPolicy
from entities.model import Day, parse_day, today
from entities.profiles import Origin, Profile, load_profiles
from entities.readers import Limits, Reading, open_reading
from entities.report import said
from entities.store import Store
from entities.territory.rights import territory_of
from service.config import Config
from service.departments import Department
from service.http.params import read_box
from service.intake.preview import preview_json
from service.pictures import pictures_of

ASKS: Final = "profile.confirm"
"""The rule under which an upload waits for its guess to be confirmed."""

FIELDS: Final = {"height_field": "height", "name_field": "name", "valid_from_field": "valid_from"}
"""The answers that name a field, and what the field says."""

ANSWERS: Final = ("profile", "class", *FIELDS, "valid_from", "crs", "layer")
"""What may be confirmed or changed."""

_CLASS: Final = re.compile(r"\d{6}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to be taken in, and what was said of it; `guess` is what was guessed and shown, once it is confirmed."""

    path: Path
    wishes: Mapping[str, str]
    source: str
    guess: Mapping[str, Any] | None = None
    accept_guess: bool = False


def options_of(config: Config, store: Store, upload: Upload, department: Department | None) -> IntakeOptions:
    """Everything the intake asks for; `department` is None for the operator, who may write everywhere."""
    wishes = upload.wishes
    day = parse_day(wishes["valid_from"]) if wishes.get("valid_from") else today()
    return IntakeOptions(
        actor=department.name if department else "operator",
        reason=wishes.get("reason", "") or upload.path.name,
        survey_day=day,
        today=today(),
        source=upload.source,
        profile=profile_of(config, upload),
        crs=wishes.get("crs"),
        layer=wishes.get("layer"),
        accept_guess=upload.accept_guess or upload.guess is not None,
        territory=territory(department),
        complete_in=area(store, wishes["complete_in"], day) if wishes.get("complete_in") else None,
        limits=limits(config),
        declared_rules=declared_rules(config, department),
        policy=MatchPolicy.load(config.matching),
        pictures=pictures_of(config),
    )


def profile_of(config: Config, upload: Upload) -> Profile | None:
    """The profile wished for or confirmed, with the fields and class that were said; None for the intake to guess."""
    known = load_profiles(config.profiles)
    wished, shown = upload.wishes.get("profile"), upload.guess or {}
    if wished and wished != shown.get("profile"):
        if wished not in known:
            raise BadQuery.because("param.value", name="profile", value=wished, names=", ".join(known))
        return overruled(known[wished], upload.wishes)
    if "data" in shown:
        return overruled(Profile.parse(yaml.safe_dump(shown["data"], allow_unicode=True)), upload.wishes)
    if upload.wishes.keys() & {"class", *FIELDS}:
        return overruled(guessed(config, upload).profile, upload.wishes)
    return None


def overruled(profile: Profile, wishes: Mapping[str, str]) -> Profile:
    """A profile with what was said of the class and the fields put in place of its own; an empty word is none."""
    said_of = {role: wishes[answer] for answer, role in FIELDS.items() if answer in wishes}
    origins = {**profile.origins, **{role: Origin(fields=(name,) if name else ()) for role, name in said_of.items()}}
    if kind := wishes.get("class"):
        origins["class"] = (
            Origin(constant=kind) if _CLASS.fullmatch(kind) else replace(profile.origin("class"), fields=(kind,))
        )
    return replace(profile, origins=origins)


def guessed(config: Config, upload: Upload) -> Guess:
    """What the file seems to say, for a person to confirm."""
    reading = opened(config, upload)
    if reading.guess is None:
        raise Conflict.because(ASKS, profile="-")
    return reading.guess


def opened(config: Config, upload: Upload) -> Reading:
    """The file as it is read before anything is confirmed."""
    return open_reading(upload.path, None, upload.wishes.get("crs"), upload.wishes.get("layer"), limits(config))


def guess_json(config: Config, upload: Upload) -> dict[str, Any]:
    """What was guessed: the answers as a form shows them, the reason for each, and the profile itself as data."""
    guess = guessed(config, upload)
    origin = guess.profile.origin
    return {
        "profile": guess.profile.name,
        "class": origin("class").constant or origin("class").field,
        **{answer: origin(role).field for answer, role in FIELDS.items()},
        "crs": upload.wishes.get("crs"),
        "layer": upload.wishes.get("layer"),
        "reasons": [{"role": one.role, "field": one.field, "reason": said(one.reason)} for one in guess.choices],
        "data": guess.profile.as_data(),
        "preview": preview_json(opened(config, upload)),
    }


def confirmed(guess: Mapping[str, Any], answers: Mapping[str, str]) -> dict[str, str]:
    """The answers that differ from what was guessed; one left empty says that there is no such field."""
    return {name: answers[name] for name in ANSWERS if name in answers and answers[name] != (guess.get(name) or "")}


def territory(department: Department | None) -> tuple[str, ...]:
    """The divisions in which a department may write; none for everywhere."""
    return () if department is None or department.everywhere else department.divisions


def declared_rules(config: Config, department: Department | None) -> tuple[DeclaredRule, ...]:
    """The rules that stand in the settings' folder, and those of its subfolder with the department's name."""
    folder = config.department_rules
    if folder is None:
        return ()
    own = folder / department.name if department else None
    return read_rules(folder) + (read_rules(own) if own and own.is_dir() else ())


def area(store: Store, text: str, day: Day) -> shapely.Geometry:
    """The area of a division on a day, by its code, or of a box `west,south,east,north`. `Conflict` (`scope.…`)."""
    box = read_box({"bbox": text}) if "," in text else None
    return shapely.box(*box) if box else territory_of(store, [text], day).area


def limits(config: Config) -> Limits:
    """How much one upload may hold."""
    given = config.limits
    return Limits(
        file_bytes=given.upload_bytes,
        unpacked_bytes=given.unpacked_bytes,
        members=given.members,
        ratio=given.ratio,
        features=given.features,
        vertices_per_feature=given.vertices_per_feature,
        picture_bytes=given.picture_bytes,
        picture_pixels=given.picture_pixels,
    )


def profiles_json(config: Config) -> list[dict[str, Any]]:
    """The profiles that may be chosen."""
    return [{"id": name, "titles": said(profile.title)} for name, profile in load_profiles(config.profiles).items()]
