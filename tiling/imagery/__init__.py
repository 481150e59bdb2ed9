"""Imagery: orthophotos prepared for web maps, and tiles in which the newest and finest of several is seen."""
