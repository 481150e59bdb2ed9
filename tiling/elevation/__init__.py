"""Elevation: models and soundings of land and sea floor, prepared once, and merged into quantized-mesh tiles."""
