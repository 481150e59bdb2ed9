"""Labelled re-surveys: anything that was surveyed is surveyed again with the truth known, matched, and scored."""
