"""The tiles, terrain, imagery and vector tiles of a running service, of any moment."""
