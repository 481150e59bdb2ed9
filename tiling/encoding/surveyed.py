"""Who surveyed a drawn version, and how exact such a survey has to be, as columns of a tile's property table."""

from collections.abc import Sequence

from entities.model import Surveyed, Version
from tiling.building.settings import Settings, Surveys
from tiling.encoding.gltf import Column

_NOBODY = Surveyed("", "")


def surveyed(versions: Sequence[Version], settings: Settings, surveys: Surveys) -> list[Column]:
    """The columns of survey and department, and of what the class table asks of such a survey where it is known."""
    told = [surveys.get(version.surveyed, _NOBODY) for version in versions]
    columns = [
        Column("source", "survey", "STRING", [one.source for one in told]),
        Column("department", "department that surveyed it", "STRING", [one.department for one in told]),
    ]
    if settings.accuracies:
        asked = [settings.accuracies.get(version.state.class_code) for version in versions]
        columns.append(Column("accuracy", "planimetric accuracy asked of its class in metres", "FLOAT32", asked))
    return columns
