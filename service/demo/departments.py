"""The demo's departments, with the tokens they sign in with."""

import json
from collections.abc import Mapping
from contextlib import closing
from typing import Final

from service import departments
from service.config import Config
from service.departments import Department
from service.desk import Desk

DEPARTMENTS: Final = (
    Department("shandong", "山东省自然资源厅", "370000"),
    Department("jinan", "济南市自然资源和规划局", "370100"),
    Department("lixia", "历下区自然资源局", "370102"),
    Department("licheng", "历城区自然资源局", "370112"),
)


def tokens(config: Config) -> Mapping[str, str]:
    """The token of each demo department; made at the first call and kept in the demo's folder, for its owner only."""
    path = config.data / "tokens.json"
    if path.exists():
        kept: Mapping[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return kept
    with closing(Desk.open(config.base)) as desk:
        made = {department.name: departments.add(desk, department) for department in DEPARTMENTS}
    path.touch(mode=0o600)
    path.write_text(json.dumps(made), encoding="utf-8")
    return made
