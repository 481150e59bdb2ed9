"""Turns a view of the base into 3D Tiles and map sheets."""
