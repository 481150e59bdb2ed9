"""What several tests of tiling ask for."""

from dataclasses import replace
from pathlib import Path

import pytest

from entities.pictures import Pictures
from tests.tiling.made import SETTINGS
from tiling.building.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a folder of pictures, which is empty."""
    return replace(SETTINGS, pictures=Pictures(tmp_path / "pictures"))
