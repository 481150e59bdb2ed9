"""With what tiles are made, as the settings say: the height anomaly, and how many processes."""

import os

from service.config import Config
from tiling.heights import ConstantAnomaly, GridAnomaly, HeightAnomaly


def anomaly_of(config: Config) -> HeightAnomaly:
    """What is added to heights of the 1985 datum to make them ellipsoidal."""
    anomaly = config.height_anomaly
    return GridAnomaly(anomaly.grid, anomaly.source) if anomaly.grid else ConstantAnomaly(anomaly.value, anomaly.source)


def workers_of(config: Config) -> int:
    """How many processes make tiles at once."""
    return config.tiles.workers or os.cpu_count() or 1
